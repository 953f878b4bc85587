#include "rules/rule.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "msrp/status.h"
#include "rules/caseless.h"
#include "rules/core_state.h"
#include "rules/parse_condition.h"
#include "rules/parse_effects.h"
#include "rules/values.h"

namespace rules {
namespace {

// In the order of Action; the last one is none.
constexpr std::array<std::string_view, 6> actions = {"relay", "reply", "authenticate", "drop", "close", "continue"};
constexpr std::array<std::string_view, 3> links = {"reuse", "existing", "new"};  // in the order of LinkChoice
constexpr std::array<std::string_view, 10> keys = {"name", "when", "action", "reply", "relay", "set", "add", "remove", "log", "count"};
constexpr std::array<std::string_view, 3> reply_keys = {"code", "reason", "headers"};
constexpr std::array<std::string_view, 7> relay_keys = {"link", "next_hop", "local", "close", "without_session", "to_path", "from_path"};
constexpr std::size_t name_most = 128;
constexpr std::size_t reply_headers_most = 16;

template <std::size_t N>
std::vector<std::string_view> list_of(const std::array<std::string_view, N>& names) {
  return {names.begin(), names.end()};
}

template <std::size_t N>
std::optional<std::size_t> index_in(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

class RuleParser {
 public:
  RuleParser(const std::string& key, bool builtin, Operands& operands, Faults& faults)
      : builtin_(builtin), operands_(operands), faults_(faults), errors_before_(faults.errors()) {
    rule_.key = key;
    rule_.name = key;
  }
  Rule parse(const config::Value& value);

 private:
  const std::string* text(const config::Value& value, const std::string& key);
  template <std::size_t N>
  std::optional<std::size_t> one_of(const config::Value& value, const std::string& key, const std::array<std::string_view, N>& names);
  const config::Table* table(const config::Value& value, const std::string& key);

  void name(const config::Value& value);
  void action(const config::Value& value);
  void reply(const config::Value& value);
  void code(const config::Value& value, const std::string& key);
  void headers(const config::Value& value, const std::string& key);
  void header(const config::Member& member, const std::string& key);
  void relay(const config::Value& value);
  void relay_key(const config::Member& member, const std::string& key);
  void path(const config::Value& value, const std::string& key, std::string& path);
  void finish(const config::Value& value, const config::Value* reply_value, const config::Value* relay_value);

  bool builtin_;
  Operands& operands_;
  Faults& faults_;
  std::size_t errors_before_;
  bool has_action_ = false;
  Rule rule_;
};

const std::string* RuleParser::text(const config::Value& value, const std::string& key) {
  const auto* found = std::get_if<std::string>(&value.is);
  if (found == nullptr) {
    faults_.error(value.place, key, std::string(kind_of(value)) + " where text is needed");
  } else if (has_controls(*found)) {
    faults_.error(value.place, key, "a control character (CR and LF, too, would begin a header of its own)");
    return nullptr;
  }
  return found;
}

const config::Table* RuleParser::table(const config::Value& value, const std::string& key) {
  const auto* found = std::get_if<config::Table>(&value.is);
  if (found == nullptr) faults_.error(value.place, key, std::string(kind_of(value)) + " where a table is needed");
  return found;
}

template <std::size_t N>
std::optional<std::size_t> RuleParser::one_of(const config::Value& value, const std::string& key,
                                              const std::array<std::string_view, N>& names) {
  const std::string* name = text(value, key);
  if (name == nullptr) return std::nullopt;
  const std::optional<std::size_t> found = index_in(names, *name);
  if (!found) {
    std::string all;
    for (const std::string_view right : names) all += (all.empty() ? "" : ", ") + std::string(right);
    faults_.unknown(value.place, key, "\"" + *name + "\" is none of " + all, *name, list_of(names));
  }
  return found;
}

void RuleParser::name(const config::Value& value) {
  const std::string key = rule_.key + ".name";
  const std::string* found = text(value, key);
  if (found == nullptr) return;
  rule_.name_place = value.place;
  if (found->empty()) faults_.error(value.place, key, "an empty name");
  if (found->size() > name_most) faults_.error(value.place, key, "a name of more than " + std::to_string(name_most) + " octets");
  if (!builtin_ && found->starts_with("builtin."))
    faults_.error(value.place, key, "names that begin with \"builtin.\" are the relay's own");
  rule_.name = *found;
}

void RuleParser::action(const config::Value& value) {
  has_action_ = true;
  const std::string key = rule_.key + ".action";
  const std::optional<std::size_t> found = one_of(value, key, actions);
  if (!found) return;
  rule_.continues = *found == actions.size() - 1;
  if (!rule_.continues) rule_.verdict.action = static_cast<Action>(*found);
}

void RuleParser::code(const config::Value& value, const std::string& key) {
  const auto number = parse_number(value);
  if (!number || *number < 100 || *number > 999) {
    faults_.error(value.place, key, "a status code is a number from 100 to 999");
    return;
  }
  if (*number == msrp::status_unauthorized) {
    faults_.error(value.place, key, "401 carries a challenge (R-089), which action = \"authenticate\" makes");
    return;
  }
  if (!is_registered(*number)) faults_.warn(value.place, key, std::to_string(*number) + " is not in the registry of MSRP status codes");
  rule_.verdict.code = static_cast<std::uint16_t>(*number);
}

void RuleParser::header(const config::Member& member, const std::string& key) {
  if (!is_header_name(member.key)) {
    faults_.error(member.key_place, key, "not the name of a header");
  } else if (is_forbidden_header(member.key)) {
    faults_.error(member.key_place, key, member.key + " is the relay's own: a rule cannot set it");
  }
  const std::string* found = text(member.value, key);
  if (found == nullptr) return;
  TextTemplate line = TextTemplate::compile(*found, member.value.place, key, faults_);
  TextTemplate whole = TextTemplate::literal(member.key + ": ");
  whole.append(std::move(line));
  whole.append(TextTemplate::literal("\r\n"));
  rule_.headers.append(std::move(whole));
}

void RuleParser::headers(const config::Value& value, const std::string& key) {
  const config::Table* found = table(value, key);
  if (found == nullptr) return;
  if (found->size() > reply_headers_most) faults_.error(value.place, key, "more than " + std::to_string(reply_headers_most) + " headers");
  std::vector<std::string> names;
  for (const config::Member& member : *found) {
    const std::string below = key + "." + member.key;
    const std::string name = folded(member.key);
    if (std::find(names.begin(), names.end(), name) != names.end()) faults_.error(member.key_place, below, "a second header of that name");
    names.push_back(name);
    header(member, below);
  }
}

void RuleParser::reply(const config::Value& value) {
  const std::string key = rule_.key + ".reply";
  const config::Table* found = table(value, key);
  if (found == nullptr) return;
  bool has_code = false;
  bool has_reason = false;
  for (const config::Member& member : *found) {
    const std::string below = key + "." + member.key;
    if (member.key == "code") {
      has_code = true;
      code(member.value, below);
    } else if (member.key == "reason") {
      has_reason = true;
      if (const std::string* reason = text(member.value, below))
        rule_.reason = TextTemplate::compile(*reason, member.value.place, below, faults_);
    } else if (member.key == "headers") {
      headers(member.value, below);
    } else {
      faults_.unknown(member.key_place, below, "unknown key", member.key, list_of(reply_keys));
    }
  }
  if (!has_code) faults_.error(value.place, key, "a reply needs a code");
  if (!has_reason) rule_.reason = TextTemplate::literal(std::string(msrp::standard_comment(rule_.verdict.code)));
  if (rule_.reason.most() + rule_.headers.most() > CoreState::octets_max) {
    faults_.error(value.place, key, "reason and headers may become longer than " + std::to_string(CoreState::octets_max) + " octets");
  }
}

void RuleParser::relay_key(const config::Member& member, const std::string& key) {
  if (member.key == "link") {
    if (const std::optional<std::size_t> found = one_of(member.value, key, links)) rule_.verdict.link = static_cast<LinkChoice>(*found);
  } else if (member.key == "next_hop") {
    const std::string* found = text(member.value, key);
    if (found == nullptr) return;
    const auto uri = msrp::parse_uri(*found);
    if (!uri) {
      faults_.error(member.value.place, key, std::string("not an MSRP URI: ") + msrp::describe(uri.error()));
    } else if (msrp::lacks_port(*uri, false)) {
      faults_.error(member.value.place, key, "the URI of a next hop needs a port (RFC 4976 8)");
    }
    rule_.next_hop = *found;
  } else if (member.key == "local") {
    const std::string* found = text(member.value, key);
    if (found == nullptr) return;
    rule_.options.local = base::IpAddress::parse(*found);
    if (!rule_.options.local) faults_.error(member.value.place, key, "not an address of this host");
  } else if (member.key == "close") {
    const std::string* found = text(member.value, key);
    if (found == nullptr) return;
    rule_.options.close_after_response = *found == "after-response";
    if (!rule_.options.close_after_response)
      faults_.unknown(member.value.place, key, "can only be \"after-response\"", *found, {"after-response"});
  } else if (member.key == "without_session") {
    const bool* found = std::get_if<bool>(&member.value.is);
    if (found == nullptr)
      return faults_.error(member.value.place, key, std::string(kind_of(member.value)) + " where true or false is needed");
    rule_.options.without_session = *found;
  } else if (member.key == "to_path" || member.key == "from_path") {
    path(member.value, key, member.key == "to_path" ? rule_.options.to_path : rule_.options.from_path);
  } else {
    faults_.unknown(member.key_place, key, "unknown key", member.key, list_of(relay_keys));
  }
}

// URIs with a blank between each.
void RuleParser::path(const config::Value& value, const std::string& key, std::string& path) {
  const std::string* found = text(value, key);
  if (found == nullptr) return;
  path = *found;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(' ', at), path.size());
    const auto uri = msrp::parse_uri(std::string_view(path).substr(at, end - at));
    if (!uri) return faults_.error(value.place, key, std::string("not a path of MSRP URIs: ") + msrp::describe(uri.error()));
    at = end + 1;
  }
}

void RuleParser::relay(const config::Value& value) {
  const std::string key = rule_.key + ".relay";
  const config::Table* found = table(value, key);
  if (found == nullptr) return;
  for (const config::Member& member : *found) relay_key(member, key + "." + member.key);
  const RelayOptions& options = rule_.options;
  if ((!options.to_path.empty() || !options.from_path.empty()) && !options.without_session)
    faults_.error(value.place, key, "only a rule with without_session = true may replace a path");
  if (options.without_session)
    faults_.warn(value.place, key, "\"" + rule_.name + "\" relays without a session: whoever reaches this relay may send by way of it");
}

// What is right by itself may be wrong together.
void RuleParser::finish(const config::Value& value, const config::Value* reply_value, const config::Value* relay_value) {
  if (!has_action_) faults_.error(value.place, rule_.key, "a rule needs an action");
  const bool known = has_action_ && faults_.errors() == errors_before_;
  if (known && rule_.verdict.action == Action::reply && reply_value == nullptr) {
    faults_.error(value.place, rule_.key, "action \"reply\" needs a table reply with a code");
  }
  if (known && (rule_.continues || rule_.verdict.action != Action::reply) && reply_value != nullptr) {
    faults_.error(reply_value->place, rule_.key + ".reply", "does nothing: the action is not \"reply\"");
  }
  if (known && rule_.continues && !rule_.log && rule_.counter.empty() && rule_.edits.empty())
    faults_.error(value.place, rule_.key, "does nothing: a rule that continues needs log, count, set, add or remove");
  if (known && !rule_.edits.empty() && !rule_.continues && rule_.verdict.action != Action::relay)
    faults_.error(rule_.effect_place, rule_.key, "set, add and remove do nothing: the action is neither \"relay\" nor \"continue\"");
  if (known && (rule_.continues || rule_.verdict.action != Action::relay) && relay_value != nullptr) {
    faults_.error(relay_value->place, rule_.key + ".relay", "does nothing: the action is not \"relay\"");
  }
  rule_.good = faults_.errors() == errors_before_;
}

Rule RuleParser::parse(const config::Value& value) {
  rule_.place = rule_.name_place = value.place;
  rule_.when.place = value.place;
  rule_.when.key = rule_.key + ".when";
  const config::Table* found = table(value, rule_.key);
  if (found == nullptr) {
    rule_.good = false;
    return std::move(rule_);
  }
  const config::Value* reply_value = nullptr;
  const config::Value* relay_value = nullptr;
  // The name first: faults and warnings speak of it.
  for (const config::Member& member : *found) {
    if (member.key == "name") name(member.value);
  }
  for (const config::Member& member : *found) {
    const std::string key = rule_.key + "." + member.key;
    if (member.key == "name") continue;
    if (member.key == "when") {
      rule_.when = parse_condition(member.value, key, operands_, faults_);
      if (const config::Value* rate = config::member_of(member.value, "rate")) parse_rate(*rate, key + ".rate", rule_, faults_);
    } else if (member.key == "action") {
      action(member.value);
    } else if (member.key == "reply") {
      reply_value = &member.value;
      reply(member.value);
    } else if (member.key == "relay") {
      relay_value = &member.value;
      relay(member.value);
    } else if (!parse_effect(member.key, member.value, key, rule_, faults_)) {
      faults_.unknown(member.key_place, key, "unknown key", member.key, list_of(keys));
    }
  }
  finish(value, reply_value, relay_value);
  return std::move(rule_);
}

}  // namespace

bool is_forbidden_header(std::string_view name) {
  constexpr std::array<std::string_view, 16> forbidden = {"to-path",
                                                          "from-path",
                                                          "message-id",
                                                          "byte-range",
                                                          "success-report",
                                                          "failure-report",
                                                          "status",
                                                          "use-path",
                                                          "expires",
                                                          "min-expires",
                                                          "max-expires",
                                                          "www-authenticate",
                                                          "proxy-authenticate",
                                                          "authentication-info",
                                                          "proxy-authorization",
                                                          "authorization"};
  const std::string lower = folded(name);
  return lower.starts_with("content-") || index_in(forbidden, lower).has_value();
}

bool is_registered(std::uint64_t code) {
  constexpr std::array<std::uint64_t, 15> codes = {200, 400, 401, 403, 404, 408, 413, 415, 423, 424, 425, 428, 481, 501, 506};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

Rule parse_rule(const config::Value& table, const std::string& key, bool builtin, Operands& operands, Faults& faults) {
  return RuleParser(key, builtin, operands, faults).parse(table);
}

}  // namespace rules
