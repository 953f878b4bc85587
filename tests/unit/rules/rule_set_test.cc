// The rule set as a whole: total, deterministic, the first rule that holds wins, nothing is allocated; thresholds; printing.
#include "rules/core_state.h"

#undef CHECK
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "count_allocations.h"
#include "rules_of.h"

namespace {

// The same numbers each time.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33U) % bound;
  }

 private:
  std::uint64_t state_;
};

const std::vector<std::string>& leaves() {
  static const std::vector<std::string> all = {
      R"({ kind = "request" })",
      R"({ kind = "response" })",
      R"({ method = "SEND" })",
      R"({ method = ["REPORT", "NICKNAME"] })",
      R"({ method = { not_in = ["SEND", "NICKNAME"] } })",
      R"({ session = "known" })",
      R"({ session = { ne = "none" } })",
      R"({ direction = "to-client" })",
      R"({ protocol = "sip" })",
      R"({ msrp.nexthops = { gt = 0 } })",
      R"({ msrp.nexthops = [0, 2] })",
      R"({ size = { ge = "1KiB" } })",
      R"({ user = "alice" })",
      R"({ user = { ne = "alice" } })",
      R"({ user = { exists = false } })",
      R"({ listener = { like = "p*c" } })",
      R"({ source = { in = ["203.0.113.0/24"] } })",
      R"({ content_type = { not_like = "text/*" } })",
      R"({ failure_report = ["no", "partial"] })",
      R"({ success_report = "yes" })",
      R"({ code = { ge = 400 } })",
      R"({ msrp.lasthop = { host = "192.0.2.9", port = { lt = 8000 } } })",
      R"({ msrp.crthop.session = { exists = true } })",
      R"({ header.X-Tag = "one" })",
      R"({ transport = ["tcp", "ws"] })",
      R"({ message_id = { match = "^47" } })",
  };
  return all;
}

// Frames of all kinds under all kinds of facts.
struct Situations {
  std::vector<std::unique_ptr<test::Frame>> frames;
  std::vector<rules::Facts> facts;

  Situations() {
    const auto add = [&](const std::string& lines, bool body = false) { frames.push_back(std::make_unique<test::Frame>(lines, body)); };
    add(test::send_to(test::two_hops));
    add(test::send_to(test::two_hops, "X-Tag: one\nFailure-Report: partial\nSuccess-Report: yes\nContent-Type: text/plain"), true);
    add(test::send_to("msrp://relay.example.org:2855/s1;tcp", "Failure-Report: no\nContent-Type: image/png"), true);
    add(test::request_to("REPORT", test::two_hops, "Status: 000 200 OK"));
    add(test::request_to("AUTH", "msrp://relay.example.org:2855;tcp"));
    add(test::request_to("NICKNAME", test::two_hops, "X-Tag: two"));
    add(test::response(200));
    add(test::response(481, ""));
    for (std::size_t at = 0; at <= frames.size(); ++at) {
      for (unsigned variant = 0; variant < 12; ++variant) facts.push_back(facts_of(at, variant));
    }
  }

  rules::Facts facts_of(std::size_t frame, unsigned variant) const {
    rules::Facts made = frames[frame % frames.size()]->facts();
    if (frame == frames.size()) made.protocol = rules::Protocol::sip;
    made.session = static_cast<rules::SessionFact>(variant % 3);
    made.direction = static_cast<rules::Direction>(variant % 3);
    if (variant % 2 == 1) made.user = made.realm = {};
    if (variant % 4 > 1) made.listener = {};
    made.transport = variant % 4 == 0 ? "tcp" : variant % 4 == 1 ? "tls" : variant % 4 == 2 ? "ws" : "wss";
    made.size = variant * 500U;
    if (variant % 5 == 0) made.source.address = *base::IpAddress::parse("2001:db8::1");
    return made;
  }
};

// A condition with its truth in each situation, put together from leaves whose truth was asked one by one.
struct Condition {
  std::string text;
  std::vector<bool> truth;
};

std::vector<Condition> leaf_conditions(const Situations& situations) {
  std::vector<Condition> made;
  for (const std::string& leaf : leaves()) {
    const auto rules = test::good("[[rule]]\nname = \"leaf\"\nwhen = " + leaf + "\naction = \"drop\"\n");
    Condition condition{leaf, {}};
    for (const rules::Facts& facts : situations.facts) condition.truth.push_back(test::decide(*rules, facts).rule == "leaf");
    made.push_back(std::move(condition));
  }
  return made;
}

Condition random_condition(Dice& dice, const std::vector<Condition>& leaves, int depth) {
  const std::size_t kind = depth == 0 ? 0 : dice.below(4);
  if (kind == 0) return leaves[dice.below(leaves.size())];
  if (kind == 1) {
    Condition inner = random_condition(dice, leaves, depth - 1);
    inner.text = "{ not = " + inner.text + " }";
    inner.truth.flip();
    return inner;
  }
  const bool all = kind == 2;
  Condition made{all ? "{ all = [" : "{ any = [", std::vector<bool>(leaves[0].truth.size(), all)};
  const std::size_t count = 1 + dice.below(3);
  for (std::size_t at = 0; at < count; ++at) {
    const Condition inner = random_condition(dice, leaves, depth - 1);
    made.text += (at > 0 ? ", " : "") + inner.text;
    for (std::size_t facts = 0; facts < made.truth.size(); ++facts) {
      made.truth[facts] = all ? made.truth[facts] && inner.truth[facts] : made.truth[facts] || inner.truth[facts];
    }
  }
  made.text += "] }";
  return made;
}

}  // namespace

TEST_CASE("a combined condition holds exactly when its parts say so, and what is refused holds never") {
  const Situations situations;
  const std::vector<Condition> leaves = leaf_conditions(situations);
  Dice dice(4975);
  int used = 0;
  for (int round = 0; round < 600; ++round) {
    const Condition condition = random_condition(dice, leaves, 3);
    const test::Compiled compiled = test::compile("[[rule]]\nname = \"it\"\nwhen = " + condition.text + "\naction = \"drop\"\n");
    INFO(condition.text);
    if (compiled.rules == nullptr) {
      // Two tests of one variable that exclude each other are a fault in a branch, too; else the rule must hold nowhere.
      const std::string& reason = compiled.faults.front().reason;
      REQUIRE(reason.starts_with("can never hold"));
      if (reason.find("together") != std::string::npos) continue;
      REQUIRE(std::find(condition.truth.begin(), condition.truth.end(), true) == condition.truth.end());
      continue;
    }
    ++used;
    for (std::size_t at = 0; at < situations.facts.size(); ++at) {
      REQUIRE((test::decide(*compiled.rules, situations.facts[at]).rule == "it") == condition.truth[at]);
    }
  }
  CHECK(used > 300);
}

TEST_CASE("the first rule that holds decides; what is called unreachable decides nothing") {
  const Situations situations;
  const std::vector<Condition> leaves = leaf_conditions(situations);
  Dice dice(4976);
  int used = 0;
  for (int round = 0; round < 150; ++round) {
    std::vector<Condition> conditions;
    std::string text;
    for (std::size_t at = 0; at < 1 + dice.below(12); ++at) {
      conditions.push_back(random_condition(dice, leaves, 2));
      text += "[[rule]]\nname = \"" + std::to_string(at) + "\"\nwhen = " + conditions.back().text + "\naction = \"drop\"\n";
    }
    INFO(text);
    const auto first = [&](std::size_t facts) {
      std::size_t at = 0;
      while (at < conditions.size() && !conditions[at].truth[facts]) ++at;
      return at;
    };
    const test::Compiled compiled = test::compile(text);
    if (compiled.rules == nullptr) {
      for (const config::Fault& fault : compiled.faults) {
        if (fault.reason.find("together") != std::string::npos) continue;
        const std::size_t rule = std::stoul(fault.key.substr(5));
        for (std::size_t facts = 0; facts < situations.facts.size(); ++facts) REQUIRE(first(facts) != rule);
      }
      continue;
    }
    ++used;
    for (std::size_t facts = 0; facts < situations.facts.size(); ++facts) {
      const std::uint32_t decided = test::decide(*compiled.rules, situations.facts[facts]).verdict.rule;
      REQUIRE((decided < conditions.size() ? decided : conditions.size()) == first(facts));
    }
  }
  CHECK(used > 50);
}

TEST_CASE("decide is total and deterministic: every frame has a verdict, twice the same") {
  const Situations situations;
  const auto builtin = test::good("");
  const auto one =
      test::good("[[rule]]\nwhen = { user = \"alice\" }\naction = \"reply\"\nreply = { code = 403, reason = \"No ${user}\" }\n");
  for (const rules::Facts& facts : situations.facts) {
    for (const auto& rules : {builtin, one}) {
      const test::Decision first = test::decide(*rules, facts);
      const test::Decision second = test::decide(*rules, facts);
      CHECK(first.verdict.rule < rules->size());
      CHECK(first.verdict.rule == second.verdict.rule);
      CHECK(first.verdict.action == second.verdict.action);
      CHECK(first.reason == second.reason);
    }
  }
  // Even of nothing.
  CHECK(test::outcome(*builtin, rules::Facts{}) == "close");
  const auto empty = std::make_unique<msrp::Head>();
  rules::Facts facts;
  facts.head = empty.get();
  CHECK(test::decide(*builtin, facts).verdict.rule < builtin->size());
}

TEST_CASE("decide allocates nothing") {
  std::string text;
  int number = 0;
  for (const std::string& leaf : leaves()) {
    if (leaf.find("match") != std::string::npos) continue;  // RE2 builds its automaton as it goes
    text += "[[rule]]\nname = \"" + std::to_string(number++) + "\"\nwhen = { all = [" + leaf + ", { hop = 3 }] }\naction = \"drop\"\n";
  }
  text +=
      "[[rule]]\nname = \"many\"\nwhen = { user = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"alice\"] }\naction = "
      "\"reply\"\n";
  text += "reply = { code = 403, reason = \"${user} ${source} ${msrp.lasthop} ${msrp.srcaddr}\", headers = { X = \"${msrp.hdrs}\" } }\n";
  const auto rules = test::good(text);
  const Situations situations;
  const std::unique_ptr<rules::CoreState> state = rules->make_state(1);
  std::size_t replies = 0;
  const std::size_t before = test::allocations();
  for (const rules::Facts& facts : situations.facts) replies += rules->decide(facts, *state).action == rules::Action::reply;
  const std::size_t after = test::allocations();
  CHECK(after == before);
  CHECK(replies > 0);
  CHECK(before > 0);  // it does count
}

TEST_CASE("printed rules load again and decide the same") {
  const std::string text = R"([[rule]]
name = "a \"quoted\" name"
when = { msrp.lasthop = { host = "archive.example.org" }, any = [{ size = { gt = "10MiB" } }, { not = { user = ["a", "b"] } }] }
action = "relay"
relay = { link = "new" }
[[rule]]
when = { header."X Y".exists = true }
action = "drop"
)";
  CHECK(test::compile(text).rules == nullptr);  // no header can have that name
  const std::string right = text.substr(0, text.rfind("[[rule]]"));
  const auto rules = test::good(right);
  const std::string printed = rules->print();
  INFO(printed);
  CHECK(printed.starts_with("# reads: "));
  CHECK(printed.find("msrp.lasthop.host") != std::string::npos);
  CHECK(printed.find("# name = \"builtin.the rest\"") != std::string::npos);
  const auto again = test::good(printed);
  REQUIRE(again->size() == rules->size());
  CHECK(again->print() == printed);
  CHECK(again->name(0) == "a \"quoted\" name");
}

TEST_CASE("a verdict is steady where the next frame of its kind gets the same without more being done") {
  const auto steady = [](std::string_view rules) {
    const auto set = test::good(rules);
    const auto state = set->make_state(0);
    const test::Frame frame(test::send_to(test::two_hops, "Content-Type: text/plain\n"), true);
    set->decide(frame.facts(), *state);
    return state->is_steady();
  };
  CHECK(steady(""));
  CHECK(steady("[[rule]]\nwhen = { user = 'mallory' }\naction = 'drop'\n"));
  CHECK(steady("[[rule]]\nwhen = { size = { gt = '1MiB' }, content_type = 'text/plain' }\naction = 'drop'\n"));
  CHECK(steady("[[rule]]\nwhen = { header.X-Class = 'gold' }\naction = 'drop'\n"));
  CHECK(steady("[[rule]]\nwhen = { user = 'mallory' }\naction = 'continue'\nlog = 'x'\n"));
  CHECK(!steady("[[rule]]\nwhen = { user = 'alice' }\naction = 'continue'\nlog = 'x'\n"));
  CHECK(!steady("[[rule]]\nwhen = { user = 'alice' }\naction = 'continue'\ncount = 'x'\n"));
  CHECK(!steady("[[rule]]\nwhen = { user = 'alice' }\naction = 'relay'\nset = { X-A = '1' }\n"));
  CHECK(!steady("[[rule]]\nwhen = { user = 'alice', rate = { key = ['user'], above = '1/s' } }\naction = 'drop'\n"));
  CHECK(steady("[[rule]]\nwhen = { user = 'mallory', rate = { key = ['user'], above = '1/s' } }\naction = 'drop'\n"));
  for (const char* other_each_time : {"message_id = 'm7'", "msrp.transid = 'x'", "header.Message-ID = 'm7'", "header.byte-range = 'x'",
                                      "msrp.body = { like = '*x*' }", "msrp.bodylen = 7"}) {
    INFO(other_each_time);
    CHECK(!steady("[[rule]]\nwhen = { " + std::string(other_each_time) + " }\naction = 'drop'\n"));
  }
  const auto set = test::good("[[rule]]\nwhen = { size = { gt = 10, lt = 20 } }\naction = 'drop'\n");
  CHECK(set->size_step(0) == set->size_step(10));
  CHECK(set->size_step(11) == set->size_step(19));
  CHECK(set->size_step(10) != set->size_step(11));
  CHECK(set->size_step(19) != set->size_step(20));
}
