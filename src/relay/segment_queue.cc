#include "relay/segment_queue.h"

#include <algorithm>
#include <utility>

namespace relay {

void SegmentQueue::swap(SegmentQueue& other) noexcept {
  std::swap(ring_, other.ring_);
  std::swap(first_, other.first_);
  std::swap(count_, other.count_);
  std::swap(octets_, other.octets_);
  std::swap(scarce_, other.scarce_);
  std::swap(fill_, other.fill_);
}

void SegmentQueue::push(base::Slice slice) {
  if (grow(slice.data, slice.size, slice.lease.buffer())) return;
  octets_ += slice.size;
  if (is_scarce(slice)) ++scarce_;
  if (count_ == ring_.size()) {
    std::vector<base::Slice> larger(std::max<std::size_t>(8, ring_.size() * 2));
    for (std::size_t i = 0; i < count_; ++i) larger[i] = std::move(at(i));
    ring_ = std::move(larger);
    first_ = 0;
  }
  at(count_) = std::move(slice);
  ++count_;
}

void SegmentQueue::drop_first() {
  base::Slice& slice = at(0);
  if (is_scarce(slice)) --scarce_;
  octets_ -= slice.size;
  slice = {};
  first_ = (first_ + 1) & (ring_.size() - 1);
  --count_;
  if (count_ == 0) fill_ = {};
}

bool SegmentQueue::append(base::Slice slice, base::BufferPool& pool) {
  if (slice.size == 0) return true;
  if (!slice.lease) return append_copy(slice.view(), pool);
  push(std::move(slice));
  return true;
}

bool SegmentQueue::append_copy(std::string_view octets, base::BufferPool& pool, Fill& fill) {
  // All or nothing: a frame that is cut by an exhausted pool would be worse than one that is refused.
  const std::size_t room = fill.block ? fill.block.buffer()->capacity - fill.used : 0;
  const std::size_t missing = octets.size() > room ? octets.size() - room : 0;
  if (pool.blocks_out() + (missing + pool.block_bytes - 1) / pool.block_bytes > pool.blocks_max()) return false;
  while (!octets.empty()) {
    if (!fill.block || fill.used == fill.block.buffer()->capacity) {
      fill = {pool.take(), 0};
      CHECK(fill.block);
    }
    const std::size_t n = std::min<std::size_t>(octets.size(), fill.block.buffer()->capacity - fill.used);
    char* place = fill.block.buffer()->data + fill.used;
    std::memcpy(place, octets.data(), n);
    fill.used += n;
    octets.remove_prefix(n);
    push({place, n, fill.block});
  }
  return true;
}

void SegmentQueue::move_to(SegmentQueue& to, std::size_t n) {
  while (n > 0) {
    CHECK(count_ > 0);
    base::Slice& slice = at(0);
    if (slice.size <= n) {
      n -= slice.size;
      to.push(slice);
      drop_first();
      continue;
    }
    to.push({slice.data, n, slice.lease});
    slice.data += n;
    slice.size -= n;
    octets_ -= n;
    n = 0;
  }
}

bool SegmentQueue::settle(base::BufferPool& pool, SegmentQueue& spare) {
  if (scarce_ == 0) return true;
  // The block that was begun is filled further: a block for each settled slice would use up the pool.
  Fill fill = std::move(fill_);
  const bool good = settle(pool, spare, fill);
  fill_ = std::move(fill);
  return good;
}

bool SegmentQueue::settle(base::BufferPool& pool, SegmentQueue& spare, Fill& fill) {
  if (scarce_ == 0) return true;
  // Rebuilt in order: settled neighbours merge into one slice.
  SegmentQueue& settled = spare;
  bool good = true;
  while (count_ > 0) {
    const base::Slice& slice = at(0);
    if (!is_scarce(slice)) {
      settled.push(slice);
    } else if (!settled.append_copy(slice.view(), pool, fill)) {
      good = false;
      settled.push(slice);
    }
    drop_first();
  }
  swap(spare);
  return good;
}

void SegmentQueue::pop(std::size_t n) {
  while (n > 0) {
    CHECK(count_ > 0);
    base::Slice& slice = at(0);
    if (slice.size > n) {
      slice.data += n;
      slice.size -= n;
      octets_ -= n;
      return;
    }
    n -= slice.size;
    drop_first();
  }
}

void SegmentQueue::drop_behind(std::size_t n) {
  CHECK(n <= octets_);
  while (octets_ > n) {
    base::Slice& last = at(count_ - 1);
    const std::size_t surplus = octets_ - n;
    if (last.size > surplus) {
      last.size -= surplus;
      octets_ -= surplus;
      return;
    }
    if (count_ == 1) return drop_first();
    if (is_scarce(last)) --scarce_;
    octets_ -= last.size;
    last = {};
    --count_;
  }
}

void SegmentQueue::clear() {
  while (count_ > 0) drop_first();
}

void SegmentQueue::recycle() {
  constexpr std::size_t usual = 128;
  clear();
  if (ring_.size() > usual) ring_ = {};
}

void SegmentQueue::copy_to(char* out) const {
  for (std::size_t i = 0; i < count_; ++i) {
    std::memcpy(out, at(i).data, at(i).size);
    out += at(i).size;
  }
}

}  // namespace relay
