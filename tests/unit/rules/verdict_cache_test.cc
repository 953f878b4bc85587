// Method: random frames from small pools of values, so that the same ones come again, judged by a core's state that remembers and by a
// fresh one that cannot. Pools hold what could be taken for one another: absent and empty, 0 and none, addresses of two families with equal
// octets.
#include "rules/core_state.h"

#undef CHECK
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "rules/explain.h"
#include "rules_of.h"

namespace {

// One rule for nearly each value in the pools below.
std::string many_rules() {
  const std::vector<std::string> conditions = {
      R"(user = "carol")",
      R"(user = "alice", session = "unknown")",
      R"(source = "10.0.0.1")",
      R"(source = "a00:1:0:0:100::")",
      R"(local = "2001:db8::1")",
      R"(size = { gt = 1000, le = 2000 })",
      R"(size = { in = [0, 77] })",
      R"(content_type = "image/png", direction = "to-client")",
      R"(header.X-Priority = "urgent", header.X-Other = { exists = false })",
      R"(header.X-Priority = "low")",
      R"(header.X-Other = "hot")",
      R"(header.X-Priority = "0")",
      R"(msrp.lasthop = { host = "bob.example.net" })",
      R"(msrp.crthop.session = "s2", method = "SEND")",
      R"(msrp.firsthop.host = { like = "*.example.com" })",
      R"(msrp.prevhops = 1, failure_report = "no")",
      R"(msrp.nexthops = 2, method = "REPORT")",
      R"(code = { ge = 400 }, user = "bob")",
      R"(expires = { lt = 60 })",
      R"(expires = { exists = true })",
      R"(method = "NICKNAME", user = "bob")",
      R"(listener = { exists = false }, kind = "response")",
  };
  std::string toml;
  for (const std::string& condition : conditions) toml += "[[rule]]\nwhen = { " + condition + " }\naction = \"drop\"\n";
  return toml + "[[rule]]\nname = \"rest\"\naction = \"close\"\n";
}

// Each frame differs from the one before in one thing at most.
class Frames {
 public:
  void vary() { choices_[random_() % choices_.size()] = static_cast<unsigned>(random_()); }
  std::unique_ptr<test::Frame> frame() const {
    const std::string paths =
        "\nTo-Path: " +
        any(0, {"msrp://relay.example.org:2855/s1;tcp msrp://192.0.2.9:7777/bob;tcp",
                "msrp://relay.example.org:2855/s2;tcp msrp://bob.example.net:7777/bob;tcp",
                "msrp://relay.example.org:2855/s2;tcp msrp://next.example.net:1/x;tcp msrp://bert.example.net:7777/bob;tcp",
                "msrp://relay.example.org:2855/s1;tcp msrp://" + std::string(240, 'b') + ".example.net:7777/bob;tcp"}) +
        "\nFrom-Path: " +
        any(1, {"msrp://a.example.com:9/a;tcp", "msrp://a.example.net:9/a;tcp",
                "msrp://near.example.net:9000/p1;tcp msrp://a.example.com:9/a;tcp"});
    const std::string kind = any(2, {"SEND", "REPORT", "AUTH", "NICKNAME", "200 OK", "413 Too Much"});
    std::string octets = "MSRP a1b2c3d4 " + kind + paths;
    if (kind.find(' ') != std::string::npos) return std::make_unique<test::Frame>(octets);
    octets +=
        "\nMessage-ID: " + std::to_string(choices_[3]) + any(4, {"", "\nFailure-Report: no"}) +
        any(5, {"", "\nExpires: 0", "\nExpires: 600"}) +
        any(6, {"", "\nX-Priority: urgent", "\nX-Priority: 0", "\nX-Priority: low\nX-Priority: urgent"}) +
        any(7, {"", "\nX-Other: hot", "\nX-Other: hotter", "\nX-Other: x\nx-priority: urgent", "\nX-Other: " + std::string(300, 'y')}) +
        any(8, {"", "\nContent-Type: text/plain", "\nContent-Type: image/png", "\nContent-Type: image/png;a=b"});
    return std::make_unique<test::Frame>(octets, octets.find("Content-Type") != std::string::npos);
  }
  rules::Facts facts(const test::Frame& frame) const {
    static constexpr std::array<std::string_view, 4> users = {"alice", "bob", "carol", ""};
    static constexpr std::array<std::uint64_t, 10> sizes = {0, 1, 76, 77, 78, 1000, 1001, 2000, 2001, UINT64_MAX};
    rules::Facts facts = frame.facts();
    facts.user = users[choices_[9] % users.size()];
    facts.listener = choices_[10] % 2 == 0 ? "public" : "";
    facts.session = choices_[11] % 2 == 0 ? rules::SessionFact::known : rules::SessionFact::unknown;
    facts.direction = choices_[12] % 2 == 0 ? rules::Direction::from_client : rules::Direction::to_client;
    // The octets of the second are those of the first, but for the family.
    facts.source.address = *base::IpAddress::parse(any(13, {"10.0.0.1", "a00:1::", "a00:1:0:0:100::", "203.0.113.9"}));
    facts.source.port = static_cast<std::uint16_t>(choices_[3]);
    facts.local.address = *base::IpAddress::parse(any(14, {"192.0.2.1", "2001:db8::1"}));
    facts.size = sizes[choices_[15] % sizes.size()];
    return facts;
  }

