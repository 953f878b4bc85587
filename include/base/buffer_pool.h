#pragma once
// Blocks of one size for one core: heads that are cut, replies, and body octets that must wait ("spill"). Grows by slabs up to
// `core_buffer`
// ([limits] core_buffer) and keeps what it grew: in the steady state it hands out and takes back without asking the allocator.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/lease.h"

namespace base {

class BufferPool final : public BufferHome {
 public:
  static constexpr std::size_t block_bytes = 16 * 1024;

  // `limit_bytes`: most it may ever hold.
  explicit BufferPool(std::size_t limit_bytes) : limit_blocks_(limit_bytes / block_bytes) {}
  ~BufferPool() override { CHECK(out_ == 0); }
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // A block of block_bytes, or an empty lease when the limit is reached: the caller pauses a source, refuses, or closes the largest holder.
  Lease take() {
    if (free_.empty() && !grow()) {
      ++refused_;
      return {};
    }
    Buffer& buffer = *free_.back();
    free_.pop_back();
    ++out_;
    return Lease(buffer);
  }
  void take_back(Buffer& buffer) override {
    CHECK(out_ > 0);
    --out_;
    buffer.scarce = false;  // a borrower may have marked it
    free_.push_back(&buffer);
  }

  std::size_t blocks_out() const { return out_; }
  std::size_t blocks_max() const { return limit_blocks_; }
  std::uint64_t refused() const { return refused_; }

 private:
  static constexpr std::size_t slab_blocks = 16;
  struct Slab {
    std::unique_ptr<char[]> memory;
    std::unique_ptr<Buffer[]> buffers;
  };

  bool grow() {
    if (blocks_ >= limit_blocks_) return false;
    const std::size_t count = limit_blocks_ - blocks_ < slab_blocks ? limit_blocks_ - blocks_ : slab_blocks;
    // Not value-initialised: a block is written before it is read, and touching it now would cost resident memory nobody uses.
    Slab slab{std::unique_ptr<char[]>(new char[count * block_bytes]), std::make_unique<Buffer[]>(count)};
    free_.reserve(blocks_ + count);
    for (std::size_t i = 0; i < count; ++i) {
      Buffer& buffer = slab.buffers[i];
      buffer.data = slab.memory.get() + i * block_bytes;
      buffer.capacity = block_bytes;
      buffer.number = static_cast<std::uint32_t>(blocks_ + i);
      buffer.home = this;
      free_.push_back(&buffer);
    }
    blocks_ += count;
    slabs_.push_back(std::move(slab));
    return true;
  }

  std::size_t limit_blocks_;
  std::size_t blocks_ = 0;
  std::size_t out_ = 0;
  std::uint64_t refused_ = 0;
  std::vector<Slab> slabs_;
  std::vector<Buffer*> free_;
};

}  // namespace base
