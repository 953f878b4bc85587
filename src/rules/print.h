#pragma once
// Values of a configuration as TOML.
#include <string>
#include <string_view>

#include "config/document.h"

namespace rules {

// Inline: "text", 5, [1, 2], { a = 1 }.
std::string to_toml(const config::Value& value);
// `[[rule]]` and a line for each key, every line behind `margin`.
std::string rule_to_toml(const config::Value& rule, std::string_view margin);

}  // namespace rules
