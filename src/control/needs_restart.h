#pragma once
// What a changed configuration file asks for that a running relay does not take on. Pure.
#include <string>
#include <vector>

#include "config/config.h"

namespace control {

// The keys, as they stand in the file ("limits.sessions", "listen[1]"), whose values differ; the rules are not among them, they are read
// again.
std::vector<std::string> needs_restart(const config::Config& in_force, const config::Config& read_again);

}  // namespace control
