#pragma once
// What is told on stderr while a run goes on: one line that is written over on a terminal, a plain line every few seconds elsewhere.
#include <cstdint>
#include <span>
#include <string>

#include "base/histogram.h"
#include "blaster/engine.h"
#include "blaster/run.h"
#include "blaster/scenario.h"

namespace blaster {

class Live {
 public:
  Live(const Scenario& scenario, Telling telling);

  void set_up(std::uint32_t pairs_ready, double seconds);
  void sending(std::span<Progress* const> progresses, double seconds);
  // The line is finished with, if there is one.
  void end();

 private:
  void show(const std::string& line);
  std::string latencies(std::span<Progress* const> progresses);
  std::string rest(std::uint64_t octets, double seconds) const;

  const Scenario& scenario_;
  Telling telling_;
  double next_ = 0;  // seconds
  bool line_is_open_ = false;
  bool was_sending_ = false;
  double last_seconds_ = 0;
  std::uint64_t last_frames_ = 0, last_octets_ = 0;
  base::Histogram seen_{latency_max_ns};
};

}  // namespace blaster
