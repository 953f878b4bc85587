#pragma once
// The values that stand in conditions, by type. Nothing here knows a rule.
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "config/document.h"
#include "config/units.h"

namespace rules {

// An empty reason: the value is of another kind altogether.
using ValueFault = config::UnitFault;

// 2048 or "10MiB": octets.
base::Result<std::uint64_t, ValueFault> parse_size(const config::Value& value);
// 30 or "30m": seconds.
base::Result<std::uint64_t, ValueFault> parse_duration(const config::Value& value);
base::Result<std::uint64_t, ValueFault> parse_number(const config::Value& value);

// "text", "an integer" ... for the faults.
std::string_view kind_of(const config::Value& value);

}  // namespace rules
