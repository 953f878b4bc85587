#pragma once
// One operator with its value, for one variable: a test and what it compares with.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"
#include "rules/faults.h"

namespace rules {

enum class Operator : std::uint8_t { eq, ne, in, not_in, like, not_like, match, not_match, lt, le, gt, ge, exists };
std::optional<Operator> find_operator(std::string_view name);
std::string_view name_of(Operator op);
// The operators that the type admits.
std::vector<std::string_view> operators_of(Type type);

// `plain`: the value stands without an operator (exact equality, a list is any-of). nullopt: a fault was reported.
std::optional<Test> make_test(const VariableInfo& info, Operator op, bool plain, const config::Value& value, const std::string& key,
                              Operands& operands, Faults& faults);

}  // namespace rules
