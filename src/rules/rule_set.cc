#include "rules/rule_set.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/check.h"
#include "rules/analysis.h"
#include "rules/builtin.h"
#include "rules/core_state.h"
#include "rules/evaluate.h"
#include "rules/explain.h"
#include "rules/print.h"
#include "rules/rule.h"

namespace rules {
namespace {

constexpr std::size_t rules_most = 10'000;
constexpr std::size_t rates_most = 64;
constexpr std::uint8_t unanswerable = responses | bit(FrameClass::report);

std::string_view action_name(Action action);

// Where a run ends: the rule that holds, with this bit.
constexpr std::uint32_t decided = 0x8000'0000U;

}  // namespace

// The rules as they run: for each class of frames one run of steps through all conditions that can hold for it.
class CompiledRules final : public RuleSet {
 public:
  void add(Rule rule);
  void seal();
  Operands& operands() { return operands_; }

  Verdict decide(const Facts& facts, CoreState& state) const override;
  SizeStop size_stop(const Facts& facts, CoreState& state) const override;
  std::unique_ptr<CoreState> make_state(std::uint64_t seed) const override;
  bool has_size_thresholds() const override { return !size_thresholds_.empty(); }
  Needs needs() const override { return needs_; }
  std::size_t size_step(std::uint64_t size) const override {
    return static_cast<std::size_t>(std::upper_bound(size_edges_.begin(), size_edges_.end(), size) - size_edges_.begin());
  }
  std::size_t size() const override { return rules_.size(); }
  std::string_view name(std::size_t rule) const override { return rules_[rule]->name; }
  std::string_view action(std::size_t rule) const override {
    return rules_[rule]->continues ? "continue" : action_name(rules_[rule]->verdict.action);
  }
  std::string_view counter(std::size_t rule) const override { return rules_[rule]->counter; }
  std::vector<Trial> explain(const Facts& facts, CoreState& state) const override;
  std::string print() const override { return printed_; }
  void print(const config::Value& table, const Node& when, bool builtin);

 private:
  void link(FrameClass frame_class);
  void note(const Node& node);
  void note_need(const VariableInfo* info);
  std::uint32_t find(std::uint32_t at, FrameClass frame_class, FrameView& frame, const CoreState& state) const;
  void apply(const Rule& rule, FrameView& frame, CoreState& state) const;
  Verdict verdict(std::uint32_t rule, FrameClass frame_class, FrameView& frame, CoreState& state) const;

