#pragma once
// What scenarios are made of.
#include "world.h"

namespace sim {

void mixed(WorldOptions& options, ring::SimRandom& random);     // a network that is kind, or rough, or in between
void dialling(WorldOptions& options, ring::SimRandom& random);  // the same without rules that open no links

Style style(World& world);
Client& any(World& world);
base::Duration up_to(World& world, base::Duration most);
// A few messages between any two, over some time.
void chatter(World& world, std::size_t messages, base::Duration span);
// Plays until all is said; then what the ledger asks, and the end of all.
void at_rest(World& world);

}  // namespace sim
