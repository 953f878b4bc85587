#pragma once
// The results of commands as text. Pure.
#include <nlohmann/json.hpp>
#include <string>

namespace msrpctl {

// As `command` has answered.
std::string show(const std::string& command, const nlohmann::json& result);

}  // namespace msrpctl
