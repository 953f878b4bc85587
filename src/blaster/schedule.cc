#include "blaster/schedule.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace blaster {

Schedule::Schedule(double per_second, base::Duration ramp)
    : per_second_(per_second), ramp_(std::chrono::duration<double>(ramp).count()), in_ramp_(per_second * ramp_ / 2) {
  CHECK(per_second > 0);
}

// The rate t * R / T sums up to t^2 * R / 2T messages.
base::Duration Schedule::due(std::uint64_t index) const {
  const auto number = static_cast<double>(index);
  const double seconds = number < in_ramp_ ? std::sqrt(2 * ramp_ * number / per_second_) : ramp_ / 2 + number / per_second_;
  return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(seconds));
}

std::uint64_t Schedule::due_within(base::Duration elapsed) const {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (seconds < 0) return 0;
  const double number = seconds < ramp_ ? seconds * seconds * per_second_ / (2 * ramp_) : (seconds - ramp_ / 2) * per_second_;
  // The message of number 0 is due at once.
  return static_cast<std::uint64_t>(number) + 1;
}

}  // namespace blaster
