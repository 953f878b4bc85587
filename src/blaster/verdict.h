#pragma once
// What a run is worth: whether it was right, and what set its pace.
#include <string>

#include "blaster/run.h"
#include "blaster/scenario.h"

namespace blaster {

struct Verdict {
  bool good = false;                // all arrived right and was answered
  bool generator_is_limit = false;  // its figures say nothing of the relay
  double own_busy = 0;              // of the generator's cores, 0 to 1
  std::string limit;                // what set the pace, for people; empty: the scenario did
};
Verdict judge(const Scenario& scenario, const Outcome& outcome);

}  // namespace blaster
