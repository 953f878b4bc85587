#pragma once
// msrp-relay --explain: captured frames through the rules of a configuration, and why each rule held or not.
#include <string>
#include <vector>

#include "daemon/load.h"

namespace wiring {

struct ExplainOptions {
  std::string file;                // of frames, one behind the other as captured; "-": stdin
  std::vector<std::string> facts;  // NAME=VALUE
  bool sip = false;                // each frame's SIP view instead
  bool json = false;
};

// Prints to stdout, faults to stderr. Exit status: 0 good, 1 the frames cannot be read, 2 a fact that is none.
int explain(const Load& load, const ExplainOptions& options);

}  // namespace wiring
