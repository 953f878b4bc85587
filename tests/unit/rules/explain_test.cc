// Method: rules and frames of many kinds; the explanation must end with the rule that decide() names, and say why in words that are checked
// for a few.
#include "rules/explain.h"
#include "rules/core_state.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

#include "rules_of.h"

namespace {

std::string words(const std::vector<rules::Trial>& trials) {
  std::string text;
  for (const rules::Trial& trial : trials) {
    text += (trial.holds ? "+" : "-") + trial.rule + "[";
    for (const std::string& reason : trial.because) text += reason + ";";
    text += "]";
  }
  return text;
}

}  // namespace

TEST_CASE("what decided is named: the first condition that failed, or all that held") {
  const auto rules = test::good(R"([[rule]]
name = "a"
when = { method = "SEND", size = { gt = "1KiB" }, user = "alice" }
action = "drop"
[[rule]]
name = "b"
when = { any = [{ user = "bob" }, { header.X-A = { like = "b*" } }], not = { source = { in = ["10.0.0.0/8"] } } }
action = "continue"
count = "seen"
[[rule]]
name = "c"
when = { msrp.lasthop.host = ["bob.example.org", "192.0.2.9"] }
action = "drop"
)");
  const auto state = rules->make_state(1);
  const test::Frame frame(test::send_to(test::two_hops, "X-A: big"));
  CHECK(words(rules->explain(frame.facts(), *state)) ==
        "-a[size gt \"1KiB\": it is 100;]"
        "+b[header.\"X-A\" like \"b*\": it is \"big\";not: source in [\"10.0.0.0/8\"]: it is 203.0.113.9;]"
        "+c[msrp.lasthop.host = [\"bob.example.org\", \"192.0.2.9\"]: it is \"192.0.2.9\";]");
  CHECK(state->hits()[0] == 0);
  const test::Frame response(test::response(200));
  CHECK(words(rules->explain(response.facts(), *state)).starts_with("-a[method = \"SEND\": it is absent;]"));
}

TEST_CASE("explained and decided are the same rule, for all kinds of conditions and frames") {
  const char* conditions[] = {R"({ method = "REPORT" })",
                              R"({ user = { not_in = ["alice", "x"] } })",
                              R"({ source = { in = ["203.0.113.0/24"] }, size = { lt = 50 } })",
                              R"({ content_type = { like = "text/*" } })",
                              R"({ session = "unknown", msrp.nexthops = 0 })",
                              R"({ any = [{ direction = "to-client" }, { listener = { match = "^pub" }, hop = 2 }] })",
                              R"({ not = { any = { kind = "request", code = 200 } } })",
                              R"({ expires = { exists = false }, method = "AUTH" })",
                              R"({ header.Message-ID = { not_match = "^4" } })",
                              R"({ all = [{ failure_report = "yes" }, { not = { success_report = "no" } }] })"};
  std::string text;
  for (std::size_t at = 0; at < std::size(conditions); ++at) {
    text += "[[rule]]\nname = \"r" + std::to_string(at) + "\"\nwhen = " + conditions[at] +
            "\naction = " + (at % 3 == 0 ? "\"continue\"\nlog = \"x\"\n" : "\"drop\"\n");
  }
  const auto compiled = test::compile(text);
  REQUIRE(compiled.rules != nullptr);
  const auto state = compiled.rules->make_state(1);
  const test::Frame frames[] = {test::Frame(test::send_to(test::two_hops)),
                                test::Frame(test::send_to("msrp://relay.example.org:2855/s1;tcp")),
                                test::Frame(test::send_to(test::two_hops, "Content-Type: text/plain"), true),
                                test::Frame(test::request_to("REPORT", test::two_hops)),
                                test::Frame(test::request_to("AUTH", test::two_hops)),
                                test::Frame(test::request_to("NICKNAME", test::two_hops)),
                                test::Frame(test::response(200)),
                                test::Frame(test::response(481))};
  std::size_t compared = 0;
  for (const test::Frame& frame : frames) {
    for (int combination = 0; combination < 3 * 3 * 2 * 2; ++combination) {
      rules::Facts facts = frame.facts();
      facts.session = static_cast<rules::SessionFact>(combination % 3);
      facts.direction = static_cast<rules::Direction>(combination / 3 % 3);
      facts.user = combination / 9 % 2 == 0 ? "alice" : "bob";
      facts.hop = combination / 18 % 2 == 0 ? 1 : 2;
      facts.size = combination % 5 == 0 ? 10 : 100;
      const auto trials = compiled.rules->explain(facts, *state);
      const rules::Verdict verdict = compiled.rules->decide(facts, *state);
      REQUIRE(trials.back().holds);
      CHECK(trials.back().rule == compiled.rules->name(verdict.rule));
      std::size_t continued = 0;
      for (const rules::Trial& trial : trials) continued += trial.holds && trial.action == "continue";
      CHECK(continued == state->log_count());
      ++compared;
    }
  }
  CHECK(compared == std::size(frames) * 36);
}
