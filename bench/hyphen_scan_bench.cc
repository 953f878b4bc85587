// MB/s of the scan for seven hyphens over 256 KiB that stay in the cache: text, hyphens only, and near misses. (What must hold: hyphens
// only above 1 GB/s, the others above 8 GB/s where there is AVX2.)
#include "msrp/hyphen_scan.h"

#include <cstdio>
#include <string>

#include "stopwatch.h"

namespace {

using Scanner = msrp::HyphenRun (*)(const char*, const char*);

void measure(const char* name, const std::string& text, Scanner scanner) {
  std::size_t runs = 0;
  const double ns = bench::fastest_ns(30, [&] {
    const char* at = text.data();
    const char* end = at + text.size();
    for (;;) {
      const msrp::HyphenRun run = scanner(at, end);
      if (run.empty()) break;
      ++runs;
      at = run.end;
    }
  });
  std::printf("  %-34s %9.0f MB/s  (%zu runs)\n", name, static_cast<double>(text.size()) / ns * 1e3, runs / 30);
}

std::string repeated(const std::string& piece) {
  std::string text;
  while (text.size() < 256 * 1024) text += piece;
  return text;
}

}  // namespace

int main() {
  const std::string prose =
      repeated("It is helpful to think of a success REPORT as reporting on a particular range - not chunk - of bytes.\r\n");
  const std::pair<const char*, Scanner> scanners[] = {{"as dispatched", msrp::find_hyphen_run},
                                                      {"octet by octet", msrp::find_hyphen_run_scalar}};
  for (const auto& [name, scanner] : scanners) {
    std::printf("%s\n", name);
    measure("prose", prose, scanner);
    measure("no hyphen at all", repeated(std::string(64, 'x')), scanner);
    measure("hyphens only", repeated(std::string(64, '-')), scanner);
    measure("six hyphens, one x", repeated("------x"), scanner);
    measure("seven hyphens, one x", repeated("-------x"), scanner);
    measure("every other octet", repeated("-x"), scanner);
    measure("an end-line of another in each line", repeated("\r\n-------d93kswoX$\r\n" + std::string(60, 'x')), scanner);
  }
}
