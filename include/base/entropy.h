#pragma once
// Where unguessable octets come from; an argument of everything that mints. The real one is a buffered kernel CSPRNG
// (src/ring/kernel_entropy.h), the simulator's is its seed.
#include <cstddef>
#include <cstdint>
#include <span>

namespace base {

class Entropy {
 public:
  virtual ~Entropy() = default;
  // Fills `out` with cryptographically random octets. Never fails: a system without randomness does not start.
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

}  // namespace base
