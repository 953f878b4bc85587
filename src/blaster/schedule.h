#pragma once
// Open loop: when each message of a run is due, whatever the relay does. All pairs share one schedule and take its messages in turn, so a
// relay that stalls makes them late and not fewer (no coordinated omission). Pure.
#include <cstdint>

#include "base/time.h"

namespace blaster {

class Schedule {
 public:
  // So many a second, above 0. The rate grows from nothing to this over `ramp`, evenly.
  explicit Schedule(double per_second, base::Duration ramp = {});

  // How long after the start message `index` (from 0) is due; never earlier than the one before it.
  base::Duration due(std::uint64_t index) const;
  // How many are due within the first `elapsed`.
  std::uint64_t due_within(base::Duration elapsed) const;
  double per_second() const { return per_second_; }

 private:
  double per_second_;
  double ramp_;     // seconds
  double in_ramp_;  // messages of the ramp
};

}  // namespace blaster
