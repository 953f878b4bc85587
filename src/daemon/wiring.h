#pragma once
// From a good configuration to a running relay, and to its end.
#include <optional>
#include <string>

#include "control/log.h"
#include "daemon/load.h"

namespace wiring {

struct Demo {
  std::string user, password;
  std::string program_folder;  // where msrp-blaster stands, with a slash at its end, or empty
};

// Runs until it is told to stop. The exit status: 0 stopped as told, 1 could not start (told in the log).
int run(const Load& load, const std::optional<Demo>& demo, control::Log& log);

}  // namespace wiring
