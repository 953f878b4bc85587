#pragma once
// --find-max: runs at one rate after the other until the highest is known at which 99 of 100 messages arrive within the bound.
#include "blaster/options.h"

namespace blaster {

// Tells the result. Returns the exit status.
int find_max(const Options& options);

}  // namespace blaster
