#pragma once
// What the cores counted, as last mailed.
#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "control/log_line.h"
#include "relay/counters.h"

namespace control {

class CounterBook {
 public:
  explicit CounterBook(std::size_t cores) : by_core_(cores), log_lost_told_(cores) {}

  // Takes a core's snapshot over. Returns how many of its log records were lost since the one before.
  std::uint64_t take(base::CoreId core, const relay::Counters& counters);
  // The sum over all cores, every counter by name.
  LogLine line() const;

 private:
  std::vector<relay::Counters> by_core_;
  std::vector<std::uint64_t> log_lost_told_;
};

}  // namespace control
