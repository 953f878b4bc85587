#pragma once
// A whole run: threads, phases, the live line, and what came of it.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "blaster/scenario.h"
#include "blaster/tally.h"
#include "blaster/timeline.h"

namespace blaster {

struct Outcome {
  std::string failure;       // not empty: the run could not begin; nothing else is good then
  bool interrupted = false;  // ended by the operator: what was under way then is lost without fault
  Tally tally;
  std::vector<Sample> timeline;
  double seconds = 0;                         // from the first message to the last thing that happened
  double set_up_seconds = 0;                  // connecting and AUTH of all pairs
  double own_cpu_seconds = 0;                 // of the threads that drive the pairs, while sending
  std::optional<double> watched_cpu_seconds;  // of the watched processes, meanwhile
  std::string sent_sha256, received_sha256;   // when a file was sent; of the first pair

  // Everything that was sent arrived right and was answered.
  bool is_good() const;
  // Open loop: how many messages should have begun.
  std::uint64_t messages_due() const { return tally.lag.count(); }
  double frames_per_second() const { return seconds > 0 ? static_cast<double>(tally.frames_delivered) / seconds : 0; }
  double us_per_frame(double cpu_seconds) const {
    return tally.frames_delivered > 0 ? cpu_seconds * 1e6 / static_cast<double>(tally.frames_delivered) : 0;
  }
};

enum class Telling : std::uint8_t { nothing, lines, live };

// Blocks until the run is over. Writes progress to stderr.
Outcome run(const Scenario& scenario, Telling telling);

}  // namespace blaster
