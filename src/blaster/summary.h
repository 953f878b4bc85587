#pragma once
// What is told at the end.
#include <string>

#include "blaster/run.h"
#include "blaster/scenario.h"

namespace blaster {

std::string route(const Scenario& scenario);      // "127.0.0.1:2855 (TLS) and 192.0.2.7:2855"
std::string faults_line(const Outcome& outcome);  // "none", "lost 3, refused 1 (last status 481)"
std::string summary_table(const Scenario& scenario, const Outcome& outcome);
// One object; bench/ and scripts read it.
std::string summary_json(const Scenario& scenario, const Outcome& outcome);

}  // namespace blaster
