#pragma once
// Finding out what the relay can do, and running cases side by side.
#include <functional>
#include <string>
#include <vector>

#include "conform/stage.h"

namespace conform {

enum class Result : unsigned char { pass, fail, skip };

struct Outcome {
  const Case* one = nullptr;
  Result result = Result::skip;
  std::string expected, seen, reason;
  double seconds = 0;
};

// Fills in what Target leaves to be found out. Not empty: why the relay cannot be tested at all.
std::string probe(Target& target);

Outcome run_case(const Case& one, const Target& target);
// `told` is called with each outcome as it comes, never by two threads at once. The outcomes are in the order of `cases`.
std::vector<Outcome> run_cases(const std::vector<const Case*>& cases, const Target& target, unsigned jobs,
                               const std::function<void(const Outcome&)>& told);

}  // namespace conform
