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
  std::size_t rows = 100;                               // of a listing; 0: all
  bool wait = false;                                    // drain: until it is over
  std::size_t count = 0;                                // top: so many pictures; 0: for ever
  double period_s = 2;                                  // top: between two
};

// Nothing: `status` is what to exit with; help and faults have been printed.
std::optional<Asked> parse_command_line(int argc, char** argv, int& status);

extern const char* const help_text;

}  // namespace msrpctl
