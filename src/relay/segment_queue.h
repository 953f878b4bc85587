#pragma once
// Octets on their way out: slices in order, shared where they lie or copied into blocks of the core's pool. Pure memory, no ring.
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/buffer_pool.h"
#include "base/lease.h"

namespace relay {

// A block that is being filled with copies. Whoever has it writes to it, nobody else.
struct Fill {
  base::Lease block;
  std::size_t used = 0;
};

class SegmentQueue {
 public:
  SegmentQueue() = default;
  SegmentQueue(SegmentQueue&& other) noexcept { swap(other); }
  SegmentQueue& operator=(SegmentQueue&& other) noexcept {
    clear();
    swap(other);
    return *this;
  }
  SegmentQueue(const SegmentQueue&) = delete;
  SegmentQueue& operator=(const SegmentQueue&) = delete;

  std::size_t octets() const { return octets_; }
  bool empty() const { return octets_ == 0; }
  // Slices whose memory is scarce (receive buffers, shared scratch): they may stay for a turn, not for a wait.
  std::size_t scarce() const { return scarce_; }
  std::size_t segments() const { return count_; }

  // `n` octets in `block`, if they lie right behind the last slice: it grows, which takes no other lease. False: they do not.
  bool grow(const char* octets, std::size_t n, const base::Buffer* block) {
    if (count_ == 0) return false;
    base::Slice& last = at(count_ - 1);
    if (last.data + last.size != octets || last.lease.buffer() != block) return false;
    last.size += n;
    octets_ += n;
    return true;
  }
  // Shares a leased slice. An unleased one is copied (base/lease.h); false: the pool is exhausted and nothing was appended.
  bool append(base::Slice slice, base::BufferPool& pool);
  bool append_copy(std::string_view octets, base::BufferPool& pool) { return append_copy(octets, pool, fill_); }
  // The copy goes to a block that other queues share: for what is small, or each would cost a block.
  bool append_copy(std::string_view octets, base::BufferPool& pool, Fill& fill);
  // Moves the first `n` octets to the end of `to`; a slice that is cut is shared by both.
  void move_to(SegmentQueue& to, std::size_t n);
  // Copies what lies in scarce memory into blocks. False: the pool is exhausted; what could be copied was. `spare`: an empty queue, lent
  // for its memory.
  bool settle(base::BufferPool& pool, SegmentQueue& spare);
  bool settle(base::BufferPool& pool, SegmentQueue& spare, Fill& fill);
  void pop(std::size_t n);
  // Keeps the first `n` octets.
  void drop_behind(std::size_t n);
  void clear();
  // clear(), and for use again: keeps its memory unless it is unusually much.
  void recycle();

  // The first pieces, at most pieces.size(); returns how many and adds up their octets.
  template <class Piece>
  std::size_t gather(std::span<Piece> pieces, std::size_t& octets) const {
    std::size_t n = 0;
    for (; n < count_ && n < pieces.size(); ++n) {
      const base::Slice& slice = at(n);
      pieces[n] = Piece{slice.data, slice.size};
      octets += slice.size;
    }
    return n;
  }
  // All of it in one piece of memory; for tests and heads. `out` has room for octets().
  void copy_to(char* out) const;

 private:
  base::Slice& at(std::size_t i) { return ring_[(first_ + i) & (ring_.size() - 1)]; }
  const base::Slice& at(std::size_t i) const { return ring_[(first_ + i) & (ring_.size() - 1)]; }
  void push(base::Slice slice);
  void swap(SegmentQueue& other) noexcept;
  void drop_first();
  static bool is_scarce(const base::Slice& slice) { return slice.lease && slice.lease.buffer()->scarce; }

  std::vector<base::Slice> ring_;  // a power of two long; keeps its size once grown
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::size_t octets_ = 0;
  std::size_t scarce_ = 0;
  Fill fill_;
};

}  // namespace relay
