#pragma once
// The kernel's CSPRNG by getrandom(2), a page at a time: a nonce or a token costs no system call of its own.
#include <array>
#include <cstdint>
#include <span>

#include "base/entropy.h"

namespace ring {

// One per thread. Octets that were handed out are wiped from the buffer; the rest when this ends.
class KernelEntropy final : public base::Entropy {
 public:
  KernelEntropy() = default;
  ~KernelEntropy() override;
  KernelEntropy(const KernelEntropy&) = delete;
  KernelEntropy& operator=(const KernelEntropy&) = delete;

  void fill(std::span<std::uint8_t> out) override;

 private:
  static constexpr std::size_t buffer_bytes = 4096;
  std::array<std::uint8_t, buffer_bytes> buffer_{};
  std::size_t used_ = buffer_bytes;  // what lies before is wiped
};

}  // namespace ring
