#include "blaster/live.h"

#include <fmt/core.h>

#include <cstdio>

#include "blaster/units.h"

namespace blaster {
namespace {

constexpr double terminal_step = 0.5;
constexpr double line_step = 5;

}  // namespace

Live::Live(const Scenario& scenario, Telling telling)
    : scenario_(scenario), telling_(telling), next_(telling == Telling::live ? terminal_step : line_step) {}

void Live::show(const std::string& line) {
  if (telling_ == Telling::live) {
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    line_is_open_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

void Live::set_up(std::uint32_t pairs_ready, double seconds) {
  if (telling_ == Telling::nothing || seconds < next_) return;
  next_ = seconds + (telling_ == Telling::live ? terminal_step : line_step);
  show(fmt::format("{:6.1f} s  setting up: {} of {} pairs ready", seconds, tell_count(pairs_ready), tell_count(scenario_.pairs)));
}

// p50 and p99 of the messages delivered since the last line. Asks the threads for the next copy; this line shows the one before.
std::string Live::latencies(std::span<Progress* const> progresses) {
  base::Histogram all(latency_max_ns);
  for (Progress* const progress : progresses) {
    if (progress->latency_wanted.load(std::memory_order_acquire)) return {};
    const std::lock_guard lock(progress->latency_mutex);
    all.merge(progress->latency);
  }
  for (Progress* const progress : progresses) progress->latency_wanted.store(true, std::memory_order_release);
  base::Histogram fresh = all;
  fresh.subtract(seen_);
  seen_ = all;
  if (fresh.count() == 0) return {};
  return fmt::format("  p50 {}  p99 {}", tell_latency(fresh.percentile(50)), tell_latency(fresh.percentile(99)));
}

std::string Live::rest(std::uint64_t octets, double seconds) const {
  if (scenario_.duration) {
    const double left = std::chrono::duration<double>(*scenario_.duration).count() - seconds;
    return left > 0 ? fmt::format("  {} left", tell_seconds(left)) : "  draining";
  }
  const double total = static_cast<double>(scenario_.messages.value_or(0)) * static_cast<double>(scenario_.content.size());
  if (total <= 0 || octets == 0) return {};
  const double share = static_cast<double>(octets) / total;
  return fmt::format("  {:.0f} %, {} left", 100 * share, tell_seconds(seconds / share - seconds));
}

void Live::sending(std::span<Progress* const> progresses, double seconds) {
  if (telling_ == Telling::nothing) return;
  if (!was_sending_) {
    was_sending_ = true;
    next_ = telling_ == Telling::live ? terminal_step : line_step;
  }
  if (seconds < next_) return;
  next_ = seconds + (telling_ == Telling::live ? terminal_step : line_step);
  std::uint64_t frames = 0, octets = 0, faults = 0;
  for (const Progress* const progress : progresses) {
    frames += progress->frames_delivered.load(std::memory_order_relaxed);
    octets += progress->octets_delivered.load(std::memory_order_relaxed);
    faults += progress->faults.load(std::memory_order_relaxed);
  }
  const double step = seconds - last_seconds_;
  const auto frame_rate = static_cast<std::uint64_t>(static_cast<double>(frames - last_frames_) / step);
  const double octet_rate = static_cast<double>(octets - last_octets_) / step / 1e6;
  show(fmt::format("{:6.1f} s  {} frames/s  {:.1f} MB/s{}  errors {}{}", seconds, tell_count(frame_rate), octet_rate, latencies(progresses),
                   tell_count(faults), rest(octets, seconds)));
  last_seconds_ = seconds;
  last_frames_ = frames;
  last_octets_ = octets;
}

void Live::end() {
  if (line_is_open_) std::fputs("\r\033[K", stderr);
  line_is_open_ = false;
}

}  // namespace blaster
