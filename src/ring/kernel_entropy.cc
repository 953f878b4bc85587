#include "ring/kernel_entropy.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace ring {

namespace {

// Blocks only in the first moments of a machine's life, before the kernel has gathered randomness: that is at start-up.
void from_kernel_generator(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t octets = ::getrandom(out.data(), out.size(), 0);
    CHECK(octets > 0 || (octets < 0 && errno == EINTR));
    if (octets > 0) out = out.subspan(static_cast<std::size_t>(octets));
  }
}

}  // namespace

KernelEntropy::~KernelEntropy() { ::explicit_bzero(buffer_.data(), buffer_.size()); }

void KernelEntropy::fill(std::span<std::uint8_t> out) {
  if (out.size() >= buffer_bytes) {
    from_kernel_generator(out);
    return;
  }
  while (!out.empty()) {
    if (used_ == buffer_bytes) {
      from_kernel_generator(buffer_);
      used_ = 0;
    }
    const std::size_t octets = std::min(out.size(), buffer_bytes - used_);
    std::memcpy(out.data(), &buffer_[used_], octets);
    ::explicit_bzero(&buffer_[used_], octets);
    used_ += octets;
    out = out.subspan(octets);
  }
}

}  // namespace ring
