// The builtin rules: a table of frames and what RFC 4976 says of them when no rule is configured.
#include <catch2/catch_test_macros.hpp>

#include "rules_of.h"

namespace {

constexpr std::string_view ends_here = "msrp://relay.example.org:2855/s1;tcp";

using rules::SessionFact;

std::string outcome(const std::string& frame, SessionFact session) {
  const test::Frame parsed(frame);
  rules::Facts facts = parsed.facts();
  facts.session = session;
  return test::outcome(*test::good(""), facts);
}

}  // namespace

TEST_CASE("builtin rules are RFC 4976") {
  const std::string send = test::send_to(test::two_hops);
  const std::string report = test::request_to("REPORT", test::two_hops, "Status: 000 200 OK");
  const std::string nickname = test::request_to("NICKNAME", test::two_hops);
  for (const std::string& frame : {send, report, nickname}) CHECK(outcome(frame, SessionFact::known) == "relay");

  SECTION("responses go back, whatever their path names (R-053)") {
    for (const SessionFact session : {SessionFact::known, SessionFact::unknown, SessionFact::none}) {
      CHECK(outcome(test::response(200), session) == "relay");
      CHECK(outcome(test::response(481, ""), session) == "relay");
    }
  }
  SECTION("AUTH with one URI is for us, with more for another relay (R-070)") {
    CHECK(outcome(test::request_to("AUTH", "msrp://relay.example.org:2855;tcp"), SessionFact::none) == "authenticate");
    CHECK(outcome(test::request_to("AUTH", test::two_hops), SessionFact::known) == "relay");
    CHECK(outcome(test::request_to("AUTH", test::two_hops), SessionFact::unknown) == "relay");  // refused by the permit
  }
  SECTION("unknown session: 481 (R-090), but never to a REPORT (R-066)") {
    CHECK(outcome(send, SessionFact::unknown) == "reply 481");
    CHECK(outcome(nickname, SessionFact::unknown) == "reply 481");
    CHECK(outcome(report, SessionFact::unknown) == "drop");
  }
  SECTION("no session") {
    CHECK(outcome(send, SessionFact::none) == "reply 481");
    CHECK(outcome(nickname, SessionFact::none) == "reply 481");
    CHECK(outcome(report, SessionFact::none) == "drop");
    CHECK(outcome(test::send_to(ends_here), SessionFact::none) == "reply 481");
    CHECK(outcome(test::request_to("NICKNAME", ends_here), SessionFact::none) == "reply 501");
  }
  SECTION("a path that ends here: 501 for unknown methods (R-069), nobody there for the others") {
    CHECK(outcome(test::request_to("NICKNAME", ends_here), SessionFact::known) == "reply 501");
    CHECK(outcome(test::send_to(ends_here), SessionFact::known) == "reply 481");
    CHECK(outcome(test::request_to("REPORT", ends_here, "Status: 000 200 OK"), SessionFact::known) == "drop");
  }
  SECTION("SIP closes") {
    rules::Facts sip;
    sip.protocol = rules::Protocol::sip;
    CHECK(test::outcome(*test::good(""), sip) == "close");
  }
}

TEST_CASE("builtin rules stand behind the configured ones and have names of their own") {
  const auto alone = test::good("");
  const auto behind = test::good("[[rule]]\nname = \"mine\"\nwhen = { user = \"mallory\" }\naction = \"close\"\n");
  REQUIRE(behind->size() == alone->size() + 1);
  CHECK(behind->name(0) == "mine");
  for (std::size_t rule = 0; rule < alone->size(); ++rule) {
    CHECK(alone->name(rule).substr(0, 8) == "builtin.");
    CHECK(behind->name(rule + 1) == alone->name(rule));
  }
  const test::Frame frame(test::send_to(test::two_hops));
  CHECK(test::decide(*behind, frame.facts()).rule == "builtin.the rest");
  CHECK(test::decide(*behind, frame.facts()).verdict.rule == behind->size() - 1);
}

TEST_CASE("the standard reason stands beside a code that has none of its own") {
  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  facts.session = SessionFact::unknown;
  const test::Decision decision = test::decide(*test::good(""), facts);
  CHECK(decision.reason == "No Such Session");
  CHECK(decision.headers.empty());
}
