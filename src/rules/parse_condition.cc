#include "rules/parse_condition.h"

#include <algorithm>
#include <utility>

#include "rules/caseless.h"
#include "rules/operand.h"
#include "rules/print.h"
#include "rules/values.h"

namespace rules {
namespace {

bool is_token(std::string_view name) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  const auto fits = [&](char c) {
    return (c >= '0' && c <= '9') || (fold(c) >= 'a' && fold(c) <= 'z') || others.find(c) != std::string_view::npos;
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

class ConditionParser {
 public:
  ConditionParser(Operands& operands, Faults& faults) : operands_(operands), faults_(faults) {}

  // A table of conditions that must all hold.
  Node table(const config::Value& value, const std::string& key, int depth);

 private:
  void entries(Node& into, const config::Table& table, const std::string& key, const std::string& prefix, int depth);
  void entry(Node& into, const config::Member& member, const std::string& key, const std::string& prefix, int depth);
  void combined(Node& into, Node::Kind kind, const config::Member& member, const std::string& key, int depth);
  void variable(Node& into, const VariableInfo& info, const std::string& name, const config::Value& value, const std::string& key);
  void header(Node& into, const config::Member& member, const std::string& key);
  void test(Node& into, const VariableInfo& info, const std::string& name, Operator op, bool plain, const config::Value& value,
            const std::string& key);
  void unknown(const config::Member& member, const std::string& key, const std::string& prefix);

  Operands& operands_;
  Faults& faults_;
  std::uint32_t header_ = 0;
  std::size_t tests_ = 0;
};

Node ConditionParser::table(const config::Value& value, const std::string& key, int depth) {
  Node node;
  node.place = value.place;
  node.key = key;
  const auto* table = std::get_if<config::Table>(&value.is);
  if (table == nullptr) {
    faults_.error(value.place, key, std::string(kind_of(value)) + " where a table of conditions is needed");
  } else if (depth > condition_depth_max) {
    faults_.error(value.place, key, "conditions lie more than " + std::to_string(condition_depth_max) + " deep in each other");
  } else {
    entries(node, *table, key, {}, depth);
  }
  return node;
}

void ConditionParser::entries(Node& into, const config::Table& table, const std::string& key, const std::string& prefix, int depth) {
  for (const config::Member& member : table) entry(into, member, key + "." + member.key, prefix, depth);
}

void ConditionParser::entry(Node& into, const config::Member& member, const std::string& key, const std::string& prefix, int depth) {
  const std::string name = prefix.empty() ? member.key : prefix + "." + member.key;
  if (prefix == header_info().name) return header(into, member, key);
  if (prefix.empty()) {
    if (name == "all") return combined(into, Node::Kind::all, member, key, depth);
    if (name == "any") return combined(into, Node::Kind::any, member, key, depth);
    if (name == "not") return combined(into, Node::Kind::none, member, key, depth);
    if (name == "rate") {
      if (depth > 0) faults_.error(member.key_place, key, "rate stands at the top of when: it is asked when all else holds");
      return;  // parse_effects.cc
    }
  }
  if (const VariableInfo* info = find_variable(name)) return variable(into, *info, name, member.value, key);
  if (!is_variable_prefix(name) && name != header_info().name) return unknown(member, key, prefix);
  if (const auto* table = std::get_if<config::Table>(&member.value.is)) return entries(into, *table, key, name, depth);
  faults_.error(member.value.place, key, name + " is no variable but a table of variables");
}

// all, any: a table whose entries are combined, or a list of tables each of which must hold as a whole. not: a table.
void ConditionParser::combined(Node& into, Node::Kind kind, const config::Member& member, const std::string& key, int depth) {
  Node node;
  node.kind = kind;
  node.place = member.key_place;
  node.key = key;
  if (const auto* list = std::get_if<config::Array>(&member.value.is); list != nullptr && kind != Node::Kind::none) {
    for (std::size_t at = 0; at < list->size(); ++at)
      node.children.push_back(table((*list)[at], key + "[" + std::to_string(at) + "]", depth + 1));
  } else if (kind == Node::Kind::none) {
    node.children.push_back(table(member.value, key, depth + 1));
  } else {
    node.children = table(member.value, key, depth + 1).children;
  }
  if (node.children.empty()) faults_.error(member.key_place, key, "nothing to combine");
  into.children.push_back(std::move(node));
}

// A plain value, a list, or a table of operators; the table of a URI may name its parts, too.
void ConditionParser::variable(Node& into, const VariableInfo& info, const std::string& name, const config::Value& value,
                               const std::string& key) {
  const auto* table = std::get_if<config::Table>(&value.is);
  if (table == nullptr) return test(into, info, name, Operator::eq, true, value, key);
  if (table->empty()) faults_.error(value.place, key, "no operator");
  // Conditions of one variable are one node: `any = { size = { gt = 1, lt = 5 } }` means both.
  Node both;
  both.place = value.place;
  both.key = key;
  for (const config::Member& member : *table) {
    const std::string below = key + "." + member.key;
    if (const std::optional<Operator> op = find_operator(member.key)) {
      test(both, info, name, *op, false, member.value, below);
    } else if (const VariableInfo* part = info.variable == Variable::header ? nullptr : find_variable(name + "." + member.key)) {
      variable(both, *part, std::string(part->name), member.value, below);
    } else {
      std::vector<std::string_view> right = operators_of(info.type);
      if (info.variable != Variable::header) {
        for (const std::string_view other : names_below(name)) right.push_back(other);
      }
      faults_.unknown(member.key_place, below, "neither an operator nor a part of " + name, member.key, std::move(right));
    }
  }
  if (both.children.size() == 1) {
    into.children.push_back(std::move(both.children.front()));
  } else {
    into.children.push_back(std::move(both));
  }
}

void ConditionParser::header(Node& into, const config::Member& member, const std::string& key) {
  if (!is_token(member.key)) return faults_.error(member.key_place, key, "can never hold: not the name of a header");
  const std::string name = folded(member.key);
  const auto found = std::find(operands_.headers.begin(), operands_.headers.end(), name);
  header_ = static_cast<std::uint32_t>(found - operands_.headers.begin());
  if (found == operands_.headers.end()) operands_.headers.push_back(name);
  variable(into, header_info(), "header.\"" + member.key + "\"", member.value, key);
}

void ConditionParser::test(Node& into, const VariableInfo& info, const std::string& name, Operator op, bool plain,
                           const config::Value& value, const std::string& key) {
  if (++tests_ == tests_per_rule_max + 1)
    faults_.error(value.place, key, "more than " + std::to_string(tests_per_rule_max) + " tests in one rule");
  if (tests_ > tests_per_rule_max) return;
  std::optional<Test> made = make_test(info, op, plain, value, key, operands_, faults_);
  if (!made) return;
  made->header = info.variable == Variable::header ? header_ : 0;
  Node node;
  node.kind = Node::Kind::test;
  node.test = *made;
  node.info = &info;
  node.place = value.place;
  node.key = key;
  node.reads = name;
  node.wanted = (plain ? std::string("=") : std::string(name_of(op))) + " " + to_toml(value);
  into.children.push_back(std::move(node));
}

void ConditionParser::unknown(const config::Member& member, const std::string& key, const std::string& prefix) {
  std::vector<std::string> names;
  for (const std::string_view name : names_below(prefix))
    names.push_back(prefix.empty() ? std::string(name) : prefix + "." + std::string(name));
  if (prefix.empty()) {
    // Kamailio's names are known without their prefix, too.
    for (const std::string_view name : names_below("msrp")) names.push_back("msrp." + std::string(name));
    for (const char* name : {"all", "any", "not"}) names.emplace_back(name);
  }
  const std::string name = prefix.empty() ? member.key : prefix + "." + member.key;
  std::vector<std::string_view> right(names.begin(), names.end());
  const std::string with_prefix = "msrp." + name;
  if (std::find(names.begin(), names.end(), with_prefix) != names.end()) {
    faults_.unknown(member.key_place, key, "unknown variable", with_prefix, std::move(right));
  } else {
    faults_.unknown(member.key_place, key, "unknown variable", name, std::move(right));
  }
}

}  // namespace

Node parse_condition(const config::Value& when, const std::string& key, Operands& operands, Faults& faults) {
  return ConditionParser(operands, faults).table(when, key, 0);
}

}  // namespace rules
