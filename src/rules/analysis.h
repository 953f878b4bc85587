#pragma once
// What can be said of a condition without a frame: for which frames it may hold and for which it must.
//
// The enumerated facts (kind of frame, session, direction, transport, report flags) have 1296 combinations; a condition is evaluated on
// each of them with yes, no and maybe, where everything else that a condition may ask is maybe.
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>

#include "rules/condition.h"

namespace rules {

constexpr std::size_t worlds = 6 * 3 * 3 * 4 * 3 * 2;
using Worlds = std::bitset<worlds>;

struct Reach {
  Worlds may;
  Worlds must;
};
Reach reach_of(const Node& node, const Operands& operands);

// What the frame's class says of a test alone; nullopt: it must be asked.
std::optional<bool> known_for(const Node& test, const Operands& operands, FrameClass frame_class);

// The frame classes (bit()) among these worlds.
std::uint8_t classes_of(const Worlds& may);

// Tests of one variable that stand beside each other (`gt` 5 and `lt` 3) and cannot hold together: the second one of them, else nullptr.
// The enumerated facts are reach_of()'s.
const Node* contradiction(const Node& node, const Operands& operands);

// A condition on msrp.bodylen that only a body of more than `most` octets would meet, which is what rules see of one; else nullptr.
const Node* longer_body(const Node& node, const Operands& operands, std::uint64_t most);

}  // namespace rules
