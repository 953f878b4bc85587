#include "rules/rule_set.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/check.h"
#include "rules/analysis.h"
#include "rules/builtin.h"
#include "rules/evaluate.h"
#include "rules/print.h"
#include "rules/rule.h"

namespace rules {
namespace {

constexpr std::size_t rules_most = 10'000;
constexpr std::uint8_t unanswerable = responses | bit(FrameClass::report);

// The rules as they run: steps of all conditions in one block, and for each class of frames the rules that can hold for it.
class CompiledRules final : public RuleSet {
 public:
  void add(Rule rule, std::uint8_t classes);
  void seal();
  Operands& operands() { return operands_; }

  Verdict decide(const Facts& facts, Scratch& scratch) const override;
  std::uint64_t next_size_threshold(std::uint64_t size) const override;
  std::size_t size() const override { return rules_.size(); }
  std::string_view name(std::size_t rule) const override { return rules_[rule]->name; }
  std::string print() const override { return printed_; }
  void print(const config::Value& table, const Node& when, bool builtin);

 private:
  struct Entry {
    std::uint32_t first_step;
    std::uint32_t rule;
  };
  bool holds_from(std::uint32_t step, FrameView& frame) const;
  Verdict verdict(std::uint32_t rule, FrameClass frame_class, FrameView& frame, Scratch& scratch) const;

  Operands operands_;
  std::vector<Step> steps_;
  std::array<std::vector<Entry>, frame_classes> entries_;
  std::vector<std::unique_ptr<const Rule>> rules_;  // by pointer: verdicts view them
  std::vector<std::uint64_t> size_thresholds_;
  std::string printed_;
};

void CompiledRules::add(Rule rule, std::uint8_t classes) {
  const std::uint32_t first = append_steps(rule.when, steps_);
  const auto index = static_cast<std::uint32_t>(rules_.size());
  auto kept = std::make_unique<Rule>(std::move(rule));
  kept->verdict.rule = index;
  kept->verdict.next_hop = kept->next_hop;
  if (kept->reason.is_plain()) kept->verdict.reason = kept->reason.plain();
  if (kept->headers.is_plain()) kept->verdict.headers = kept->headers.plain();
  for (unsigned frame_class = 0; frame_class < frame_classes; ++frame_class) {
    if (((classes >> frame_class) & 1U) != 0) entries_[frame_class].push_back({first, index});
  }
  rules_.push_back(std::move(kept));
}

void CompiledRules::seal() {
  const auto note = [&](std::uint64_t threshold) {
    if (threshold > 0 && threshold < UINT64_MAX) size_thresholds_.push_back(threshold);
  };
  for (const Step& step : steps_) {
    if (step.test.variable != Variable::size) continue;
    if (step.test.kind == TestKind::range) {
      note(step.test.low);
      if (step.test.high < UINT64_MAX) note(step.test.high + 1);
    } else if (step.test.kind == TestKind::numbers) {
      for (const std::uint64_t number : operands_.numbers[step.test.operand]) {
        note(number);
        note(number + 1);
      }
    }
  }
  std::sort(size_thresholds_.begin(), size_thresholds_.end());
}

std::uint64_t CompiledRules::next_size_threshold(std::uint64_t size) const {
  const auto next = std::upper_bound(size_thresholds_.begin(), size_thresholds_.end(), size);
  return next == size_thresholds_.end() ? UINT64_MAX : *next;
}

bool CompiledRules::holds_from(std::uint32_t step, FrameView& frame) const {
  while (step < end_fails) step = holds(steps_[step].test, operands_, frame) ? steps_[step].yes : steps_[step].no;
  return step == end_holds;
}

Verdict CompiledRules::verdict(std::uint32_t index, FrameClass frame_class, FrameView& frame, Scratch& scratch) const {
  const Rule& rule = *rules_[index];
  Verdict verdict = rule.verdict;
  if (verdict.action == Action::reply) {
    if ((bit(frame_class) & unanswerable) != 0) {
      verdict.action = Action::drop;
      return verdict;
    }
    std::size_t used = 0;
    if (!rule.reason.is_plain()) {
      used = rule.reason.fill(frame, scratch.octets);
      verdict.reason = {scratch.octets, used};
    }
    if (!rule.headers.is_plain()) verdict.headers = {scratch.octets + used, rule.headers.fill(frame, scratch.octets + used)};
  } else if (frame_class == FrameClass::sip && (verdict.action == Action::relay || verdict.action == Action::authenticate)) {
    verdict.action = Action::close;
  }
  return verdict;
}

Verdict CompiledRules::decide(const Facts& facts, Scratch& scratch) const {
  const FrameClass frame_class = class_of(facts);
  FrameView frame(facts);
  const std::vector<Entry>& entries = entries_[static_cast<std::size_t>(frame_class)];
  for (const Entry& entry : entries) {
    if (holds_from(entry.first_step, frame)) return verdict(entry.rule, frame_class, frame, scratch);
  }
  // Not reached: the last builtin rule has no condition.
  Verdict none;
  none.rule = static_cast<std::uint32_t>(rules_.size() - 1);
  return none;
}

void gather_reads(const Node& node, std::vector<std::string>& reads) {
  if (node.kind == Node::Kind::test && std::find(reads.begin(), reads.end(), node.reads) == reads.end()) reads.push_back(node.reads);
  for (const Node& child : node.children) gather_reads(child, reads);
}

// Builtin rules are comments: their names are refused in a file, and they stand behind whatever it says.
void CompiledRules::print(const config::Value& table, const Node& when, bool builtin) {
  std::vector<std::string> reads;
  gather_reads(when, reads);
  std::string list;
  for (const std::string& name : reads) list += (list.empty() ? "" : ", ") + name;
  printed_ += std::string(printed_.empty() ? "" : "\n") + "# " + (builtin ? "builtin; " : "") +
              "reads: " + (list.empty() ? "nothing" : list) + "\n";
  printed_ += rule_to_toml(table, builtin ? "# " : "");
}

// What rules say of each other: order, reach, names.
class Examiner {
 public:
  Examiner(const Operands& operands, Faults& faults) : operands_(operands), faults_(faults) {}
  // The frame classes for which the rule can hold.
  std::uint8_t examine(const Rule& rule, const config::Value& table);

