#include "rules_of.h"

#include "rules/core_state.h"
#undef CHECK

#include <toml++/toml.h>
#include <catch2/catch_test_macros.hpp>

namespace test {
namespace {

config::Value value_of(const toml::node& node);

config::Place place_of(const toml::source_region& source) {
  return {static_cast<std::uint32_t>(source.begin.line), static_cast<std::uint32_t>(source.begin.column)};
}

config::Table table_of(const toml::table& table) {
  config::Table out;
  for (const auto& [key, node] : table) out.push_back({std::string(key.str()), place_of(key.source()), value_of(node)});
  return out;
}

config::Value value_of(const toml::node& node) {
  config::Value out;
  out.place = place_of(node.source());
  if (const auto* text = node.as_string()) out.is = text->get();
  if (const auto* number = node.as_integer()) out.is = number->get();
  if (const auto* fraction = node.as_floating_point()) out.is = fraction->get();
  if (const auto* flag = node.as_boolean()) out.is = flag->get();
  if (const auto* table = node.as_table()) out.is = table_of(*table);
  if (const auto* array = node.as_array()) {
    config::Array values;
    for (const toml::node& element : *array) values.push_back(value_of(element));
    out.is = std::move(values);
  }
  return out;
}

constexpr std::string_view actions[] = {"relay", "reply", "authenticate", "drop", "close"};

}  // namespace

config::Array tables_of(std::string_view text) {
  const toml::table document = toml::parse(text);
  const toml::node* rules = document.get("rule");
  if (rules == nullptr) return {};
  return std::get<config::Array>(value_of(*rules).is);
}

Compiled compile(std::string_view toml) {
  Compiled compiled;
  compiled.rules = rules::compile(tables_of(toml), "test.toml", compiled.faults);
  return compiled;
}

std::shared_ptr<const rules::RuleSet> good(std::string_view toml) {
  Compiled compiled = compile(toml);
  for (const config::Fault& fault : compiled.faults) FAIL(config::to_string(fault));
  REQUIRE(compiled.rules != nullptr);
  return compiled.rules;
}

Frame::Frame(std::string_view lines, bool body) : head_(std::make_unique<msrp::Head>()) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    octets_ += std::string(lines.substr(0, end)) + "\r\n";
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  INFO(octets_);
  REQUIRE(msrp::parse_head(octets_, body, {}, *head_, nullptr));
}

rules::Facts Frame::facts() const {
  rules::Facts facts;
  facts.head = head_.get();
  facts.session = rules::SessionFact::known;
  facts.direction = rules::Direction::from_client;
  facts.user = "alice";
  facts.realm = "example.org";
  facts.listener = "public";
  facts.transport = "tcp";
  facts.source = {*base::IpAddress::parse("203.0.113.9"), 40000};
  facts.local = {*base::IpAddress::parse("192.0.2.1"), 2855};
  facts.size = 100;
  return facts;
}

std::string request_to(std::string_view method, std::string_view path, std::string_view more) {
  std::string lines = "MSRP a1b2c3d4 " + std::string(method) + "\nTo-Path: " + std::string(path) +
                      "\nFrom-Path: msrp://near.example.net:9000/p1;tcp msrp://203.0.113.9:9/alice;tcp";
  if (method == "SEND" || method == "REPORT") lines += "\nMessage-ID: 4711";
  if (!more.empty()) lines += "\n" + std::string(more);
  return lines;
}

std::string send_to(std::string_view path, std::string_view more) { return request_to("SEND", path, more); }

std::string response(int code, std::string_view comment) {
  return "MSRP a1b2c3d4 " + std::to_string(code) + (comment.empty() ? "" : " " + std::string(comment)) +
         "\nTo-Path: msrp://relay.example.org:2855/s1;tcp\nFrom-Path: msrp://192.0.2.9:7777/bob;tcp";
}

Decision decide(const rules::RuleSet& rules, const rules::Facts& facts) {
  const std::unique_ptr<rules::CoreState> state = rules.make_state(1);
  return decide(rules, facts, *state);
}

Decision decide(const rules::RuleSet& rules, const rules::Facts& facts, rules::CoreState& state) {
  Decision decision;
  decision.verdict = rules.decide(facts, state);
  decision.reason = decision.verdict.reason;
  decision.headers = decision.verdict.headers;
  decision.rule = rules.name(decision.verdict.rule);
  return decision;
}

std::string outcome(const rules::RuleSet& rules, const rules::Facts& facts) {
  const Decision decision = decide(rules, facts);
  std::string text(actions[static_cast<std::size_t>(decision.verdict.action)]);
  if (decision.verdict.action == rules::Action::reply) text += " " + std::to_string(decision.verdict.code);
  return text;
}

bool holds(std::string_view when, const rules::Facts& facts) {
  const auto rules = good("[[rule]]\nname = \"tested\"\nwhen = " + std::string(when) + "\naction = \"drop\"\n");
  return decide(*rules, facts).rule == "tested";
}

}  // namespace test
