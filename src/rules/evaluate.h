#pragma once
// Does a test hold for a frame? Allocates nothing, but for `match`: RE2 builds its automaton as it goes, within its memory bound.
#include <string_view>

#include "rules/condition.h"
#include "rules/frame_view.h"

namespace rules {

// `expressions`: the core's own, in the places of operands.expressions.
bool holds(const Test& test, const Operands& operands, const Expressions& expressions, FrameView& frame);

// The comparison alone, for a value that is there. For tests on text, and for those on numbers.
bool compares(const Test& test, const Operands& operands, const Expressions& expressions, std::string_view text);
bool compares(const Test& test, const Operands& operands, std::uint64_t number);

}  // namespace rules
