#pragma once
// Time as the pure layers see it: an argument. Wall time does not convert to an Instant, nor an Instant to a number.
#include <chrono>
#include <compare>
#include <cstdint>

namespace base {

using Duration = std::chrono::nanoseconds;

// A point on the relay's own monotonic clock. Its origin means nothing; the simulator's never starts at zero.
class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant from_nanoseconds(std::int64_t nanoseconds) { return Instant(nanoseconds); }
  static constexpr Instant never() { return Instant(INT64_MAX); }
  constexpr std::int64_t nanoseconds() const { return nanoseconds_; }
  constexpr bool is_never() const { return nanoseconds_ == INT64_MAX; }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  // Saturates, so that `now + (never ends)` stays never.
  friend constexpr Instant operator+(Instant at, Duration by) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(at.nanoseconds_, by.count(), &sum)) return by.count() > 0 ? never() : Instant(INT64_MIN);
    return Instant(sum);
  }
  friend constexpr Duration operator-(Instant later, Instant earlier) { return Duration(later.nanoseconds_ - earlier.nanoseconds_); }

 private:
  explicit constexpr Instant(std::int64_t nanoseconds) : nanoseconds_(nanoseconds) {}
  std::int64_t nanoseconds_ = 0;
};

// Seconds since 1970-01-01 UTC; only for what leaves the process (logs, certificates), never for deadlines.
struct WallTime {
  std::int64_t unix_nanoseconds = 0;
};

}  // namespace base
