#pragma once
// `rate` of a condition: how often something may happen with the same key, as a bucket for each key. One core's; time is an argument.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "rules/frame_view.h"

namespace rules {

struct Rate {
  struct KeyPart {
    const VariableInfo* info = nullptr;
    std::string header;  // in lower case, when the variable is a header
  };
  std::vector<KeyPart> key;  // empty: all frames together
  double per_second = 0;
};

class RateTable {
 public:
  // Keys that are remembered for one rule and core. When a new one finds no place, one of its neighbours that was not used for longest is
  // forgotten: that one's bucket is full again.
  static constexpr std::size_t keys_max = 16 * 1024;

  explicit RateTable(const Rate& rate);
  // Has this key happened more often than it may? If not, this time counts. `seed`: the core's own, so that nobody chooses whom he shares a
  // bucket with.
  bool is_above(const Rate& rate, FrameView& frame, base::Instant now, std::uint64_t seed);
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  struct Bucket {
    std::uint64_t key = 0;
    base::Instant used;  // when `tokens` was right
    double tokens = 0;
    bool taken = false;
  };
  Bucket& bucket_of(std::uint64_t key, base::Instant now, double full);
  std::vector<Bucket> buckets_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace rules
