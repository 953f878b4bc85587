#include "rules/analysis.h"

#include <algorithm>
#include <array>
#include <vector>

#include "rules/evaluate.h"
#include "rules/frame_view.h"

namespace rules {
namespace {

enum class Answer : std::uint8_t { no, maybe, yes };

// One combination of the enumerated facts; values as FrameView::choice() gives them.
struct World {
  FrameClass frame;
  std::uint8_t session;
  std::uint8_t direction;
  std::uint8_t transport;
  std::uint8_t failure_report;
  std::uint8_t success_report;
};

World world_of(std::size_t number) {
  const auto digit = [&](std::size_t base) {
    const std::size_t value = number % base;
    number /= base;
    return static_cast<std::uint8_t>(value);
  };
  World world{};
  world.frame = static_cast<FrameClass>(digit(6));
  world.session = digit(3);
  world.direction = digit(3);
  if (world.direction == 2) world.direction = FrameView::absent;
  world.transport = digit(4);
  world.failure_report = digit(3);
  world.success_report = digit(2);
  return world;
}

bool is_request(FrameClass frame) { return (bit(frame) & requests) != 0; }

// The value of an enumerated fact. Only for those.
std::uint8_t value_in(const World& world, Variable variable) {
  const bool request = is_request(world.frame);
  if (variable == Variable::kind) return world.frame == FrameClass::sip ? FrameView::absent : static_cast<std::uint8_t>(!request);
  if (variable == Variable::protocol) return world.frame == FrameClass::sip;
  if (variable == Variable::session) return world.session;
  if (variable == Variable::direction) return world.direction;
  if (variable == Variable::transport) return world.transport;
  if (!request) return FrameView::absent;
  if (variable == Variable::failure_report) return world.failure_report;
  if (variable == Variable::success_report) return world.success_report;
  return static_cast<std::uint8_t>(static_cast<unsigned>(world.frame) - static_cast<unsigned>(FrameClass::send));  // method
}

constexpr std::string_view method_name(FrameClass frame) {
  switch (frame) {
    case FrameClass::send: return "SEND";
    case FrameClass::report: return "REPORT";
    case FrameClass::auth: return "AUTH";
    case FrameClass::response:
    case FrameClass::other:
    case FrameClass::sip: return {};
  }
  return {};
}

Answer sure(bool holds) { return holds ? Answer::yes : Answer::no; }

Answer answer(const Test& test, const VariableInfo& info, const Operands& operands, const World& world) {
  const bool enumerated = test.variable <= Variable::method && test.variable != Variable::continuation && test.part == Part::whole;
  if (enumerated && (test.kind == TestKind::choice || test.kind == TestKind::exists)) {
    const std::uint8_t value = value_in(world, test.variable);
    if (test.kind == TestKind::exists) return sure((value != FrameView::absent) != test.negated);
    return sure(value != FrameView::absent && ((test.low >> value) & 1U) != 0);
  }
  const bool never_there = (info.may_be_present & bit(world.frame)) == 0;
  const bool always_there = (info.always_present & bit(world.frame)) != 0;
  if (test.kind == TestKind::exists && (never_there || always_there)) return sure(always_there != test.negated);
  if (never_there) return Answer::no;
  if (test.variable == Variable::method && !method_name(world.frame).empty()) {
    return sure(compares(test, operands, operands.expressions, method_name(world.frame)) != test.negated);
  }
  return Answer::maybe;
}

Answer answer(const Node& node, const Operands& operands, const World& world) {
  switch (node.kind) {
    case Node::Kind::test: return answer(node.test, *node.info, operands, world);
    case Node::Kind::none: {
      const Answer inner = answer(node.children.front(), operands, world);
      return inner == Answer::yes ? Answer::no : inner == Answer::no ? Answer::yes : Answer::maybe;
    }
    case Node::Kind::all: {
      Answer least = Answer::yes;
      for (const Node& child : node.children) least = std::min(least, answer(child, operands, world));
      return least;
    }
    case Node::Kind::any: {
      Answer most = Answer::no;
      for (const Node& child : node.children) most = std::max(most, answer(child, operands, world));
      return most;
    }
  }
  return Answer::maybe;
}

bool same_subject(const Test& a, const Test& b) { return a.variable == b.variable && a.part == b.part && a.header == b.header; }

// All values for which the test can hold, when they can be counted: equality with texts or numbers.
bool has_values(const Test& test) {
  return !test.negated &&
         (test.kind == TestKind::texts || test.kind == TestKind::numbers || (test.kind == TestKind::range && test.low == test.high));
}

bool any_value_passes(const Test& values, const Test& other, const Operands& operands) {
  const bool on_text = other.kind == TestKind::texts || other.kind == TestKind::like || other.kind == TestKind::match;
  const bool on_number = other.kind == TestKind::range || other.kind == TestKind::numbers;
  if (values.kind == TestKind::texts) {
    if (!on_text) return true;
    const auto& texts = operands.texts[values.operand].texts();
    return std::any_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return compares(other, operands, operands.expressions, text) != other.negated; });
  }
  if (!on_number) return true;
  if (values.kind == TestKind::range) return compares(other, operands, values.low) != other.negated;
  const auto& numbers = operands.numbers[values.operand];
  return std::any_of(numbers.begin(), numbers.end(),
                     [&](std::uint64_t number) { return compares(other, operands, number) != other.negated; });
}