 private:
  void check_reach(const Rule& rule, const Reach& reach, const std::string& condition);
  void check_action(const Rule& rule, std::uint8_t classes);

  struct Earlier {
    std::string name;
    Worlds must;
    std::string condition;
  };
  const Operands& operands_;
  Faults& faults_;
  std::set<std::string, std::less<>> names_;
  std::vector<Earlier> earlier_;
  Worlds decided_;
};

const config::Value* member_of(const config::Value& table, std::string_view key) {
  const auto* members = std::get_if<config::Table>(&table.is);
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(), [&](const config::Member& member) { return member.key == key; });
  return found == members->end() ? nullptr : &found->value;
}

std::uint8_t Examiner::examine(const Rule& rule, const config::Value& table) {
  if (!names_.insert(rule.name).second)
    faults_.error(rule.name_place, rule.key + ".name", "a second rule of the name \"" + rule.name + "\"");
  if (!rule.good) return 0;
  const Reach reach = reach_of(rule.when, operands_);
  const std::uint8_t classes = classes_of(reach.may);
  const config::Value* when = member_of(table, "when");
  const std::string condition = when == nullptr ? "{}" : to_toml(*when);
  if (const Node* wrong = contradiction(rule.when, operands_)) {
    faults_.error(wrong->place, wrong->key, "can never hold together with the other conditions of " + wrong->reads);
  } else {
    check_reach(rule, reach, condition);
    if (reach.may.any()) check_action(rule, classes);
  }
  decided_ |= reach.must;
  earlier_.push_back({rule.name, reach.must, condition});
  return classes;
}

void Examiner::check_reach(const Rule& rule, const Reach& reach, const std::string& condition) {
  if (reach.may.none()) {
    faults_.error(rule.when.place, rule.when.key, "can never hold: no frame has all of this");
    return;
  }
  for (const Earlier& earlier : earlier_) {
    if ((reach.may & ~earlier.must).none() || earlier.condition == condition) {
      faults_.error(rule.place, rule.key,
                    "unreachable: rule \"" + earlier.name + "\" before it decides every frame for which it could hold");
      return;
    }
  }
  if ((reach.may & ~decided_).none()) {
    faults_.error(rule.place, rule.key, "unreachable: the rules before it decide every frame for which it could hold");
  }
}

void Examiner::check_action(const Rule& rule, std::uint8_t classes) {
  if (rule.verdict.action == Action::reply && (classes & ~unanswerable) == 0) {
    faults_.error(rule.place, rule.key, "replies to a response or a REPORT, which nobody answers (R-066)");
  }
  if (rule.verdict.action == Action::authenticate && (classes & ~bit(FrameClass::auth)) != 0) {
    faults_.error(rule.place, rule.key, "authenticate answers AUTH alone: add method = \"AUTH\" to the condition");
  }
  if ((rule.verdict.action == Action::relay) && classes == bit(FrameClass::sip)) {
    faults_.error(rule.place, rule.key, "relays SIP, which this relay can only answer");
  }
}

void add_builtin(CompiledRules& compiled) {
  std::vector<config::Fault> found;
  Faults faults("builtin", found);
  for (const config::Value& table : builtin_rules()) {
    Rule rule = parse_rule(table, "builtin", true, compiled.operands(), faults);
    CHECK(rule.good);
    compiled.print(table, rule.when, true);
    const std::uint8_t classes = classes_of(reach_of(rule.when, compiled.operands()).may);
    compiled.add(std::move(rule), classes);
  }
}

}  // namespace

std::shared_ptr<const RuleSet> compile(std::span<const config::Value> tables, std::string_view file, std::vector<config::Fault>& found) {
  Faults faults(file, found);
  auto compiled = std::make_shared<CompiledRules>();
  Examiner examiner(compiled->operands(), faults);
  if (tables.size() > rules_most) {
    faults.error(tables[rules_most].place, "rule[" + std::to_string(rules_most) + "]",
                 "more than " + std::to_string(rules_most) + " rules");
    tables = tables.first(rules_most);
  }
  for (std::size_t at = 0; at < tables.size(); ++at) {
    Rule rule = parse_rule(tables[at], "rule[" + std::to_string(at) + "]", false, compiled->operands(), faults);
    const std::uint8_t classes = examiner.examine(rule, tables[at]);
    compiled->print(tables[at], rule.when, false);
    compiled->add(std::move(rule), classes);
  }
  if (faults.errors() != 0) return nullptr;
  add_builtin(*compiled);
  compiled->seal();
  return compiled;
}

}  // namespace rules
