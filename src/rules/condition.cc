#include "rules/condition.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "rules/analysis.h"

namespace rules {
namespace {

int cost(const Test& test) {
  const int variable = test.variable >= Variable::current_hop ? 8
                       : test.variable == Variable::header    ? 4
                                                              : 0;  // a URI to parse, lines to search
  switch (test.kind) {
    case TestKind::exists:
    case TestKind::choice:
    case TestKind::range: return variable;
    case TestKind::numbers:
    case TestKind::texts:
    case TestKind::hosts:
    case TestKind::addresses: return variable + 1;
    case TestKind::uris: return variable + 2;
    case TestKind::like: return variable + 16;
    case TestKind::match: return variable + 64;
  }
  return 0;
}

int cost(const Node& node) {
  if (node.kind == Node::Kind::test) return cost(node.test);
  int sum = 0;
  for (const Node& child : node.children) sum += cost(child);
  return sum;
}

}  // namespace

// Written from the end to the front: each test must know where the ones behind it begin.
std::uint32_t append_steps(const Node& node, const Operands& operands, FrameClass frame_class, std::uint32_t yes, std::uint32_t no,
                           std::vector<Step>& run) {
  if (node.kind == Node::Kind::test) {
    if (const std::optional<bool> known = known_for(node, operands, frame_class)) return *known ? yes : no;
    run.push_back({node.test, yes, no});
    return static_cast<std::uint32_t>(run.size() - 1);
  }
  if (node.kind == Node::Kind::none) return append_steps(node.children.front(), operands, frame_class, no, yes, run);
  std::vector<std::pair<int, std::size_t>> order;  // by cost, then as written
  for (std::size_t at = 0; at < node.children.size(); ++at) order.emplace_back(cost(node.children[at]), at);
  std::sort(order.begin(), order.end());
  const bool all = node.kind == Node::Kind::all;
  std::uint32_t next = all ? yes : no;
  for (auto place = order.rbegin(); place != order.rend(); ++place) {
    const Node& child = node.children[place->second];
    next = all ? append_steps(child, operands, frame_class, next, no, run) : append_steps(child, operands, frame_class, yes, next, run);
  }
  return next;
}

}  // namespace rules