 private:
  std::string any(std::size_t at, const std::vector<std::string>& values) const { return values[choices_[at] % values.size()]; }
  std::mt19937 random_{1};
  std::array<unsigned, 16> choices_{};
};

}  // namespace

TEST_CASE("what is remembered is what the conditions say, for every frame") {
  const auto compiled = test::compile(many_rules());
  for (const config::Fault& fault : compiled.faults) {
    INFO(config::to_string(fault));
    REQUIRE(fault.warning);
  }
  REQUIRE(compiled.rules != nullptr);
  const auto state = compiled.rules->make_state(1);
  const test::Frame plain(test::send_to(test::two_hops));
  Frames frames;
  std::set<std::uint32_t> seen;
  for (int round = 0; round < 100'000; ++round) {
    frames.vary();
    const auto frame = frames.frame();
    const rules::Facts facts = frames.facts(*frame);
    const std::uint32_t remembered = compiled.rules->decide(facts, *state).rule;
    // explain() never looks at what is remembered.
    const std::vector<rules::Trial> trials = compiled.rules->explain(facts, *state);
    INFO(frame->head().octets << "\nuser " << facts.user << " from " << facts.source.to_string() << " size " << facts.size);
    REQUIRE(trials.back().rule == compiled.rules->name(remembered));
    for (int again = 0; again < 4; ++again) compiled.rules->decide(plain.facts(), *state);  // so that looking is not given up
    seen.insert(remembered);
  }
  CHECK(seen.size() == 23);
  CHECK(state->verdicts_found() > 400'000);
}

TEST_CASE("where no frame is like another, looking for one is given up, and taken up again") {
  const auto compiled = test::compile(many_rules());
  const auto state = compiled.rules->make_state(1);
  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  const auto judge = [&](const std::string& user) {
    facts.user = user;
    return compiled.rules->name(compiled.rules->decide(facts, *state).rule);
  };
  for (int user = 0; user < 2'000; ++user) REQUIRE(judge("user" + std::to_string(user)) == "rest");
  const std::uint64_t found = state->verdicts_found();
  REQUIRE(judge("user1") == "rest");
  REQUIRE(judge("user1") == "rest");
  CHECK(state->verdicts_found() == found);
  for (int frames = 0; frames < 70'000; ++frames) judge("user1");
  CHECK(state->verdicts_found() > found + 1'000);
  CHECK(judge("carol") != "rest");
}

TEST_CASE("few conditions are judged each time: nothing is kept for them") {
  const auto rules = test::good("[[rule]]\nwhen = { user = \"carol\" }\naction = \"drop\"\n");
  const auto state = rules->make_state(1);
  const test::Frame frame(test::send_to(test::two_hops));
  for (int again = 0; again < 10; ++again) rules->decide(frame.facts(), *state);
  CHECK(state->verdicts_found() == 0);
}
