#include "blaster/processes.h"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace blaster {
namespace {

std::optional<std::string> contents(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::optional<std::uint64_t> ticks_with_children(int process) {
  const std::string folder = "/proc/" + std::to_string(process);
  const auto stat = contents(folder + "/stat");
  auto ticks = stat ? ticks_of_stat(*stat) : std::nullopt;
  if (!ticks) return std::nullopt;
  std::ifstream children(folder + "/task/" + std::to_string(process) + "/children");
  for (int child = 0; children >> child;) *ticks += ticks_with_children(child).value_or(0);
  return ticks;
}

}  // namespace

std::optional<std::uint64_t> ticks_of_stat(std::string_view line) {
  const std::size_t name_end = line.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  // Behind the name come the fields 3, 4, ...; utime and stime are 14 and 15 (proc(5)).
  std::uint64_t sum = 0;
  std::size_t at = name_end + 2;
  for (int field = 3; field <= 15; ++field) {
    const std::size_t end = line.find(' ', at);
    if (end == std::string_view::npos) return std::nullopt;
    if (field >= 14) {
      std::uint64_t ticks = 0;
      if (std::from_chars(line.data() + at, line.data() + end, ticks).ptr != line.data() + end) return std::nullopt;
      sum += ticks;
    }
    at = end + 1;
  }
  return sum;
}

std::optional<std::uint64_t> resident_octets(std::span<const int> processes) {
  std::uint64_t pages_in_all = 0;
  for (const int process : processes) {
    std::ifstream statm("/proc/" + std::to_string(process) + "/statm");
    std::uint64_t size = 0, resident = 0;
    if (!(statm >> size >> resident)) return std::nullopt;
    pages_in_all += resident;
  }
  return pages_in_all * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> cpu_time_ns(std::span<const int> processes) {
  const auto ticks_per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  std::uint64_t ticks = 0;
  for (const int process : processes) {
    const auto own = ticks_with_children(process);
    if (!own) return std::nullopt;
    ticks += *own;
  }
  return ticks * (1'000'000'000 / ticks_per_second);
}

}  // namespace blaster
