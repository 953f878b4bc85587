#pragma once
// What the cores counted and hold, as last mailed.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "control/log_line.h"
#include "relay/counters.h"
#include "relay/mail.h"

namespace control {

class CounterBook {
 public:
  struct Core {
    relay::Counters counters;
    relay::Gauges gauges;
    std::vector<relay::ListenerCounters> listeners;  // [0]: links that this relay dialled, then in the order of the configuration
  };

  explicit CounterBook(std::size_t cores) : cores_(cores), log_lost_told_(cores) {}

  // Takes a core's snapshot over; `octets`: mail.listeners ListenerCounters. Returns how many of its log records were lost since the one
  // before.
  std::uint64_t take(const relay::CountersMail& mail, std::string_view octets);
  const std::vector<Core>& cores() const { return cores_; }
  // The sum over all cores, every counter by name.
  LogLine line() const;

 private:
  std::vector<Core> cores_;
  std::vector<std::uint64_t> log_lost_told_;
};

}  // namespace control
