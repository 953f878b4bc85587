#pragma once
// The one source of chance in a simulation: the same seed gives the same run on every machine.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "base/entropy.h"

namespace ring {

// SplitMix64. As base::Entropy it is what a simulated relay mints its tokens from.
class SimRandom final : public base::Entropy {
 public:
  explicit SimRandom(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  // From 0 to `count` - 1; `count` > 0.
  std::uint64_t below(std::uint64_t count) {
    CHECK(count > 0);
    return next() % count;
  }
  // From `least` to `most`, both possible.
  std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
  bool chance(double probability) { return static_cast<double>(next() >> 11) < probability * 9007199254740992.0; }
  // As between(), but each order of magnitude is as likely as the next.
  std::uint64_t spread(std::uint64_t least, std::uint64_t most) {
    std::uint64_t top = most;
    while (top / 2 > least && chance(0.75)) top /= 2;
    return between(least, top);
  }
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& octet : out) octet = static_cast<std::uint8_t>(next() >> 56);
  }

 private:
  std::uint64_t state_;
};

}  // namespace ring
