#pragma once
// A scenario file: options as TOML keys.
#include <string>
#include <string_view>
#include <vector>

#include "blaster/options.h"

namespace blaster {

// Puts what the file says into `options`. Returns all that is wrong with it, each with file, line and column; empty: nothing.
std::vector<std::string> read_scenario(std::string_view toml, const std::string& file, Options& options);

}  // namespace blaster
