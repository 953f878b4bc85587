#pragma once
// TOML text to plain values with their places.
#include <optional>
#include <string_view>
#include <vector>

#include "config/document.h"

namespace config {

// How deep tables and lists may lie in each other.
constexpr std::size_t depth_max = 32;

// The whole file as one Table, its members in the order of the file; nullopt after a fault (the library stops at the first one). Dates and
// times become std::monostate: no key takes one.
std::optional<Value> load_toml(std::string_view text, std::string_view file, std::vector<Fault>& faults);

}  // namespace config
