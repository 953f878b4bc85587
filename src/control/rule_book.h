#pragma once
// How often each rule has held, as the cores last told.
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "control/log_line.h"
#include "relay/mail.h"

namespace control {

class RuleBook {
 public:
  explicit RuleBook(std::size_t cores) : hits_(cores) {}

  // From now on these are in force; what was counted before is forgotten.
  void use(std::shared_ptr<const rules::RuleSet> rules, std::uint32_t version);
  // `octets`: mail.count numbers. Of another version than that in force: ignored.
  void take(const relay::RuleHitsMail& mail, std::string_view octets);
  std::uint64_t hits(std::size_t rule) const;
  std::size_t size() const { return rules_->size(); }
  std::string_view name(std::size_t rule) const { return rules_->name(rule); }
  std::string_view action(std::size_t rule) const { return rules_->action(rule); }
  // A line for each rule, in order, one for each action that they have, one for each counter that they count.
  void each_line(const std::function<void(const LogLine&)>& visit) const;

 private:
  std::shared_ptr<const rules::RuleSet> rules_;
  std::uint32_t version_ = 0;
  std::vector<std::vector<std::uint64_t>> hits_;  // [core][rule]
};

}  // namespace control
