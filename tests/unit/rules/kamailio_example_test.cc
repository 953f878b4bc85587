// conf/kamailio-example.toml, each of its rules reached by a parsed frame.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sstream>

#include "config/config.h"
#include "rules_of.h"

namespace {

// The whole file, loaded as the daemon loads it: no fault, no warning.
std::shared_ptr<const rules::RuleSet> example() {
  std::ifstream file(KAMAILIO_EXAMPLE);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  config::Loaded loaded = config::load(text.str(), "kamailio-example.toml", {});
  std::shared_ptr<const rules::RuleSet> rules = rules::compile(loaded.config.rules, "kamailio-example.toml", loaded.faults);
  for (const config::Fault& fault : loaded.faults) FAIL(config::to_string(fault));
  REQUIRE(rules != nullptr);
  CHECK(loaded.config.listens.size() == 1);
  CHECK_FALSE(loaded.config.users_file.empty());
  return rules;
}

struct Case {
  const char* rule;
  const char* outcome;
  std::string frame;
  rules::SessionFact session;
};

constexpr std::string_view three_hops =
    "msrp://relay.example.org:2855/s1;tcp msrp://far.example.net:2855/s2;tcp msrp://192.0.2.9:7777/bob;tcp";

}  // namespace

TEST_CASE("each rule of the Kamailio example decides its frames") {
  const auto rules = example();
  const std::vector<Case> cases = {
      {"responses go back", "relay", test::response(200), rules::SessionFact::known},
      {"responses go back", "relay", test::response(481, ""), rules::SessionFact::unknown},
      {"AUTH for another relay", "relay", test::request_to("AUTH", test::two_hops), rules::SessionFact::known},
      {"AUTH for us", "authenticate", test::request_to("AUTH", "msrp://relay.example.org:2855;tcp"), rules::SessionFact::none},
      {"SEND with further hops", "relay", test::send_to(three_hops), rules::SessionFact::known},
      {"SEND with further hops", "relay", test::send_to(three_hops), rules::SessionFact::unknown},  // refused by the permit
      {"no such session", "reply 481", test::send_to(test::two_hops), rules::SessionFact::unknown},
      {"SEND to our client", "relay", test::send_to(test::two_hops), rules::SessionFact::known},
      {"the rest", "relay", test::request_to("REPORT", test::two_hops, "Status: 000 200 OK"), rules::SessionFact::known},
      {"the rest", "relay", test::request_to("NICKNAME", test::two_hops), rules::SessionFact::known},
  };
  for (const Case& one : cases) {
    const test::Frame frame(one.frame);
    rules::Facts facts = frame.facts();
    facts.session = one.session;
    INFO(one.frame);
    CHECK(test::decide(*rules, facts).rule == one.rule);
    CHECK(test::outcome(*rules, facts) == one.outcome);
  }
}

TEST_CASE("the Kamailio example answers SIP and carries its reasons") {
  const auto rules = example();
  rules::Facts sip;
  sip.protocol = rules::Protocol::sip;
  const test::Decision refused = test::decide(*rules, sip);
  CHECK(refused.rule == "SIP has no place here");
  CHECK(refused.verdict.action == rules::Action::reply);
  CHECK(refused.verdict.code == 403);
  CHECK(refused.reason == "No SIP Here");

  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  facts.session = rules::SessionFact::unknown;
  CHECK(test::decide(*rules, facts).reason == "No Such Session");
}

TEST_CASE("the Kamailio example sends to our clients on the link that they have") {
  const auto rules = example();
  const test::Frame near(test::send_to(test::two_hops));
  CHECK(test::decide(*rules, near.facts()).verdict.link == rules::LinkChoice::existing);
  const test::Frame far(test::send_to(three_hops));
  CHECK(test::decide(*rules, far.facts()).verdict.link == rules::LinkChoice::reuse);
}
