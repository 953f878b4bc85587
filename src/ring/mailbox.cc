#include "ring/mailbox.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace ring {

namespace {

constexpr std::size_t header_bytes = 8;
constexpr std::size_t smallest_lane = 64 * 1024;
constexpr std::uint64_t nothing = UINT64_MAX;
// Instead of a length: the next record begins at the start of the memory. It always fits, because every position is a multiple of 8.
constexpr std::uint64_t wrap_mark = UINT64_MAX;

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

void store_header(char* at, std::uint64_t value) { std::memcpy(at, &value, sizeof value); }
std::uint64_t load_header(const char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

Lane::Lane(std::size_t capacity_bytes)
    : capacity_(std::bit_ceil(std::max(capacity_bytes, smallest_lane))),
      mask_(capacity_ - 1),
      // Not value-initialised: a lane that nobody uses costs no memory.
      memory_(new char[capacity_]),
      reserved_(nothing),
      front_end_(nothing) {}

// The counters only grow; a record begins at a position's low bits. Free octets may be split by the end of the memory: the larger part
// counts.
std::size_t Lane::room_at(std::uint64_t written, std::uint64_t read) const {
  const std::size_t free = capacity_ - static_cast<std::size_t>(written - read);
  const std::size_t to_end = capacity_ - (static_cast<std::size_t>(written) & mask_);
  const std::size_t here = std::min(free, to_end);
  const std::size_t wrapped = free > to_end ? free - to_end : 0;
  const std::size_t best = std::max(here, wrapped);
  return best <= header_bytes ? 0 : std::min(best - header_bytes, record_bytes_max());
}

std::size_t Lane::room() const { return room_at(written_.load(std::memory_order_relaxed), read_.load(std::memory_order_acquire)); }

std::span<char> Lane::reserve(std::size_t bytes_max) {
  CHECK(bytes_max > 0 && bytes_max <= record_bytes_max());
  const std::uint64_t written = written_.load(std::memory_order_relaxed);
  const std::size_t needed = aligned(bytes_max);
  reserved_ = nothing;
  if (room_at(written, read_seen_) < needed) {
    read_seen_ = read_.load(std::memory_order_acquire);
    if (room_at(written, read_seen_) < needed) {
      ++refused_;
      return {};
    }
  }
  std::uint64_t start = written;
  const std::size_t to_end = capacity_ - (static_cast<std::size_t>(written) & mask_);
  if (to_end < header_bytes + needed) {
    store_header(memory_.get() + (written & mask_), wrap_mark);
    start = written + to_end;
  }
  reserved_ = start;
  reserved_bytes_ = bytes_max;
  return {memory_.get() + (start & mask_) + header_bytes, bytes_max};
}

void Lane::commit(std::size_t bytes) {
  CHECK(reserved_ != nothing && bytes > 0 && bytes <= reserved_bytes_);
  store_header(memory_.get() + (reserved_ & mask_), bytes);
  written_.store(reserved_ + header_bytes + aligned(bytes), std::memory_order_release);
  reserved_ = nothing;
}

std::string_view Lane::front() {
  std::uint64_t read = read_.load(std::memory_order_relaxed);
  if (read == written_seen_) {
    written_seen_ = written_.load(std::memory_order_acquire);
    if (read == written_seen_) return {};
  }
  const char* at = memory_.get() + (read & mask_);
  std::uint64_t bytes = load_header(at);
  if (bytes == wrap_mark) {
    // A mark is published together with the record behind it.
    read += capacity_ - (read & mask_);
    at = memory_.get();
    bytes = load_header(at);
  }
  CHECK(bytes > 0 && bytes <= record_bytes_max());
  front_end_ = read + header_bytes + aligned(bytes);
  return {at + header_bytes, bytes};
}

void Lane::pop() {
  CHECK(front_end_ != nothing);
  read_.store(front_end_, std::memory_order_release);
  front_end_ = nothing;
}

bool Lane::empty() const { return read_.load(std::memory_order_acquire) == written_.load(std::memory_order_acquire); }

PostOffice::PostOffice(std::size_t cores, Capacity capacity) : cores_(cores), asleep_(std::make_unique<SleepFlag[]>(cores + 1)) {
  CHECK(cores > 0 && cores < UINT16_MAX);
  const std::size_t threads = cores + 1;
  lanes_.reserve(threads * threads * mail_lanes);
  for (std::size_t pair = 0; pair < threads * threads; ++pair) {
    lanes_.push_back(std::make_unique<Lane>(capacity.control_bytes));
    lanes_.push_back(std::make_unique<Lane>(capacity.data_bytes));
  }
}

Lane& PostOffice::lane(base::CoreId from, base::CoreId to, MailLane kind) {
  CHECK(from.value() <= cores_ && to.value() <= cores_);
  return *lanes_[(from.value() * (cores_ + 1) + to.value()) * mail_lanes + static_cast<std::size_t>(kind)];
}

// The flag is changed by read-modify-write alone, so all changes form one chain and each sees what came before it: either the producer
// finds the flag set, or the consumer's exchange comes after the producer's and so its look at the lanes finds the mail. No fence is
// needed.
bool PostOffice::prepare_to_sleep(base::CoreId self) {
  std::atomic<bool>& asleep = asleep_[self.value()].asleep;
  asleep.exchange(true, std::memory_order_acq_rel);
  for (std::size_t from = 0; from <= cores_; ++from) {
    const base::CoreId sender(static_cast<std::uint16_t>(from));
    if (lane(sender, self, MailLane::control).empty() && lane(sender, self, MailLane::data).empty()) continue;
    asleep.exchange(false, std::memory_order_acq_rel);
    return false;
  }
  return true;
}

void PostOffice::woke_up(base::CoreId self) { asleep_[self.value()].asleep.exchange(false, std::memory_order_acq_rel); }

bool PostOffice::must_wake(base::CoreId to) { return asleep_[to.value()].asleep.exchange(false, std::memory_order_acq_rel); }

}  // namespace ring
