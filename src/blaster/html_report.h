#pragma once
// One page that tells a run to somebody who was not there: nothing in it comes from elsewhere.
#include <string>
#include <string_view>

#include "blaster/run.h"
#include "blaster/scenario.h"

namespace blaster {

// `when` and `where`: the time and the machine, as text.
std::string html_report(const Scenario& scenario, const Outcome& outcome, std::string_view when, std::string_view where);
// As text in a page.
std::string html_escaped(std::string_view text);

}  // namespace blaster
