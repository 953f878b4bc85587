#include "admin/process.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
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

// How long ago: `ticks` is the moment in clock ticks since the machine was started.
system_clock::duration since(std::uint64_t ticks) {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  const double up = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  const double started = static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return std::chrono::duration_cast<system_clock::duration>(std::chrono::duration<double>(up - started));
}

// A process that is not dumpable may not list its own descriptors unless it is root's; kernels since 6.2 tell their number nevertheless.
std::uint64_t open_files() {
  std::uint64_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error); !error && at != std::filesystem::directory_iterator();
       at.increment(error)) {
    ++count;
  }
  if (count > 0) return count - 1;  // the one that looks
  struct stat folder{};
  return stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0 ? static_cast<std::uint64_t>(folder.st_size) : 0;
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
    process.started = system_clock::now() - since(std::stoull(fields[started]));
    process.virtual_octets = std::stoull(fields[virtual_octets]);
    process.resident_octets = std::stoull(fields[resident_pages]) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  process.open_files = open_files();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) process.open_files_max = limit.rlim_cur;
  return process;
}

}  // namespace admin
