#pragma once
// Entropy for tests: 0, 1, 2 ...
#include <cstdint>
#include <span>

#include "base/entropy.h"

class CountingEntropy final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& octet : out) octet = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};
