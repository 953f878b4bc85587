// Method: rules that continue, log, count and edit, judged on real heads; what the core's state says afterwards.
#include "rules/core_state.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

#include "rules_of.h"

namespace {

std::string edits_of(const rules::CoreState& state, const std::string& headers) {
  std::array<char, 2048> out{};
  msrp::Writer writer(out);
  rules::apply_edits(state.edits(), headers, headers.size(), writer);
  return std::string(writer.written());
}

}  // namespace

TEST_CASE("continue applies log, count and set in order, and the next rule decides") {
  const auto rules = test::good(R"([[rule]]
when = { method = "SEND" }
action = "continue"
log = { text = "from ${user}", level = "warning" }
count = "sends"
set = { X-User = "${user}" }
[[rule]]
when = { user = "bob" }
action = "continue"
log = "not bob"
[[rule]]
action = "continue"
count = "sends"
add = { X-User = "${source}" }
[[rule]]
when = { method = "SEND" }
action = "relay"
remove = ["X-Old"]
log = "relayed"
)");
  const auto state = rules->make_state(1);
  const test::Frame frame(test::send_to(test::two_hops, "X-User: mallory"));
  const test::Decision decision = test::decide(*rules, frame.facts(), *state);
  CHECK(decision.rule == "rule[3]");
  CHECK(decision.verdict.action == rules::Action::relay);
  REQUIRE(state->log_count() == 2);
  CHECK(state->log(0).view() == "from alice");
  CHECK(state->log(0).level == rules::Level::warning);
  CHECK(state->log(0).rule == 0);
  CHECK(state->log(1).view() == "relayed");
  CHECK(state->log(1).level == rules::Level::info);
  CHECK(edits_of(*state, "X-User: mallory\r\nX-Old: 1\r\n") == "X-User: alice\r\nX-User: 203.0.113.9\r\n");
  CHECK(state->hits()[0] == 1);
  CHECK(state->hits()[1] == 0);
  CHECK(state->hits()[2] == 1);
  CHECK(state->hits()[3] == 1);
  CHECK(rules->counter(0) == "sends");
  CHECK(rules->counter(1).empty());
  CHECK(rules->action(0) == "continue");
  CHECK(rules->action(3) == "relay");
}

TEST_CASE("what the last frame wanted is forgotten with the next; conditions see the frame as received; responses are not edited") {
  const auto rules = test::good(R"([[rule]]
action = "continue"
set = { X-Mark = "new" }
log = "seen"
[[rule]]
when = { header.X-Mark = "new" }
action = "drop"
)");
  const auto state = rules->make_state(1);
  const test::Frame frame(test::send_to(test::two_hops, "X-Mark: old"));
  CHECK(test::decide(*rules, frame.facts(), *state).verdict.action == rules::Action::relay);
  CHECK_FALSE(state->edits().empty());
  const test::Frame response(test::response(200));
  test::decide(*rules, response.facts(), *state);
  CHECK(state->edits().empty());
  CHECK(state->log_count() == 1);
}

TEST_CASE("a rule that continues makes none behind it unreachable; rules that say too much together are refused") {
  CHECK(test::compile("[[rule]]\naction = \"continue\"\nlog = \"x\"\n[[rule]]\naction = \"drop\"\n").faults.empty());
  std::string many;
  for (int at = 0; at < 3; ++at) many += "[[rule]]\naction = \"continue\"\nadd = { A = \"${user}${user}${user}${user}${user}${user}\" }\n";
  const auto compiled = test::compile(many);
  CHECK(compiled.rules == nullptr);
  REQUIRE(compiled.faults.size() == 1);
  CHECK(compiled.faults[0].key == "rule[2]");
}

TEST_CASE("more lines than there is room for: the first ones stay") {
  std::string many;
  for (int at = 0; at < 20; ++at) many += "[[rule]]\naction = \"continue\"\nlog = \"" + std::to_string(at) + "\"\n";
  const auto rules = test::good(many);
  const auto state = rules->make_state(1);
  const test::Frame frame(test::send_to(test::two_hops));
  test::decide(*rules, frame.facts(), *state);
  CHECK(state->log_count() == rules::CoreState::logs_max);
  CHECK(state->log(7).view() == "7");
}

TEST_CASE("relay options: local address, close, without a session, other paths") {
  const auto compiled = test::compile(R"([[rule]]
name = "across"
action = "relay"
relay = { local = "192.0.2.1", close = "after-response", without_session = true, to_path = "msrp://a.example.org:1/x;tcp msrp://b.example.org:2/y;tcp" }
)");
  REQUIRE(compiled.rules != nullptr);
  REQUIRE(compiled.faults.size() == 1);
  CHECK(compiled.faults[0].warning);
  CHECK(compiled.faults[0].reason.find("\"across\"") != std::string::npos);
  const test::Frame frame(test::send_to(test::two_hops));
  const rules::RelayOptions* options = test::decide(*compiled.rules, frame.facts()).verdict.options;
  REQUIRE(options != nullptr);
  CHECK(options->local == base::IpAddress::parse("192.0.2.1"));
  CHECK(options->close_after_response);
  CHECK(options->without_session);
  CHECK(options->to_path == "msrp://a.example.org:1/x;tcp msrp://b.example.org:2/y;tcp");
  CHECK(test::decide(*test::good(""), frame.facts()).verdict.options == nullptr);
}

TEST_CASE("body, buffer, connection and continuation are what the caller gives, and asked for only where a rule reads them") {
  CHECK_FALSE(test::good("")->needs().body);
  const auto rules = test::good(R"([[rule]]
when = { msrp.body = { match = "^hel+o$" }, msrp.bodylen = 5, msrp.conid = 7, continuation = "more" }
action = "drop"
)");
  CHECK(rules->needs().body);
  CHECK_FALSE(rules->needs().buffer);
  CHECK(test::good("[[rule]]\nwhen = { method = \"SEND\" }\naction = \"continue\"\nlog = \"${msrp.buf}\"\n")->needs().buffer);
  const test::Frame frame(test::send_to(test::two_hops, "Content-Type: text/plain"), true);
  rules::Facts facts = frame.facts();
  facts.body = "hello";
  facts.connection = 7;
  facts.continuation = msrp::ContinuationFlag::more;
  CHECK(test::decide(*rules, facts).rule == "rule[0]");
  facts.continuation = std::nullopt;
  CHECK(test::decide(*rules, facts).rule != "rule[0]");
  facts.continuation = msrp::ContinuationFlag::end;
  CHECK(test::decide(*rules, facts).rule != "rule[0]");
}
