#pragma once
// Where heads, replies and end-lines of one turn are written, one behind the other: what goes to one link lies together and leaves as one
// piece. The memory is shared by many links and therefore scarce: what must wait is settled into blocks of its own (SegmentQueue::settle).
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "base/buffer_pool.h"
#include "base/check.h"
#include "base/lease.h"
#include "relay/segment_queue.h"

namespace relay {

class Scratch {
 public:
  explicit Scratch(base::BufferPool& pool) : pool_(pool) {}

  // Room for at least `octets` (at most a block); empty when the pool is exhausted or no block is that big. What is written is taken with
  // commit().
  std::span<char> reserve(std::size_t octets) {
    if (octets > base::BufferPool::block_bytes) return {};
    if (!block_ || block_.buffer()->capacity - used_ < octets) {
      block_ = pool_.take();
      used_ = 0;
      if (!block_) return {};
      block_.buffer()->scarce = true;
    }
    return {block_.buffer()->data + used_, block_.buffer()->capacity - used_};
  }
  base::Slice commit(std::size_t octets) {
    base::Slice slice{block_.buffer()->data + used_, octets, block_};
    used_ += octets;
    return slice;
  }
  // The same, to the end of `queue`.
  void commit(std::size_t octets, SegmentQueue& queue) {
    const char* begin = block_.buffer()->data + used_;
    used_ += octets;
    if (queue.grow(begin, octets, block_.buffer())) return;
    const bool good = queue.append({begin, octets, block_}, pool_);
    CHECK(good);  // what is leased is shared
  }
  // Between turns, when nothing else holds the block: begin it anew, so that it stays hot.
  void rewind() {
    if (block_ && block_.buffer()->leases == 1) used_ = 0;
  }
  void release() { block_.reset(); }

 private:
  base::BufferPool& pool_;
  base::Lease block_;
  std::size_t used_ = 0;
};

}  // namespace relay
