// msrp-blaster: options, one run or a search, what came of it. `msrp-blaster conform` and `compare` are programs of their own.
#include <cstdio>
#include <string_view>

#include "blaster/compare.h"
#include "blaster/find_max.h"
#include "blaster/options.h"
#include "blaster/tell.h"
#include "conform/conform.h"
#include "transport/tls_context.h"

int main(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "conform") return conform::run_program(argc - 1, argv + 1);
  if (first == "compare") return blaster::compare_program(argc - 1, argv + 1);
  transport::prepare_tls();
  int exit_code = 2;
  const auto options = blaster::parse_command_line(argc, argv, exit_code);
  if (!options) return exit_code;
  if (options->find_max) return blaster::find_max(*options);
  const auto resolved = blaster::resolve(*options);
  if (!resolved) {
    std::fprintf(stderr, "msrp-blaster: %s\n", resolved.error().c_str());
    return 2;
  }
  if (options->tls_files.insecure) std::fputs("msrp-blaster: --insecure: whoever answers is believed to be the relay\n", stderr);
  const blaster::Outcome outcome = blaster::run(resolved->scenario, blaster::telling_of(*options));
  return blaster::tell(*options, resolved->scenario, outcome);
}
