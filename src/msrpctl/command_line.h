#pragma once
// What the operator has typed.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace msrpctl {

struct Asked {
  std::string socket = "/run/msrp-relay/control.sock";
  bool json = false;
  std::string command;
  nlohmann::json arguments = nlohmann::json::object();  // as the relay takes them: texts
};

// Nothing: `status` is what to exit with; help and faults have been printed.
std::optional<Asked> parse_command_line(int argc, char** argv, int& status);

extern const char* const help_text;

}  // namespace msrpctl
