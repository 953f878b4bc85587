#include "conform/output.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace conform {
namespace {

constexpr std::string_view red = "\033[31m", green = "\033[32m", yellow = "\033[33m", plain = "\033[0m";

std::string painted(std::string_view text, std::string_view with, bool colour) {
  return colour ? std::string(with).append(text).append(plain) : std::string(text);
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

bool is_policy(const Outcome& outcome) { return outcome.one->kind == Kind::policy; }

struct Count {
  std::string name;
  std::size_t passed = 0, failed = 0, skipped = 0, policy = 0;  // policy: failed ones of that kind, not among `failed`
  std::size_t all() const { return passed + failed + skipped + policy; }
};

void count(Count& into, const Outcome& outcome) {
  switch (outcome.result) {
    case Result::pass: ++into.passed; break;
    case Result::fail: ++(is_policy(outcome) ? into.policy : into.failed); break;
    case Result::skip: ++into.skipped; break;
  }
}

std::string_view name_of(Result result) {
  switch (result) {
    case Result::pass: return "pass";
    case Result::fail: return "fail";
    case Result::skip: return "skip";
  }
  return {};
}

}  // namespace

std::string list_line(const Case& one) {
  std::string line = padded(one.id, 10) + " " + padded(one.kind == Kind::policy ? "policy" : one.source, 16) + " " + one.title;
  for (std::size_t i = 1; i < one.requirements.size(); ++i) line.append(i == 1 ? "  (" : " ").append(one.requirements[i]);
  return line + (one.requirements.size() > 1 ? ")" : "") + "\n";
}

std::string line_of(const Outcome& outcome, bool colour) {
  const Case& one = *outcome.one;
  const std::string what = padded(one.id, 10) + " " + one.title;
  switch (outcome.result) {
    case Result::pass: return painted("pass", green, colour) + "  " + what + "\n";
    case Result::skip: return painted("skip", yellow, colour) + "  " + what + "\n                 " + outcome.reason + "\n";
    case Result::fail: break;
  }
  const bool policy = is_policy(outcome);
  std::string line = painted(policy ? "note" : "FAIL", policy ? yellow : red, colour) + "  " + what;
  if (policy) {
    line += "  (policy)";
  } else if (!one.source.empty()) {
    line += "  (" + one.source + ")";
  }
  return line + "\n                 expected " + outcome.expected + "\n                 saw      " + outcome.seen + "\n";
}

std::string summary(const std::vector<Outcome>& outcomes, bool colour) {
  std::vector<Count> sections;
  Count total{"total"};
  for (const Outcome& outcome : outcomes) {
    auto found = std::ranges::find(sections, outcome.one->section, &Count::name);
    if (found == sections.end()) found = sections.insert(sections.end(), Count{outcome.one->section});
    count(*found, outcome);
    count(total, outcome);
  }
  std::string out = "\n" + padded("section", 32) + "  cases   pass   FAIL policy   skip\n";
  const auto row = [&](const Count& one) {
    char numbers[80];
    std::snprintf(numbers, sizeof(numbers), "  %5zu  %5zu  %5zu  %5zu  %5zu", one.all(), one.passed, one.failed, one.policy, one.skipped);
    out += painted(padded(one.name, 32) + numbers, one.failed > 0 ? red : one.policy > 0 ? yellow : green, colour) + "\n";
  };
  for (const Count& section : sections) row(section);
  row(total);
  return out;
}

std::string json_of(const Target& target, const std::vector<Outcome>& outcomes) {
  nlohmann::ordered_json cases = nlohmann::ordered_json::array();
  Count total;
  for (const Outcome& outcome : outcomes) {
    const Case& one = *outcome.one;
    count(total, outcome);
    nlohmann::ordered_json entry = {{"id", one.id},
                                    {"requirements", one.requirements},
                                    {"section", one.section},
                                    {"source", one.source},
                                    {"title", one.title},
                                    {"kind", one.kind == Kind::policy ? "policy" : "rfc"},
                                    {"result", name_of(outcome.result)},
                                    {"seconds", outcome.seconds}};
    if (outcome.result == Result::fail) {
      entry["expected"] = outcome.expected;
      entry["seen"] = outcome.seen;
    }
    if (outcome.result == Result::skip) entry["reason"] = outcome.reason;
    cases.push_back(std::move(entry));
  }
  const nlohmann::ordered_json all = {
      {"relay", target.uri},
      {"summary",
       {{"cases", total.all()}, {"pass", total.passed}, {"fail", total.failed}, {"policy", total.policy}, {"skip", total.skipped}}},
      {"cases", std::move(cases)}};
  return all.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int exit_code(const std::vector<Outcome>& outcomes, bool strict) {
  return std::ranges::any_of(outcomes, [&](const Outcome& one) { return one.result == Result::fail && (strict || !is_policy(one)); }) ? 1
                                                                                                                                      : 0;
}

}  // namespace conform
