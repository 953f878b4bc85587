#pragma once
// What a run did from moment to moment, taken while it goes on: for the screen and for the plots.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/histogram.h"
#include "blaster/engine.h"

namespace blaster {

// One step of about half a second; rates are those of the step.
struct Sample {
  double seconds = 0;  // since the first message, at the end of the step
  double frames_per_second = 0;
  double octets_per_second = 0;
  std::uint64_t faults = 0;                     // so far
  std::uint64_t frames = 0, octets = 0;         // so far
  std::uint64_t p50 = 0, p99 = 0;               // ns; of the messages delivered in the step, 0: none were
  double own_cores = 0;                         // CPU time of the generator's threads by time
  std::optional<double> relay_cores{};          // of the watched processes
  std::optional<std::uint64_t> relay_memory{};  // octets of theirs that lie in memory
};

class Timeline {
 public:
  explicit Timeline(std::span<const int> processes) : processes_(processes) {}

  // The clock has started.
  void begin();
  // Looks whether a step is over. The new sample, or nullptr. Call it every few milliseconds.
  const Sample* look(std::span<Progress* const> progresses, double seconds);
  const std::vector<Sample>& samples() const { return samples_; }

 private:
  static constexpr double step = 0.5;  // seconds

  std::span<const int> processes_;
  std::vector<Sample> samples_;
  bool is_asked_ = false;  // the threads for their latencies
  Sample last_;
  std::uint64_t last_own_ns_ = 0;
  std::optional<std::uint64_t> last_relay_ns_;
  base::Histogram seen_{latency_max_ns};
};

}  // namespace blaster
