#pragma once
// [[rule]] when = { ... }: values to a tree of tests, every fault with its place.
#include <string>

#include "rules/condition.h"
#include "rules/faults.h"

namespace rules {

// How deep all, any, not may lie in each other, and how many tests a rule may have.
constexpr int condition_depth_max = 32;
constexpr std::size_t tests_per_rule_max = 4096;

// `key` is the dotted name of `when` for the faults ("rule[2].when"). What is faulty is left out of the tree.
Node parse_condition(const config::Value& when, const std::string& key, Operands& operands, Faults& faults);

}  // namespace rules
