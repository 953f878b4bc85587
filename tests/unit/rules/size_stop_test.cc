// Method: rules with size conditions; where a message that is relayed now would be refused, compared with what decide() says of each size.
#include "rules/core_state.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

#include "rules_of.h"

TEST_CASE("the first size at which a rule replies, with its code and reason; drops and other answers do not count in mid-message") {
  const auto rules = test::good(R"([[rule]]
when = { size = { gt = "1KiB", le = "2KiB" } }
action = "drop"
[[rule]]
when = { size = { gt = 5000 }, user = "alice" }
action = "reply"
reply = { code = 413, reason = "More than 5000 for ${user}" }
[[rule]]
when = { size = { ge = 9000 } }
action = "reply"
reply = { code = 403 }
)");
  CHECK(rules->has_size_thresholds());
  const auto state = rules->make_state(1);
  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  const auto stop = [&](std::uint64_t size, const char* user) {
    facts.size = size;
    facts.user = user;
    const rules::SizeStop found = rules->size_stop(facts, *state);
    return found.at == UINT64_MAX ? std::string("never")
                                  : std::to_string(found.at) + " " + std::to_string(found.code) + " " + std::string(found.reason);
  };
  CHECK(stop(0, "alice") == "5001 413 More than 5000 for alice");
  CHECK(stop(1025, "alice") == "5001 413 More than 5000 for alice");
  CHECK(stop(0, "bob") == "9000 403 Forbidden");
  CHECK(stop(9000, "bob") == "never");
  CHECK(state->hits()[1] == 0);
  CHECK_FALSE(test::good("")->has_size_thresholds());
}

TEST_CASE("it agrees with decide() at every size, whatever the conditions") {
  const char* conditions[] = {"{ size = [10, 20] }",
                              "{ size = { ge = 15 } }",
                              "{ size = { lt = 12 } }",
                              "{ size = { not_in = [11, 17] } }",
                              "{ any = [{ size = { gt = 18 } }, { size = { lt = 3 } }] }",
                              "{ not = { size = { le = 16 } } }"};
  const test::Frame frame(test::send_to(test::two_hops));
  for (const char* condition : conditions) {
    INFO(condition);
    const auto compiled = test::compile(std::string("[[rule]]\nwhen = ") + condition + "\naction = \"reply\"\nreply = { code = 413 }\n");
    for (const config::Fault& fault : compiled.faults) REQUIRE(fault.warning);
    const auto state = compiled.rules->make_state(1);
    const auto replies = [&](std::uint64_t size) {
      rules::Facts facts = frame.facts();
      facts.size = size;
      return compiled.rules->decide(facts, *state).action == rules::Action::reply;
    };
    for (std::uint64_t size = 0; size < 30; ++size) {
      std::uint64_t first = size + 1;
      while (first < 40 && !replies(first)) ++first;
      rules::Facts facts = frame.facts();
      facts.size = size;
      const std::uint64_t told = compiled.rules->size_stop(facts, *state).at;
      // Where it replies already the first crossing may be of no meaning: the frame never gets there.
      if (!replies(size)) CHECK(told == (first < 40 ? first : UINT64_MAX));
    }
  }
}
