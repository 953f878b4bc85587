#include "blaster/live.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "blaster/units.h"

namespace blaster {
namespace {

constexpr double terminal_step = 0.5;
constexpr double line_step = 5;
constexpr std::size_t plot_width = 32;
constexpr std::size_t bar_width = 32;

// As high as the largest of them: "▁▃▅█".
std::string little_plot(const std::vector<double>& values) {
  static constexpr std::array<const char*, 8> bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double largest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  std::string text;
  for (const double value : values) text += bars[largest > 0 ? std::min<std::size_t>(7, static_cast<std::size_t>(value / largest * 8)) : 0];
  return text;
}

std::string bar(double share) {
  const auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * bar_width);
  return "[" + std::string(full, '#') + std::string(bar_width - full, '.') + "]";
}

std::string latency(const Sample& sample) {
  if (sample.p99 == 0) return "nothing arrived";
  return fmt::format("p50 {}  p99 {}", tell_latency(sample.p50), tell_latency(sample.p99));
}

}  // namespace

Live::Live(const Scenario& scenario, Telling telling)
    : scenario_(scenario), telling_(telling), next_(telling == Telling::live ? terminal_step : line_step) {}

void Live::show(const std::vector<std::string>& lines) {
  if (telling_ == Telling::live) end();
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  lines_on_screen_ = telling_ == Telling::live ? lines.size() : 0;
}

void Live::set_up(std::uint32_t ready, double seconds) {
  if (telling_ == Telling::nothing || seconds < next_) return;
  next_ = seconds + (telling_ == Telling::live ? terminal_step : line_step);
  show({fmt::format("{:6.1f} s  setting up: {} of {} pairs and idle sessions ready", seconds, tell_count(ready),
                    tell_count(scenario_.pairs + scenario_.background.idle_sessions))});
}

// From 0 to 1; below 0: it cannot be told.
double Live::share_done(const Sample& sample) const {
  if (scenario_.duration) return sample.seconds / std::chrono::duration<double>(*scenario_.duration).count();
  const double total = static_cast<double>(scenario_.messages.value_or(0)) * scenario_.content.mean_size();
  return total > 0 ? static_cast<double>(sample.octets) / total : -1;
}

std::string Live::time_left(const Sample& sample) const {
  const double share = share_done(sample);
  if (share >= 1) return "waiting for what is under way";
  if (share <= 0) return "";
  return tell_seconds(sample.seconds / share - sample.seconds) + " left";
}

std::vector<std::string> Live::screen(const Sample& sample) const {
  const std::string count = tell_count(static_cast<std::uint64_t>(sample.frames_per_second));
  std::vector<std::string> lines{
      fmt::format("{} through {}: {} pairs, {}", scenario_.sending.schedule != nullptr ? "open loop" : "closed loop",
                  scenario_.sender.relay.to_string(), tell_count(scenario_.pairs), scenario_.content.describe()),
      fmt::format("  rate      {:>12} frames/s  {:>9.1f} MB/s  {}", count, sample.octets_per_second / 1e6, little_plot(rates_)),
      fmt::format("  latency   {}", latency(sample)),
      fmt::format("  errors    {}", sample.faults == 0 ? "none" : tell_count(sample.faults)),
      fmt::format("  CPU       blaster {:.2f} cores", sample.own_cores)};
  if (sample.relay_cores) lines.back() += fmt::format(", relay {:.2f} cores", *sample.relay_cores);
  if (sample.relay_memory) lines.back() += fmt::format(", {:.1f} MiB", static_cast<double>(*sample.relay_memory) / (1024 * 1024));
  const double share = share_done(sample);
  if (share >= 0) lines.push_back(fmt::format("  progress  {} {:3.0f} %  {}", bar(share), 100 * std::min(share, 1.0), time_left(sample)));
  return lines;
}

std::string Live::line(const Sample& sample) const {
  const std::string left = time_left(sample);
  return fmt::format("{:6.1f} s  {} frames/s  {:.1f} MB/s  {}  errors {}{}", sample.seconds,
                     tell_count(static_cast<std::uint64_t>(sample.frames_per_second)), sample.octets_per_second / 1e6, latency(sample),
                     tell_count(sample.faults), left.empty() ? "" : "  " + left);
}

void Live::sending(const Sample& sample) {
  if (telling_ == Telling::nothing) return;
  if (!is_sending_) next_ = telling_ == Telling::live ? 0 : line_step;
  is_sending_ = true;
  rates_.push_back(sample.frames_per_second);
  if (rates_.size() > plot_width) rates_.erase(rates_.begin());
  if (sample.seconds < next_) return;
  if (telling_ == Telling::live) return show(screen(sample));
  next_ = sample.seconds + line_step;
  show({line(sample)});
}

void Live::end() {
  if (lines_on_screen_ > 0) std::fprintf(stderr, "\033[%zuA\r\033[J", lines_on_screen_);
  lines_on_screen_ = 0;
}

}  // namespace blaster
