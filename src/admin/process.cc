#include "admin/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace admin {
namespace {

using std::chrono::system_clock;

// Fields of /proc/self/stat behind the name, which may contain anything: field 3 is [0].
std::vector<std::string> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t end = line.rfind(')');
  std::vector<std::string> fields;
  if (end == std::string::npos) return fields;
  std::istringstream rest(line.substr(end + 1));
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

// When the machine was started, in seconds since 1970.
std::uint64_t boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    std::uint64_t seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

}  // namespace

Figures::Process read_process() {
  Figures::Process process;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    process.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  constexpr std::size_t started = 19, virtual_octets = 20, resident_pages = 21;  // fields 22 to 24
  const std::vector<std::string> fields = stat_fields();
  if (fields.size() > resident_pages) {
    const double ticks = static_cast<double>(std::stoull(fields[started])) / static_cast<double>(sysconf(_SC_CLK_TCK));
    process.started = system_clock::time_point(
        std::chrono::duration_cast<system_clock::duration>(std::chrono::duration<double>(static_cast<double>(boot_time()) + ticks)));
    process.virtual_octets = std::stoull(fields[virtual_octets]);
    process.resident_octets = std::stoull(fields[resident_pages]) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error); !error && at != std::filesystem::directory_iterator();
       at.increment(error)) {
    ++process.open_files;
  }
  if (process.open_files > 0) --process.open_files;  // the one that looks
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) process.open_files_max = limit.rlim_cur;
  return process;
}

}  // namespace admin
