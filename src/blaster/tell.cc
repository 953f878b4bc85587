#include "blaster/tell.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>

#include "blaster/hdr_log.h"
#include "blaster/html_report.h"
#include "blaster/summary.h"

namespace blaster {
namespace {

std::string local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M %Z", &parts);
  return text.data();
}

std::string this_machine() {
  utsname name{};
  uname(&name);
  return std::string(name.nodename) + " (" + name.sysname + " " + name.release + ")";
}

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file.fail()) return true;
  std::fprintf(stderr, "msrp-blaster: cannot write %s: %s\n", path.c_str(), std::strerror(errno));
  return false;
}

}  // namespace

Telling telling_of(const Options& options) {
  if (options.telling.quiet) return Telling::nothing;
  return isatty(STDERR_FILENO) == 1 ? Telling::live : Telling::lines;
}

bool write_files(const Options& options, const Scenario& scenario, const Outcome& outcome) {
  bool written = true;
  if (!options.telling.hdr.empty()) written = write_file(options.telling.hdr, hdr_percentiles(outcome.tally.latency));
  if (!options.telling.html.empty())
    written = write_file(options.telling.html, html_report(scenario, outcome, local_time(), this_machine())) && written;
  return written;
}

int tell(const Options& options, const Scenario& scenario, const Outcome& outcome) {
  if (options.telling.json) std::printf("%s\n", summary_json(scenario, outcome).c_str());
  if (!outcome.failure.empty()) {
    std::fprintf(stderr, "msrp-blaster: %s\n", outcome.failure.c_str());
    return 1;
  }
  if (!options.telling.json) std::fputs(summary_table(scenario, outcome).c_str(), stdout);
  return write_files(options, scenario, outcome) && outcome.is_good() ? 0 : 1;
}

}  // namespace blaster
