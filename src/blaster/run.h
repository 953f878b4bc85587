#pragma once
// A whole run: threads, phases, the live line, and what came of it.
#include <cstdint>
#include <optional>
#include <string>

#include "blaster/scenario.h"
#include "blaster/tally.h"

namespace blaster {

struct Outcome {
  std::string failure;       // not empty: the run could not begin; nothing else is good then
  bool interrupted = false;  // ended by the operator: what was under way then is lost without fault
  Tally tally;
  double seconds = 0;                         // from the first message to the last thing that happened
  double set_up_seconds = 0;                  // connecting and AUTH of all pairs
  double own_cpu_seconds = 0;                 // of the threads that drive the pairs, while sending
  std::optional<double> watched_cpu_seconds;  // of the watched processes, meanwhile
  std::string sent_sha256, received_sha256;   // when a file was sent; of the first pair

  // Everything that was sent arrived right and was answered.
  bool is_good() const;
};

enum class Telling : std::uint8_t { nothing, lines, live };

// Blocks until the run is over. Writes progress to stderr.
Outcome run(const Scenario& scenario, Telling telling);

}  // namespace blaster
