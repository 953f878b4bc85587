#include "conform/conform.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "conform/options.h"
#include "conform/output.h"

namespace conform {
namespace {

std::vector<const Case*> chosen(const Suite& suite, const std::vector<std::string>& only) {
  std::vector<const Case*> cases;
  for (const Case& one : suite.cases()) {
    const bool wanted = only.empty() || std::ranges::any_of(only, [&](const std::string& pattern) { return matches(one, pattern); });
    if (wanted) cases.push_back(&one);
  }
  return cases;
}

void tell(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

int run_program(int argc, char** argv) {
  int status = 2;
  auto options = parse_command_line(argc, argv, status);
  if (!options) return status;
  const Suite suite = all_cases();
  const auto cases = chosen(suite, options->only);
  if (cases.empty()) {
    std::fputs("msrp-blaster conform: no case matches --only; --list shows them\n", stderr);
    return 2;
  }
  if (options->list) {
    for (const Case* one : cases) tell(list_line(*one));
    return 0;
  }
  const std::string unreachable = probe(options->target);
  if (!unreachable.empty()) {
    std::fprintf(stderr, "msrp-blaster conform: %s at %s:%u\n", unreachable.c_str(), options->target.address.host().c_str(),
                 options->target.address.port());
    return 2;
  }
  const bool colour = isatty(STDOUT_FILENO) == 1;
  const auto outcomes = run_cases(cases, options->target, options->jobs, [&](const Outcome& outcome) {
    if (!options->json && (!options->quiet || outcome.result == Result::fail)) tell(line_of(outcome, colour));
  });
  tell(options->json ? json_of(options->target, outcomes) : summary(outcomes, colour));
  return exit_code(outcomes, options->strict);
}

}  // namespace conform
