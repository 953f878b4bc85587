// msrp-blaster: options, one run, what came of it. `msrp-blaster conform` is a program of its own.
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "blaster/options.h"
#include "blaster/run.h"
#include "blaster/summary.h"
#include "conform/conform.h"
#include "transport/tls_context.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "conform") return conform::run_program(argc - 1, argv + 1);
  transport::prepare_tls();
  int exit_code = 2;
  const auto options = blaster::parse_command_line(argc, argv, exit_code);
  if (!options) return exit_code;
  const auto resolved = blaster::resolve(*options);
  if (!resolved) {
    std::fprintf(stderr, "msrp-blaster: %s\n", resolved.error().c_str());
    return 2;
  }
  if (options->tls_files.insecure) std::fputs("msrp-blaster: --insecure: whoever answers is believed to be the relay\n", stderr);
  const blaster::Telling telling = options->quiet               ? blaster::Telling::nothing
                                   : isatty(STDERR_FILENO) == 1 ? blaster::Telling::live
                                                                : blaster::Telling::lines;
  const blaster::Outcome outcome = blaster::run(resolved->scenario, telling);
  if (options->json) std::printf("%s\n", blaster::summary_json(resolved->scenario, outcome).c_str());
  if (!outcome.failure.empty()) {
    std::fprintf(stderr, "msrp-blaster: %s\n", outcome.failure.c_str());
    return 1;
  }
  if (!options->json) std::fputs(blaster::summary_table(resolved->scenario, outcome).c_str(), stdout);
  return outcome.is_good() ? 0 : 1;
}
