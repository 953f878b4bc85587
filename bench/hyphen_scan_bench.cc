// The scan for seven hyphens over 256 KiB that stay in the cache: text, hyphens only, and near misses; as dispatched, and octet by octet.
// (What must hold: hyphens only above 1 GB/s, the others above 8 GB/s where there is AVX2.)
#include "msrp/hyphen_scan.h"

#include <string>

#include "cases.h"
#include "frames.h"

namespace {

using Scanner = msrp::HyphenRun (*)(const char*, const char*);

void measure(bench::Cases& cases, const std::string& name, const std::string& piece, Scanner scanner) {
  const std::string text = bench::repeated(piece, 256 * 1024);
  cases.run(name.c_str(), "KiB", static_cast<double>(text.size()) / 1024, 1024, [&] {
    const char* at = text.data();
    const char* end = at + text.size();
    for (;;) {
      const msrp::HyphenRun run = scanner(at, end);
      if (run.empty()) break;
      at = run.end;
    }
    bench::keep(at);
  });
}

}  // namespace

int main(int argc, char** argv) {
  bench::Cases cases(argc, argv);
  const std::pair<std::string, Scanner> scanners[] = {{"", msrp::find_hyphen_run}, {", octet by octet", msrp::find_hyphen_run_scalar}};
  for (const auto& [how, scanner] : scanners) {
    measure(cases, "prose" + how,
            "It is helpful to think of a success REPORT as reporting on a particular range - not chunk - of bytes.\r\n", scanner);
    measure(cases, "no hyphen at all" + how, std::string(64, 'x'), scanner);
    measure(cases, "hyphens only" + how, std::string(64, '-'), scanner);
    measure(cases, "six hyphens, one x" + how, "------x", scanner);
    measure(cases, "seven hyphens, one x" + how, "-------x", scanner);
    measure(cases, "every other octet" + how, "-x", scanner);
    measure(cases, "an end-line of another in each line" + how, "\r\n-------d93kswoX$\r\n" + std::string(60, 'x'), scanner);
  }
}
