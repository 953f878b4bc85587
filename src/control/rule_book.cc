#include "control/rule_book.h"

#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "base/check.h"

namespace control {

void RuleBook::use(std::shared_ptr<const rules::RuleSet> rules, std::uint32_t version) {
  rules_ = std::move(rules);
  version_ = version;
  for (auto& of_core : hits_) of_core.assign(rules_->size(), 0);
}

void RuleBook::take(const relay::RuleHitsMail& mail, std::string_view octets) {
  if (mail.version != version_) return;
  std::vector<std::uint64_t>& of_core = hits_.at(mail.core.value());
  CHECK(octets.size() == mail.count * sizeof of_core[0] && std::size_t{mail.first} + mail.count <= of_core.size());
  std::memcpy(of_core.data() + mail.first, octets.data(), octets.size());
}

std::uint64_t RuleBook::hits(std::size_t rule) const {
  std::uint64_t sum = 0;
  for (const auto& of_core : hits_) sum += of_core[rule];
  return sum;
}

void RuleBook::each_line(const std::function<void(const LogLine&)>& visit) const {
  std::map<std::string_view, std::uint64_t> counters;
  std::map<std::string_view, std::uint64_t> actions;
  for (std::size_t rule = 0; rule < rules_->size(); ++rule) {
    visit(LogLine(LogLevel::info, "rules", "rule")
              .with("name", rules_->name(rule))
              .with("action", rules_->action(rule))
              .with("held", hits(rule)));
    actions[rules_->action(rule)] += hits(rule);
    if (!rules_->counter(rule).empty()) counters[rules_->counter(rule)] += hits(rule);
  }
  for (const auto& [name, count] : actions) visit(LogLine(LogLevel::info, "rules", "action").with("name", name).with("count", count));
  for (const auto& [name, count] : counters) visit(LogLine(LogLevel::info, "rules", "counter").with("name", name).with("count", count));
}

}  // namespace control
