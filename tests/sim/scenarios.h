#pragma once
// What is played. A scenario gets a world and a seed's chances, sets parties up, lets them talk, and says what it asks beyond the ledger.
#include <span>
#include <string_view>

#include "world.h"

namespace sim {

struct Scenario {
  std::string_view name;
  std::string_view meaning;
  void (*options)(WorldOptions& options, ring::SimRandom& random);
  void (*play)(World& world);
};

std::span<const Scenario> scenarios();

void strangers(World& world);                 // strangers.cc
void vandals(World& world);                   // vandals.cc
std::span<const Scenario> chain_scenarios();  // chains.cc

}  // namespace sim
