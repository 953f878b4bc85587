#pragma once
// Memory that octets stand in while they travel through one core: receive buffers of the ring and blocks of the core's pool.
//
// A Buffer is born and dies on one core; the count of its leases is plain, not atomic, and a lease never leaves the core
// (octets that go to another core are copied into its mail). When the last lease ends, the buffer goes back to its home.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace base {

struct Buffer;

// Where a Buffer goes when its last lease ends: the ring's provided buffers, or a pool.
class BufferHome {
 public:
  virtual ~BufferHome() = default;
  virtual void take_back(Buffer& buffer) = 0;
};

struct Buffer {
  char* data = nullptr;
  std::uint32_t capacity = 0;
  std::uint32_t leases = 0;
  std::uint32_t number = 0;  // the home's own name for it
  // A receive buffer is scarce (a few MiB per core, R-142): what must wait is copied out of it into a pool block.
  bool scarce = false;
  BufferHome* home = nullptr;
};

// A share in a Buffer. Empty, or the Buffer stays as it is until this ends.
class Lease {
 public:
  Lease() = default;
  explicit Lease(Buffer& buffer) : buffer_(&buffer) { ++buffer.leases; }
  Lease(const Lease& other) : buffer_(other.buffer_) {
    if (buffer_ != nullptr) ++buffer_->leases;
  }
  Lease(Lease&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  Lease& operator=(Lease other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~Lease() { reset(); }

  void reset() {
    if (buffer_ == nullptr) return;
    Buffer& buffer = *std::exchange(buffer_, nullptr);
    CHECK(buffer.leases > 0);
    if (--buffer.leases == 0) buffer.home->take_back(buffer);
  }
  Buffer* buffer() const { return buffer_; }
  explicit operator bool() const { return buffer_ != nullptr; }

 private:
  Buffer* buffer_ = nullptr;
};

// Octets and the lease that keeps them. Without a lease they are good only until the call that hands them over returns:
// whoever keeps them copies them.
struct Slice {
  const char* data = nullptr;
  std::size_t size = 0;
  Lease lease;

  std::string_view view() const { return {data, size}; }
};

}  // namespace base
