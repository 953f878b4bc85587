#pragma once
// Chance that is the same in every run and for both parties: a mixed number of what a message is.
#include <cstdint>

namespace blaster {

// What is drawn for a message; each draw is independent of the others.
enum class Draw : std::uint8_t { kind, size, success_report, failure_report };

// splitmix64 of pair, number and draw: 32 bits, all equally likely.
constexpr std::uint32_t drawn(std::uint32_t pair, std::uint64_t number, Draw draw) {
  std::uint64_t mixed = (number << 8 | static_cast<std::uint64_t>(draw)) + (std::uint64_t{pair} << 40) + 0x9E3779B97F4A7C15ULL;
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBULL;
  return static_cast<std::uint32_t>((mixed ^ mixed >> 31) >> 16);
}

// `share` (0 to 1) as a bound for drawn(): that share of the numbers is below it.
constexpr std::uint64_t bound_of(double share) { return static_cast<std::uint64_t>(share * 4294967296.0); }

}  // namespace blaster
