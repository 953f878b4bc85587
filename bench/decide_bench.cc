// What a verdict costs: decide() on a SEND that 50 rules of mixed kinds let pass, and on one that only the builtin rules judge.
// (What must hold: at most 300 ns with the 50 rules.)
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cases.h"
#include "config/config.h"
#include "rules/core_state.h"
#include "rules/rule_set.h"

namespace {

constexpr std::string_view octets =
    "MSRP a786hjs2 SEND\r\n"
    "To-Path: msrps://relay.example.org:2855/Jdz1vTmTgYNWbBPKQ3nPvw;tcp msrp://bob.example.net:7777/iau39soe2843z;tcp\r\n"
    "From-Path: msrps://alice.example.org:9000/9di4eae923wzd;tcp\r\n"
    "Message-ID: 87652491\r\n"
    "Byte-Range: 1-64/64\r\n"
    "X-Priority: normal\r\n"
    "Content-Type: text/plain\r\n";

// One of these kinds after the other; %d is the number of the rule.
constexpr std::array<const char*, 10> conditions = {
    R"(method = "REPORT", user = "user%d")",
    R"(method = "SEND", user = "user%d")",
    R"(user = { not_in = ["alice", "user%d"] })",
    R"(source = { in = ["10.%d.0.0/16", "172.16.%d.0/24", "2001:db8:%d::/48"] })",
    R"(size = { gt = "1%dMiB" })",
    R"(content_type = { like = "image/x%d-*" })",
    R"(msrp.lasthop = { host = "archive%d.example.org" })",
    R"(session = "unknown", msrp.nexthops = %d)",
    R"(header.X-Priority = "urgent%d")",
    R"(any = [{ direction = "to-client", msrp.crthop.port = %d }, { listener = { like = "trunk%d*" } }])",
};

std::string numbered(std::string text, int number) {
  for (std::size_t at = text.find("%d"); at != std::string::npos; at = text.find("%d")) text.replace(at, 2, std::to_string(number));
  return text;
}

std::shared_ptr<const rules::RuleSet> rule_set(int count) {
  std::string text =
      "[[listen]]\nuri = \"msrp://127.0.0.1:2855\"\nplaintext_auth = true\n[users]\nfile = \"users\"\n[relay]\nname = "
      "\"relay.example.org\"\n";
  for (int rule = 0; rule < count; ++rule) {
    text += "[[rule]]\nwhen = { " + numbered(conditions[static_cast<std::size_t>(rule) % conditions.size()], rule + 1) +
            " }\naction = \"drop\"\n";
  }
  if (count > 0) text += "[[rule]]\nname = \"last\"\nwhen = { method = \"SEND\", session = \"known\" }\naction = \"relay\"\n";
  config::Loaded loaded = config::load(text, "bench.toml", {});
  auto rules = rules::compile(loaded.config.rules, "bench.toml", loaded.faults);
  for (const config::Fault& fault : loaded.faults) std::fprintf(stderr, "%s\n", config::to_string(fault).c_str());
  if (rules == nullptr) std::exit(1);
  return rules;
}

void measure(bench::Cases& cases, const char* name, const rules::RuleSet& rules, const rules::Facts& facts) {
  constexpr int decisions = 1000;  // short enough to be left alone in one of the rounds
  const std::unique_ptr<rules::CoreState> state = rules.make_state(1);
  cases.run(name, "verdict", decisions, 0, [&] {
    for (int at = 0; at < decisions; ++at) bench::keep(rules.decide(facts, *state).rule);
  });
}

}  // namespace

int main(int argc, char** argv) {
  bench::Cases cases(argc, argv);
  auto head = std::make_unique<msrp::Head>();
  if (!msrp::parse_head(octets, true, {}, *head, nullptr)) return 2;
  const auto to_uri = msrp::parse_uri(head->to_path.first().octets());  // the walk has it, too
  if (!to_uri) return 2;
  rules::Facts facts;
  facts.head = head.get();
  facts.to_uri = &*to_uri;
  facts.session = rules::SessionFact::known;
  facts.direction = rules::Direction::from_client;
  facts.user = "alice";
  facts.realm = "example.org";
  facts.listener = "public";
  facts.transport = "tcp";
  facts.source = {*base::IpAddress::parse("203.0.113.9"), 40000};
  facts.local = {*base::IpAddress::parse("192.0.2.1"), 2855};
  facts.size = 64;
  measure(cases, "builtin rules alone", *rule_set(0), facts);
  measure(cases, "10 rules before the match", *rule_set(10), facts);
  measure(cases, "50 rules before the match", *rule_set(50), facts);
  return 0;
}
