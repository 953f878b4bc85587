#pragma once
// Loads texts as the daemon would and tells the faults as the operator would read them.
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace loading {

inline config::Host host() { return {.full_name = "relay.example.net", .open_files = 100'000}; }

inline config::Loaded load(std::string_view text) { return config::load(text, "relay.toml", host()); }

// Every fault and warning, one per element.
inline std::vector<std::string> told(std::string_view text) {
  std::vector<std::string> lines;
  for (const config::Fault& fault : load(text).faults) lines.push_back(config::to_string(fault));
  return lines;
}

// Nine lines of a good file; what a test is about begins in line 10.
inline const std::string good =
    "[users]\n"
    "file = \"users\"\n"
    "\n"
    "[[listen]]\n"
    "uri = \"msrp://127.0.0.1:2855\"\n"
    "name = \"first\"\n"
    "plaintext_auth = true\n"
    "\n"
    "\n";

using Lines = std::vector<std::string>;

// What is told of a good file with `more` from line 10 on.
inline Lines told_of(const std::string& more) { return told(good + more); }

}  // namespace loading
