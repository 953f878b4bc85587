#include "rules/builtin.h"

#include <initializer_list>
#include <string>
#include <utility>

namespace rules {
namespace {

config::Value text(std::string_view value) { return {{}, std::string(value)}; }
config::Value number(std::int64_t value) { return {{}, value}; }

config::Value table(std::initializer_list<std::pair<const char*, config::Value>> members) {
  config::Table made;
  for (const auto& [key, value] : members) made.push_back({key, {}, value});
  return {{}, std::move(made)};
}

config::Value msrp(const char* variable, config::Value value) { return table({{variable, std::move(value)}}); }
config::Value above_zero() { return table({{"gt", number(0)}}); }

config::Value rule(const char* name, config::Value when, const char* action) {
  return table({{"name", text(std::string("builtin.") + name)}, {"when", std::move(when)}, {"action", text(action)}});
}
config::Value reply(const char* name, config::Value when, std::int64_t code) {
  return table({{"name", text(std::string("builtin.") + name)},
                {"when", std::move(when)},
                {"action", text("reply")},
                {"reply", table({{"code", number(code)}})}});
}

}  // namespace

config::Array builtin_rules() {
  const config::Value known_methods = {{}, config::Array{text("SEND"), text("REPORT"), text("AUTH")}};
  const config::Value unknown_method = table({{"not_in", known_methods}});
  config::Array rules;
  rules.push_back(rule("SIP has no place here", table({{"protocol", text("sip")}}), "close"));
  rules.push_back(rule("responses go back", table({{"kind", text("response")}}), "relay"));
  rules.push_back(rule("AUTH for another relay", table({{"method", text("AUTH")}, {"msrp", msrp("nexthops", above_zero())}}), "relay"));
  rules.push_back(rule("AUTH for us", table({{"method", text("AUTH")}}), "authenticate"));
  rules.push_back(reply("no such session", table({{"session", text("unknown")}}), 481));
  // the relay is the recipient, of a method that it does not know.
  rules.push_back(reply("unknown method that ends here", table({{"method", unknown_method}, {"msrp", msrp("nexthops", number(0))}}), 501));
  rules.push_back(reply("no session at all", table({{"session", text("none")}}), 481));
  // A session of ours without a URI behind it: nobody is there to get it.
  rules.push_back(reply("nobody behind this relay", table({{"msrp", msrp("nexthops", number(0))}}), 481));
  rules.push_back(rule("the rest", table({}), "relay"));
  return rules;
}

}  // namespace rules
