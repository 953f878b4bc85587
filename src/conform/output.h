#pragma once
// What came of the cases, for people and for scripts.
#include <string>
#include <vector>

#include "conform/run.h"

namespace conform {

std::string line_of(const Outcome& outcome, bool colour);
std::string list_line(const Case& one);
std::string summary(const std::vector<Outcome>& outcomes, bool colour);
std::string json_of(const Target& target, const std::vector<Outcome>& outcomes);
// 0: all that counts passed; 1: something failed. Policy cases count only if `strict`.
int exit_code(const std::vector<Outcome>& outcomes, bool strict);

}  // namespace conform
