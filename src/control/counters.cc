#include "control/counters.h"

#include <string>
#include <utility>

namespace control {

std::uint64_t CounterBook::take(base::CoreId core, const relay::Counters& counters) {
  by_core_.at(core.value()) = counters;
  std::uint64_t& told = log_lost_told_.at(core.value());
  const std::uint64_t lost = counters.log_lost - told;
  told = counters.log_lost;
  return lost;
}

LogLine CounterBook::line() const {
  std::vector<std::pair<std::string, std::uint64_t>> sums;
  for (const relay::Counters& counters : by_core_) {
    std::size_t index = 0;
    counters.each([&](std::string_view name, std::string_view, std::uint64_t value) {
      if (index == sums.size()) sums.emplace_back(name, 0);
      sums[index++].second += value;
    });
  }
  LogLine line(LogLevel::info, "relay", "counters");
  line.with("cores", by_core_.size());
  for (const auto& [name, sum] : sums) line.with(name, sum);
  return line;
}

}  // namespace control
