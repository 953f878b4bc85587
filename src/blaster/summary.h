#pragma once
// What is told at the end.
#include <string>

#include "blaster/run.h"
#include "blaster/scenario.h"

namespace blaster {

std::string summary_table(const Scenario& scenario, const Outcome& outcome);
// One object; bench/ and scripts read it.
std::string summary_json(const Scenario& scenario, const Outcome& outcome);

}  // namespace blaster
