#pragma once
// Sizes and times as people write them.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace blaster {

// "64", "1KiB", "16MiB", "2GiB" (also "k", "M", "G" and "KB" ... in powers of 1000). Octets.
std::optional<std::uint64_t> parse_size(std::string_view text);
// "10" (seconds), "500us", "500ms", "10s", "5m", "1h".
std::optional<base::Duration> parse_duration(std::string_view text);

// "1000/s", "1000", "50k/s", "1M/s": a second, above 0.
std::optional<double> parse_rate(std::string_view text);
// "10%", "0.5%": from 0 to 1.
std::optional<double> parse_share(std::string_view text);

std::string tell_size(std::uint64_t octets);          // "64 B", "1 MiB", "1.50 GiB"
std::string tell_latency(std::uint64_t nanoseconds);  // "850 us", "1.23 ms"
std::string tell_count(std::uint64_t count);          // "1,234,567"
std::string tell_seconds(double seconds);             // "9.8 s", "2 m 05 s"

}  // namespace blaster
