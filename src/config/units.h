#pragma once
// Durations and sizes as they stand in the file: a whole number and its unit.
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace config {

struct UnitFault {
  std::string reason;
  std::string nearest;  // unit that is meant, or empty
};

// "500ms", "30s", "5m", "1h", "7d".
base::Result<base::Duration, UnitFault> parse_duration(std::string_view text);
// "512B", "16KiB", "1MiB", "1GiB" (powers of 1024), "10kB", "10KB", "10MB", "1GB" (powers of 1000).
base::Result<std::size_t, UnitFault> parse_size(std::string_view text);

// In the largest unit without remainder. They read back as the same value.
std::string print_duration(base::Duration duration);
std::string print_size(std::size_t octets);

}  // namespace config
