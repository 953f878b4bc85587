#include "control/counters.h"

#include <cstring>
#include <string>
#include <utility>

#include "base/check.h"

namespace control {

std::uint64_t CounterBook::take(const relay::CountersMail& mail, std::string_view octets) {
  Core& core = cores_.at(mail.core.value());
  core.counters = mail.counters;
  core.gauges = mail.gauges;
  CHECK(octets.size() == mail.listeners * sizeof(relay::ListenerCounters));
  core.listeners.resize(mail.listeners);
  if (!octets.empty()) std::memcpy(core.listeners.data(), octets.data(), octets.size());
  std::uint64_t& told = log_lost_told_.at(mail.core.value());
  const std::uint64_t lost = mail.counters.log_lost - told;
  told = mail.counters.log_lost;
  return lost;
}

LogLine CounterBook::line() const {
  std::vector<std::pair<std::string, std::uint64_t>> sums;
  for (const Core& core : cores_) {
    std::size_t index = 0;
    core.counters.each([&](std::string_view name, std::string_view, std::uint64_t value) {
      if (index == sums.size()) sums.emplace_back(name, 0);
      sums[index++].second += value;
    });
  }
  LogLine line(LogLevel::info, "relay", "counters");
  line.with("cores", cores_.size());
  for (const auto& [name, sum] : sums) line.with(name, sum);
  return line;
}

}  // namespace control
