// Method: the same frame again and again at times of the test's own; when the rule holds is told by which rule decided.
#include "rules/core_state.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

#include "rules_of.h"

namespace {

using namespace std::chrono_literals;

struct Judge {
  std::shared_ptr<const rules::RuleSet> rules;
  std::unique_ptr<rules::CoreState> state;
  base::Instant now = base::Instant::from_nanoseconds(5'000'000'000);
  test::Frame frame{test::send_to(test::two_hops)};
  explicit Judge(const std::string& when)
      : rules(test::good("[[rule]]\nwhen = " + when + "\naction = \"drop\"\n")), state(rules->make_state(7)) {}
  bool above(const std::string& source = "203.0.113.9", const std::string& user = "alice") {
    rules::Facts facts = frame.facts();
    facts.now = now;
    facts.source.address = *base::IpAddress::parse(source);
    facts.user = user;
    return test::decide(*rules, facts, *state).rule == "rule[0]";
  }
};

}  // namespace

TEST_CASE("so many in a second, then the rule holds; time fills the bucket again") {
  Judge judge(R"({ rate = { key = ["source"], above = "3/s" } })");
  for (int at = 0; at < 3; ++at) CHECK_FALSE(judge.above());
  CHECK(judge.above());
  judge.now = judge.now + 334ms;
  CHECK_FALSE(judge.above());
  CHECK(judge.above());
  judge.now = judge.now + 1h;
  for (int at = 0; at < 3; ++at) CHECK_FALSE(judge.above());
  CHECK(judge.above());
  CHECK(judge.state->hits()[0] == 3);
}

TEST_CASE("each key has its own bucket; an empty key is one for all") {
  Judge judge(R"({ rate = { key = ["source", "user"], above = "1/s" } })");
  CHECK_FALSE(judge.above("203.0.113.9", "alice"));
  CHECK_FALSE(judge.above("203.0.113.9", "bob"));
  CHECK_FALSE(judge.above("2001:db8::9", "alice"));
  CHECK(judge.above("203.0.113.9", "alice"));
  CHECK(judge.above("2001:db8::9", "alice"));
  Judge all(R"({ rate = { key = [], above = "1/s" } })");
  CHECK_FALSE(all.above("203.0.113.9", "alice"));
  CHECK(all.above("203.0.113.1", "bob"));
}

TEST_CASE("it spends only when all else of the rule holds, and less than one a second is possible") {
  Judge judge(R"({ user = "bob", rate = { key = [], above = "2/m" } })");
  for (int at = 0; at < 5; ++at) CHECK_FALSE(judge.above());
  CHECK_FALSE(judge.above("203.0.113.9", "bob"));
  CHECK(judge.above("203.0.113.9", "bob"));
  judge.now = judge.now + 29s;
  CHECK(judge.above("203.0.113.9", "bob"));
  judge.now = judge.now + 1s;
  CHECK_FALSE(judge.above("203.0.113.9", "bob"));
}

TEST_CASE("a rate is never sure: rules behind it are reachable, builtin ones too") {
  CHECK(test::compile("[[rule]]\nwhen = { rate = { key = [], above = \"1/s\" } }\naction = \"drop\"\n[[rule]]\naction = \"drop\"\n")
            .faults.empty());
}

TEST_CASE("more keys than are remembered: the newest count, and the forgotten are counted") {
  Judge judge(R"({ rate = { key = ["source"], above = "1/s" } })");
  for (int at = 0; at < 40'000; ++at) {
    judge.now = judge.now + 1us;
    judge.above("10." + std::to_string(at >> 16) + "." + std::to_string((at >> 8) & 255) + "." + std::to_string(at & 255));
  }
  CHECK(judge.state->keys_forgotten() > 20'000);
  CHECK_FALSE(judge.above("203.0.113.9"));
  CHECK(judge.above("203.0.113.9"));
}