  Operands operands_;
  struct Run {
    std::vector<Step> steps;
    std::uint32_t first = 0;
    Subjects subjects;
    std::vector<std::uint32_t> behind;  // [rule]: where to go on when it holds and does not decide
  };
  std::array<Run, frame_classes> runs_;
  std::vector<std::unique_ptr<const Rule>> rules_;  // by pointer: verdicts view them
  std::vector<std::uint32_t> rate_of_;              // [rule]: index among the rates
  std::vector<const Rate*> rates_;
  std::vector<std::uint64_t> size_edges_;       // all sizes at which a condition may change its answer
  std::vector<std::uint64_t> size_thresholds_;  // the same where a rule replies, else none
  Needs needs_;
  std::string printed_;
};

void CompiledRules::add(Rule rule) {
  auto kept = std::make_unique<Rule>(std::move(rule));
  kept->verdict.rule = static_cast<std::uint32_t>(rules_.size());
  kept->verdict.next_hop = kept->next_hop;
  if (kept->reason.is_plain()) kept->verdict.reason = kept->reason.plain();
  if (kept->headers.is_plain()) kept->verdict.headers = kept->headers.plain();
  const RelayOptions& options = kept->options;
  if (options.local || options.close_after_response || options.without_session) kept->verdict.options = &options;
  rate_of_.push_back(static_cast<std::uint32_t>(rates_.size()));
  if (kept->rate) rates_.push_back(&*kept->rate);
  rules_.push_back(std::move(kept));
}

// After the last add().
void CompiledRules::seal() {
  for (unsigned frame_class = 0; frame_class < frame_classes; ++frame_class) link(static_cast<FrameClass>(frame_class));
  for (const auto& rule : rules_) {
    note(rule->when);
    const auto note_template = [&](const TextTemplate& text) { text.each_variable([&](const VariableInfo& info) { note_need(&info); }); };
    note_template(rule->reason);
    note_template(rule->headers);
    if (rule->log) note_template(rule->log->text);
    for (const HeaderEdit& edit : rule->edits) note_template(edit.value);
    if (rule->rate) {
      for (const Rate::KeyPart& part : rule->rate->key) note_need(part.info);
    }
  }
  // Only a reply counts in mid-message. (The builtin ones are for what no permit lets pass.)
  const auto replies = [](const auto& rule) {
    return !rule->continues && rule->verdict.action == Action::reply && !rule->name.starts_with("builtin.");
  };
  std::sort(size_thresholds_.begin(), size_thresholds_.end());
  size_thresholds_.erase(std::unique(size_thresholds_.begin(), size_thresholds_.end()), size_thresholds_.end());
  size_edges_ = size_thresholds_;
  if (std::none_of(rules_.begin(), rules_.end(), replies)) size_thresholds_.clear();
}

// From the last rule, which has no condition, to the first: each goes on to the next where it does not hold.
void CompiledRules::link(FrameClass frame_class) {
  Run& run = runs_[static_cast<std::size_t>(frame_class)];
  run.first = decided | static_cast<std::uint32_t>(rules_.size() - 1);
  run.behind.resize(rules_.size());
  for (std::size_t rule = rules_.size(); rule-- > 0;) {
    run.behind[rule] = run.first;
    run.first = append_steps(rules_[rule]->when, operands_, frame_class, decided | static_cast<std::uint32_t>(rule), run.first, run.steps);
  }
  CHECK(run.steps.size() < decided);
  run.subjects = subjects_of(run.steps);
  for (const std::uint32_t header : run.subjects.headers) {
    if (operands_.headers[header] == "message-id" || operands_.headers[header] == "byte-range") run.subjects.steady = false;
  }
}

void CompiledRules::note_need(const VariableInfo* info) {
  if (info->variable == Variable::buffer || info->variable == Variable::buffer_octets) needs_.buffer = needs_.body = true;
  if (info->variable == Variable::body || info->variable == Variable::body_octets || info->variable == Variable::continuation)
    needs_.body = true;
}

void CompiledRules::note(const Node& node) {
  for (const Node& child : node.children) note(child);
  if (node.kind != Node::Kind::test) return;
  note_need(node.info);
  if (node.test.variable != Variable::size) return;
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

std::unique_ptr<CoreState> CompiledRules::make_state(std::uint64_t seed) const {
  auto state = std::make_unique<CoreState>();
  state->seed_ = seed;
  state->hits_.resize(rules_.size());
  if (std::any_of(runs_.begin(), runs_.end(), [](const Run& run) { return run.subjects.worth_it; })) state->cache_.prepare();
  for (const Rate* rate : rates_) state->rates_.emplace_back(*rate);
  for (const auto& alternatives : operands_.expressions) {
    auto& own = state->expressions_.emplace_back();
    for (const auto& expression : alternatives) own.push_back(std::make_unique<re2::RE2>(expression->pattern(), expression->options()));
  }
  return state;
}

// Through the run from `at` to the next rule whose condition holds.
std::uint32_t CompiledRules::find(std::uint32_t at, FrameClass frame_class, FrameView& frame, const CoreState& state) const {
  const Step* const steps = runs_[static_cast<std::size_t>(frame_class)].steps.data();
  while ((at & decided) == 0) {
    const Step& step = steps[at];
    at = holds(step.test, operands_, state.expressions_, frame) ? step.yes : step.no;
  }
  return at & ~decided;
}

// What a rule that holds does beside its action.
void CompiledRules::apply(const Rule& rule, FrameView& frame, CoreState& state) const {
  if (rule.log && state.log_count_ < CoreState::logs_max) {
    CoreState::Line& line = state.logs_[state.log_count_++];
    line.rule = rule.verdict.rule;
    line.level = rule.log->level;
    line.octets = static_cast<std::uint16_t>(rule.log->text.fill(frame, line.text.data()));
  }
  if (frame.head() == nullptr || frame.head()->is_response) return;
  for (const HeaderEdit& edit : rule.edits) {
    const std::size_t octets = edit.value.fill(frame, state.octets_.data());
    CHECK(append_edit(edit.kind, edit.name, {state.octets_.data(), octets}, state.edits_.data(), state.edits_.size(), state.edits_used_));
  }
}

Verdict CompiledRules::verdict(std::uint32_t index, FrameClass frame_class, FrameView& frame, CoreState& state) const {
  const Rule& rule = *rules_[index];
  Verdict verdict = rule.verdict;
  if (verdict.action == Action::reply) {
    if ((bit(frame_class) & unanswerable) != 0) {
      verdict.action = Action::drop;
      return verdict;
    }
    char* const octets = state.octets_.data();
    std::size_t used = 0;
    if (!rule.reason.is_plain()) {
      used = rule.reason.fill(frame, octets);
      verdict.reason = {octets, used};
    }
    if (!rule.headers.is_plain()) verdict.headers = {octets + used, rule.headers.fill(frame, octets + used)};
  } else if (frame_class == FrameClass::sip && (verdict.action == Action::relay || verdict.action == Action::authenticate)) {
    verdict.action = Action::close;
  }
  return verdict;
}

Verdict CompiledRules::decide(const Facts& facts, CoreState& state) const {
  const FrameClass frame_class = class_of(facts);
  const Run& run = runs_[static_cast<std::size_t>(frame_class)];
  UNINITIALIZED FrameView frame(facts);
  state.edits_used_ = state.log_count_ = 0;
  std::optional<std::uint32_t> first;
  if (state.cache_.look(run.subjects, operands_, size_edges_, frame_class, frame)) {
    first = state.cache_.found();
    if (!first) state.cache_.remember(*(first = find(run.first, frame_class, frame, state)));
  }
  state.steady_ = run.subjects.steady;
  for (std::uint32_t at = run.first;;) {
    const std::uint32_t index = first ? *std::exchange(first, std::nullopt) : find(at, frame_class, frame, state);
    const Rule& rule = *rules_[index];
    if (rule.rate || rule.log || !rule.edits.empty() || rule.continues) state.steady_ = false;
    if (rule.rate && !state.rates_[rate_of_[index]].is_above(*rule.rate, frame, facts.now, state.seed_)) {
      at = run.behind[index];
      continue;
    }
    ++state.hits_[index];
    if (rule.log || !rule.edits.empty()) apply(rule, frame, state);
    if (!rule.continues) return verdict(index, frame_class, frame, state);
    at = run.behind[index];
  }
}

std::vector<Trial> CompiledRules::explain(const Facts& facts, CoreState& state) const {
  std::vector<Trial> trials;
  UNINITIALIZED FrameView frame(facts);
  for (std::size_t index = 0; index < rules_.size(); ++index) {
    const Rule& rule = *rules_[index];
    Reason reason = rules::explain(rule.when, operands_, state.expressions_, frame);
    if (reason.holds && rule.rate) reason = {false, {"rate: taken as not exceeded"}};
    trials.push_back({rule.name, std::string(action(index)), reason.holds, std::move(reason.because)});
    if (reason.holds && !rule.continues) break;
  }
  return trials;
}

// Rules with a rate are passed over: they were asked, and this is still the same frame.
SizeStop CompiledRules::size_stop(const Facts& facts, CoreState& state) const {
  SizeStop stop;
  const FrameClass frame_class = class_of(facts);
  const Run& run = runs_[static_cast<std::size_t>(frame_class)];
  Facts later = facts;
  for (auto at = std::upper_bound(size_thresholds_.begin(), size_thresholds_.end(), facts.size); at != size_thresholds_.end(); ++at) {
    later.size = *at;
    UNINITIALIZED FrameView frame(later);
    std::uint32_t index = find(run.first, frame_class, frame, state);
    while (rules_[index]->continues || rules_[index]->rate) index = find(run.behind[index], frame_class, frame, state);
    const Verdict verdict = this->verdict(index, frame_class, frame, state);
    if (verdict.action == Action::reply) return {*at, verdict.code, verdict.reason};
  }
  return stop;
}

namespace {

void gather_reads(const Node& node, std::vector<std::string>& reads) {
  if (node.kind == Node::Kind::test && std::find(reads.begin(), reads.end(), node.reads) == reads.end()) reads.push_back(node.reads);
  for (const Node& child : node.children) gather_reads(child, reads);
}

}  // namespace

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

namespace {

std::string_view action_name(Action action) {
  switch (action) {
    case Action::relay: return "relay";
    case Action::reply: return "reply";
    case Action::authenticate: return "authenticate";
    case Action::drop: return "drop";
    case Action::close: return "close";
  }
  return {};
}

std::size_t edits_of(const Rule& rule) {
  std::size_t sum = 0;
  for (const HeaderEdit& edit : rule.edits) sum += edit_size(edit.name, edit.value.most());
  return sum;
}

// What rules say of each other: order, reach, names.
class Examiner {
 public:
  Examiner(const Operands& operands, std::uint64_t body_prefix, Faults& faults)
      : operands_(operands), body_prefix_(body_prefix), faults_(faults) {}
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
  const std::uint64_t body_prefix_;
  Faults& faults_;
  std::set<std::string, std::less<>> names_;
  std::vector<Earlier> earlier_;
  Worlds decided_;
  std::size_t edits_ = 0;  // octets that those which continue may take
  std::size_t rates_ = 0;
};

void Examiner::examine(const Rule& rule, const config::Value& table) {
  if (!names_.insert(rule.name).second)
    faults_.error(rule.name_place, rule.key + ".name", "a second rule of the name \"" + rule.name + "\"");
  if (!rule.good) return;
  const Reach reach = reach_of(rule.when, operands_);
  const config::Value* when = config::member_of(table, "when");
  const std::string condition = when == nullptr ? "{}" : to_toml(*when);
  if (const Node* wrong = contradiction(rule.when, operands_)) {
    faults_.error(wrong->place, wrong->key, "can never hold together with the other conditions of " + wrong->reads);
  } else if (const Node* longer = longer_body(rule.when, operands_, body_prefix_)) {
    faults_.error(longer->place, longer->key,
                  "can never hold: " + longer->reads + " counts what rules see of a body, [limits] body_prefix = " +
                      std::to_string(body_prefix_) + " octets; the length of a message is size");
  } else {
    check_reach(rule, reach, condition);
    if (reach.may.any()) check_action(rule, classes_of(reach.may));
  }
  const std::size_t with_this = edits_ + edits_of(rule);
  if (rule.continues) edits_ = with_this;
  if (with_this > CoreState::edits_max)
    faults_.error(rule.effect_place, rule.key,
                  "with those of the rules that continue before it the header edits may become longer than " +
                      std::to_string(CoreState::edits_max) + " octets");
  rates_ += rule.rate.has_value();
  if (rule.rate && rates_ > rates_most) faults_.error(rule.place, rule.key, "more than " + std::to_string(rates_most) + " rates");
  // What may let a frame go on to the next rule decides nothing surely.
  if (rule.continues || rule.rate) return;
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
  if (!rule.edits.empty() && (classes & requests) == 0)
    faults_.error(rule.effect_place, rule.key, "changes headers of what is no request: a response goes on as it came");
  if (rule.continues) return;
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

std::shared_ptr<const RuleSet> compile(std::span<const config::Value> tables, std::string_view file, std::vector<config::Fault>& found,
                                       std::uint64_t body_prefix) {
  Faults faults(file, found);
  auto compiled = std::make_shared<CompiledRules>();
  Examiner examiner(compiled->operands(), body_prefix, faults);
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
