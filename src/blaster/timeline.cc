#include "blaster/timeline.h"

#include <algorithm>

#include "blaster/processes.h"

namespace blaster {

void Timeline::begin() { last_relay_ns_ = processes_.empty() ? std::nullopt : cpu_time_ns(processes_); }

const Sample* Timeline::look(std::span<Progress* const> progresses, double seconds) {
  if (!is_asked_) {
    if (seconds < last_.seconds + step) return nullptr;
    for (Progress* const progress : progresses) progress->latency_wanted.store(true, std::memory_order_release);
    is_asked_ = true;
  }
  const auto has_answered = [](const Progress* progress) {
    return !progress->latency_wanted.load(std::memory_order_acquire) || progress->finished.load(std::memory_order_acquire);
  };
  if (!std::all_of(progresses.begin(), progresses.end(), has_answered)) return nullptr;
  is_asked_ = false;

  Sample sample{.seconds = seconds};
  base::Histogram latency(latency_max_ns);
  std::uint64_t own_ns = 0;
  for (Progress* const progress : progresses) {
    sample.frames += progress->frames_delivered.load(std::memory_order_relaxed);
    sample.octets += progress->octets_delivered.load(std::memory_order_relaxed);
    sample.faults += progress->faults.load(std::memory_order_relaxed);
    const std::lock_guard lock(progress->latency_mutex);
    latency.merge(progress->latency);
    own_ns += progress->cpu_ns;
  }
  base::Histogram fresh = latency;
  fresh.subtract(seen_);
  seen_ = latency;
  sample.p50 = fresh.percentile(50);
  sample.p99 = fresh.percentile(99);
  const double passed = seconds - last_.seconds;
  sample.frames_per_second = static_cast<double>(sample.frames - last_.frames) / passed;
  sample.octets_per_second = static_cast<double>(sample.octets - last_.octets) / passed;
  sample.own_cores = static_cast<double>(own_ns - std::min(own_ns, last_own_ns_)) / 1e9 / passed;
  last_own_ns_ = own_ns;
  if (const auto relay_ns = processes_.empty() ? std::nullopt : cpu_time_ns(processes_)) {
    if (last_relay_ns_) sample.relay_cores = static_cast<double>(*relay_ns - std::min(*relay_ns, *last_relay_ns_)) / 1e9 / passed;
    last_relay_ns_ = relay_ns;
    sample.relay_memory = resident_octets(processes_);
  }
  last_ = sample;
  return &samples_.emplace_back(sample);
}

}  // namespace blaster
