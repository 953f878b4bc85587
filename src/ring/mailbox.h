#pragma once
// Mail between the threads of one process: for every ordered pair two bounded lanes of records, single producer, single consumer, no lock.
// Octets are copied in: no lease leaves its core, so a core that hangs pins nobody's receive buffers.
//
// Cores have the CoreIds 0..N-1, the control thread has N. Control mail (replies, credit) never waits behind data mail.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace ring {

enum class MailLane : std::uint8_t { control, data };
constexpr std::size_t mail_lanes = 2;

// One lane: a ring of octets with records of [length][payload], each contiguous. The producer's and the consumer's counters lie on cache
// lines of their own. Records are at most a quarter of the capacity.
class Lane {
 public:
  explicit Lane(std::size_t capacity_bytes);  // rounded up to a power of two, at least 64 KiB
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Producer. Room for one record, 8-octet aligned, or empty when the lane is full (counted); written, then commit()ted with its real size.
  // `bytes_max` from 1 to record_bytes_max(). A reserve() without commit() is forgotten by the next reserve().
  std::span<char> reserve(std::size_t bytes_max);
  void commit(std::size_t bytes);  // 1 to what was reserved
  // The largest reserve() that would succeed now (the consumer may make it more at any time, nobody makes it less).
  std::size_t room() const;
  std::size_t capacity() const { return capacity_; }
  std::size_t record_bytes_max() const { return capacity_ / 4; }
  std::uint64_t refused() const { return refused_; }  // how often reserve() found the lane full

  // Consumer. The oldest record or an empty view; pop() ends it.
  std::string_view front();
  void pop();
  bool empty() const;  // either side

 private:
  std::size_t room_at(std::uint64_t written, std::uint64_t read) const;

  std::size_t capacity_ = 0;
  std::size_t mask_ = 0;
  std::unique_ptr<char[]> memory_;
  // The producer's line.
  alignas(64) std::atomic<std::uint64_t> written_{0};
  std::uint64_t reserved_ = 0;  // where the reserved record begins, or `nothing`
  std::size_t reserved_bytes_ = 0;
  std::uint64_t read_seen_ = 0;  // the producer's last look at read_
  std::uint64_t refused_ = 0;
  // The consumer's line.
  alignas(64) std::atomic<std::uint64_t> read_{0};
  std::uint64_t written_seen_ = 0;  // the consumer's last look at written_
  std::uint64_t front_end_ = 0;     // where the record that front() showed ends, or `nothing`
};

// All lanes of a process, and who sleeps. Built once at start, outlives the threads.
// Memory is touched only where mail passes: (cores + 1)^2 pairs cost address space, not memory.
class PostOffice {
 public:
  struct Capacity {
    std::size_t control_bytes = 256 * 1024;
    std::size_t data_bytes = 1024 * 1024;
  };
  PostOffice(std::size_t cores, Capacity capacity);
  std::size_t cores() const { return cores_; }
  base::CoreId control() const { return base::CoreId(static_cast<std::uint16_t>(cores_)); }
  Lane& lane(base::CoreId from, base::CoreId to, MailLane kind);

  // Consumer `self` is about to sleep: sets its flag, then looks at every lane to it once more. False: there is mail, do not sleep (flag
  // cleared).
  bool prepare_to_sleep(base::CoreId self);
  void woke_up(base::CoreId self);
  // Producer, after commit()s to `to` in this turn: true when it sleeps and must be woken (the flag is taken: one wake per sleep).
  bool must_wake(base::CoreId to);

 private:
  struct alignas(64) SleepFlag {
    std::atomic<bool> asleep{false};
  };
  std::size_t cores_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<SleepFlag[]> asleep_;
};

}  // namespace ring