// A header may stand on several lines, each of which satisfies another test: only exists = false contradicts.
bool contradict(const Test& a, const Test& b, const Operands& operands) {
  if (!same_subject(a, b)) return false;
  const auto absent = [](const Test& test) { return test.kind == TestKind::exists && test.negated; };
  if (absent(a) || absent(b)) return absent(a) != absent(b);
  if (a.variable == Variable::header) return false;
  if (has_values(a)) return !any_value_passes(a, b, operands);
  if (has_values(b)) return !any_value_passes(b, a, operands);
  if (a.kind == TestKind::choice && b.kind == TestKind::choice) return (a.low & b.low) == 0;
  if (a.negated || b.negated) return false;
  if (a.kind == TestKind::range && b.kind == TestKind::range) return std::max(a.low, b.low) > std::min(a.high, b.high);
  if (a.kind == TestKind::addresses && b.kind == TestKind::addresses)
    return !operands.addresses[a.operand].overlaps(operands.addresses[b.operand]);
  return false;
}

void gather(const Node& node, std::vector<const Node*>& tests) {
  if (node.kind == Node::Kind::test) tests.push_back(&node);
  if (node.kind == Node::Kind::all) {
    for (const Node& child : node.children) gather(child, tests);
  }
}

const Node* contradiction_inside(const Node& node, const Operands& operands) {
  for (const Node& child : node.children) {
    const Node* found = node.kind == Node::Kind::all ? contradiction_inside(child, operands) : contradiction(child, operands);
    if (found != nullptr) return found;
  }
  return nullptr;
}

}  // namespace

Reach reach_of(const Node& node, const Operands& operands) {
  Reach reach;
  for (std::size_t number = 0; number < worlds; ++number) {
    const Answer found = answer(node, operands, world_of(number));
    reach.may[number] = found != Answer::no;
    reach.must[number] = found == Answer::yes;
  }
  return reach;
}

std::optional<bool> known_for(const Node& test, const Operands& operands, FrameClass frame_class) {
  const Variable variable = test.test.variable;
  const bool other_enumeration = variable != Variable::kind && variable != Variable::protocol && variable < Variable::method;
  if (other_enumeration && (test.info->may_be_present & bit(frame_class)) != 0) return std::nullopt;  // its value is no matter of the class
  World world{};
  world.frame = frame_class;
  const Answer found = answer(test.test, *test.info, operands, world);
  if (found == Answer::maybe) return std::nullopt;
  return found == Answer::yes;
}

std::uint8_t classes_of(const Worlds& may) {
  unsigned classes = 0;
  for (std::size_t number = 0; number < worlds; ++number) {
    if (may[number]) classes |= bit(world_of(number).frame);
  }
  return static_cast<std::uint8_t>(classes);
}

const Node* contradiction(const Node& node, const Operands& operands) {
  std::vector<const Node*> tests;
  gather(node, tests);
  for (std::size_t second = 1; second < tests.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) {
      if (contradict(tests[first]->test, tests[second]->test, operands)) return tests[second];
    }
  }
  return contradiction_inside(node, operands);
}

const Node* longer_body(const Node& node, const Operands& operands, std::uint64_t most) {
  if (node.kind == Node::Kind::none) return nullptr;  // what can never hold may well be denied
  for (const Node& child : node.children) {
    if (const Node* found = longer_body(child, operands, most)) return found;
  }
  if (node.kind != Node::Kind::test || node.test.variable != Variable::body_octets || node.test.negated) return nullptr;
  const Test& test = node.test;
  const bool longer = (test.kind == TestKind::range && test.low > most) ||
                      (test.kind == TestKind::numbers && operands.numbers[test.operand].front() > most);
  return longer ? &node : nullptr;
}

}  // namespace rules
