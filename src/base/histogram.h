#pragma once
// A histogram of times or sizes in the layout of HdrHistogram: linear within a power of two, so that every value is kept with three
// significant digits and recording is an index and an increment. One writer; merge() adds another thread's.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace base {

class Histogram {
 public:
  // 2^11 steps per power of two: a value differs from the one that is told by less than 1/1024 of itself.
  static constexpr unsigned step_bits = 11;

  // `highest`: the largest value told apart; larger ones count as this. Its memory is 8 KiB per power of two.
  explicit Histogram(std::uint64_t highest) : highest_(highest), counts_(index_of(highest) + 1) { CHECK(highest > 0); }

  void record(std::uint64_t value) {
    const std::uint64_t kept = std::min(value, highest_);
    ++counts_[index_of(kept)];
    ++count_;
    sum_ += kept;
    smallest_ = std::min(smallest_, kept);
    largest_ = std::max(largest_, kept);
  }
  // `other` was made with the same `highest`.
  void merge(const Histogram& other) {
    CHECK(other.highest_ == highest_);
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    smallest_ = std::min(smallest_, other.smallest_);
    largest_ = std::max(largest_, other.largest_);
  }
  // Takes off what `earlier`, a copy of this from before, held: what remains was recorded since. min() and max() become those of their
  // steps.
  void subtract(const Histogram& earlier) {
    CHECK(earlier.highest_ == highest_ && earlier.count_ <= count_);
    smallest_ = UINT64_MAX;
    largest_ = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      counts_[i] -= earlier.counts_[i];
      if (counts_[i] == 0) continue;
      smallest_ = std::min(smallest_, first_value_of(i));
      largest_ = std::min(last_value_of(i), highest_);
    }
    count_ -= earlier.count_;
    sum_ -= earlier.sum_;
  }
  void clear() {
    std::fill(counts_.begin(), counts_.end(), 0);
    count_ = sum_ = largest_ = 0;
    smallest_ = UINT64_MAX;
  }

  // The value that `percent` (0 to 100) of all values do not exceed, told as the largest value of its step. 0 when nothing was recorded.
  std::uint64_t percentile(double percent) const {
    if (count_ == 0) return 0;
    // The next smaller fraction: 99.9 % of 1000 values are 999 of them, not the 999.0000000001 of floating point.
    const double share = std::nextafter(std::clamp(percent, 0.0, 100.0), 0.0) / 100.0;
    const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= wanted) return std::min(last_value_of(i), largest_);
    }
    return largest_;
  }
  // Each place that holds something, in order: the largest value of it (at most max()) and how many there are.
  template <class Each>
  void for_each(Each each) const {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if (counts_[i] > 0) each(std::min(last_value_of(i), largest_), counts_[i]);
  }
  std::uint64_t count() const { return count_; }
  std::uint64_t min() const { return count_ == 0 ? 0 : smallest_; }
  std::uint64_t max() const { return largest_; }
  double mean() const { return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_); }

  // Where a value is counted, and the values of that place: pure arithmetic, public for the tests.
  static constexpr std::size_t index_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= step_bits) return static_cast<std::size_t>(value);
    const unsigned shift = width - step_bits;
    return static_cast<std::size_t>(shift) * half_steps + static_cast<std::size_t>(value >> shift);
  }
  static constexpr std::uint64_t first_value_of(std::size_t index) {
    if (index < 2 * half_steps) return index;
    const auto shift = static_cast<unsigned>(index / half_steps - 1);
    return (index - shift * half_steps) << shift;
  }
  static constexpr std::uint64_t last_value_of(std::size_t index) { return first_value_of(index + 1) - 1; }

 private:
  // Within each power of two above the first only the upper half of the steps is used: the lower half belongs to the powers below.
  static constexpr std::size_t half_steps = std::size_t{1} << (step_bits - 1);

  std::uint64_t highest_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t smallest_ = UINT64_MAX;
  std::uint64_t largest_ = 0;
  std::vector<std::uint64_t> counts_;
};

}  // namespace base
