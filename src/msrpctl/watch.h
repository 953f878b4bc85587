#pragma once
// What is asked again and again: rates, and the progress of a drain.
#include <string>

#include "base/result.h"
#include "msrpctl/command_line.h"
#include "msrpctl/connection.h"

namespace msrpctl {

// Both print; the error is that of an answer that did not come.
base::Result<bool, std::string> watch_top(Connection& connection, const Asked& asked);
base::Result<bool, std::string> watch_drain(Connection& connection);

// Between two answers to `info`. Pure.
std::string top_text(const nlohmann::json& before, const nlohmann::json& now);

}  // namespace msrpctl
