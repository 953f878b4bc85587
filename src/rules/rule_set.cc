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

// Where a run ends: the rule that holds, with this bit.
constexpr std::uint32_t decided = 0x8000'0000U;

// The rules as they run: for each class of frames one run of steps through all conditions that can hold for it.
class CompiledRules final : public RuleSet {
 public:
  void add(Rule rule);
  void seal();
  Operands& operands() { return operands_; }

  Verdict decide(const Facts& facts, Scratch& scratch) const override;
  std::uint64_t next_size_threshold(std::uint64_t size) const override;
  std::size_t size() const override { return rules_.size(); }
  std::string_view name(std::size_t rule) const override { return rules_[rule]->name; }
  std::string print() const override { return printed_; }
  void print(const config::Value& table, const Node& when, bool builtin);

 private:
  void link(FrameClass frame_class);
  void note_thresholds(const Node& node);
  Verdict verdict(std::uint32_t rule, FrameClass frame_class, FrameView& frame, Scratch& scratch) const;

  Operands operands_;
  struct Run {
    std::vector<Step> steps;
    std::uint32_t first = 0;
  };
  std::array<Run, frame_classes> runs_;
  std::vector<std::unique_ptr<const Rule>> rules_;  // by pointer: verdicts view them
  std::vector<std::uint64_t> size_thresholds_;
  std::string printed_;
};

void CompiledRules::add(Rule rule) {
  auto kept = std::make_unique<Rule>(std::move(rule));
  kept->verdict.rule = static_cast<std::uint32_t>(rules_.size());
  kept->verdict.next_hop = kept->next_hop;
  if (kept->reason.is_plain()) kept->verdict.reason = kept->reason.plain();
  if (kept->headers.is_plain()) kept->verdict.headers = kept->headers.plain();
  rules_.push_back(std::move(kept));
}

// After the last add().
void CompiledRules::seal() {
  for (unsigned frame_class = 0; frame_class < frame_classes; ++frame_class) link(static_cast<FrameClass>(frame_class));
  for (const auto& rule : rules_) note_thresholds(rule->when);
  std::sort(size_thresholds_.begin(), size_thresholds_.end());
}

// From the last rule, which has no condition, to the first: each goes on to the next where it does not hold.
void CompiledRules::link(FrameClass frame_class) {
  Run& run = runs_[static_cast<std::size_t>(frame_class)];
  run.first = decided | static_cast<std::uint32_t>(rules_.size() - 1);
  for (std::size_t rule = rules_.size(); rule-- > 0;) {
    run.first = append_steps(rules_[rule]->when, operands_, frame_class, decided | static_cast<std::uint32_t>(rule), run.first, run.steps);
  }
  CHECK(run.steps.size() < decided);
}

void CompiledRules::note_thresholds(const Node& node) {
  for (const Node& child : node.children) note_thresholds(child);
  if (node.kind != Node::Kind::test || node.test.variable != Variable::size) return;
  const auto note = [&](std::uint64_t threshold) {
    if (threshold > 0 && threshold < UINT64_MAX) size_thresholds_.push_back(threshold);
  };
  if (node.test.kind == TestKind::range) {
    note(node.test.low);
    if (node.test.high < UINT64_MAX) note(node.test.high + 1);
  } else if (node.test.kind == TestKind::numbers) {
    for (const std::uint64_t number : operands_.numbers[node.test.operand]) {
      note(number);
      note(number + 1);
    }
  }
}

std::uint64_t CompiledRules::next_size_threshold(std::uint64_t size) const {
  const auto next = std::upper_bound(size_thresholds_.begin(), size_thresholds_.end(), size);
  return next == size_thresholds_.end() ? UINT64_MAX : *next;
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
  const Run& run = runs_[static_cast<std::size_t>(frame_class)];
  UNINITIALIZED FrameView frame(facts);
  std::uint32_t at = run.first;
  while ((at & decided) == 0) {
    const Step& step = run.steps[at];
    at = holds(step.test, operands_, frame) ? step.yes : step.no;
  }
  return verdict(at & ~decided, frame_class, frame, scratch);
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
  void examine(const Rule& rule, const config::Value& table);

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

void Examiner::examine(const Rule& rule, const config::Value& table) {
  if (!names_.insert(rule.name).second)
    faults_.error(rule.name_place, rule.key + ".name", "a second rule of the name \"" + rule.name + "\"");
  if (!rule.good) return;
  const Reach reach = reach_of(rule.when, operands_);
  const config::Value* when = member_of(table, "when");
  const std::string condition = when == nullptr ? "{}" : to_toml(*when);
  if (const Node* wrong = contradiction(rule.when, operands_)) {
    faults_.error(wrong->place, wrong->key, "can never hold together with the other conditions of " + wrong->reads);
  } else {
    check_reach(rule, reach, condition);
    if (reach.may.any()) check_action(rule, classes_of(reach.may));
  }
  decided_ |= reach.must;
  earlier_.push_back({rule.name, reach.must, condition});
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
    compiled.add(std::move(rule));
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
    examiner.examine(rule, tables[at]);
    compiled->print(tables[at], rule.when, false);
    compiled->add(std::move(rule));
  }
  if (faults.errors() != 0) return nullptr;
  add_builtin(*compiled);
  compiled->seal();
  return compiled;
}

}  // namespace rules
