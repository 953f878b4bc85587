#pragma once
// The values that stand in conditions, by type. Nothing here knows a rule.
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "config/document.h"

namespace rules {

enum class ValueError : std::uint8_t { syntax, unit, negative, overflow };
// What is wrong, as a sentence; the caller names the value and the type.
std::string_view describe(ValueError error);

// 2048 or "10MiB": octets. B, KiB, MiB, GiB, TiB.
base::Result<std::uint64_t, ValueError> parse_size(const config::Value& value);
// 30 or "30m": seconds. s, m, h, d.
base::Result<std::uint64_t, ValueError> parse_duration(const config::Value& value);
base::Result<std::uint64_t, ValueError> parse_number(const config::Value& value);

// "text", "integer" ... for the faults.
std::string_view kind_of(const config::Value& value);

}  // namespace rules
