#pragma once
// Why each rule held or did not, for one frame: the conditions as they were written, walked without the shortcuts of decide(). For people,
// not for the data plane.
#include <string>
#include <vector>

#include "rules/condition.h"
#include "rules/frame_view.h"

namespace rules {

struct Reason {
  bool holds = false;
  // What decided: "size gt 10MiB: it is 5". Of conditions that all must hold the first that does not, else all of them.
  std::vector<std::string> because;
};
Reason explain(const Node& node, const Operands& operands, const Expressions& expressions, FrameView& frame);

// One rule in the order in which they are tried; the last one decides.
struct Trial {
  std::string rule;
  std::string action;
  bool holds = false;
  std::vector<std::string> because;
};

}  // namespace rules
