#pragma once
#include <optional>
#include <string>
#include <vector>

#include "conform/stage.h"

namespace conform {

struct Options {
  Target target;
  std::vector<std::string> only;  // patterns: * is anything; matched with ids, requirements, sections and titles
  unsigned jobs = 16;
  bool list = false, json = false, quiet = false, strict = false;
};
// nullopt: the program ends with exit_code, and has said why.
std::optional<Options> parse_command_line(int argc, char** argv, int& exit_code);

// Without case; * is anything. A pattern without * must be the whole id, requirement or section, or a part of the title.
bool matches(const Case& one, std::string_view pattern);

}  // namespace conform
