#include "daemon/cpus.h"

#include <sched.h>

#include <algorithm>

namespace wiring {
namespace {

std::expected<CpuPlan, std::string> pinned(const std::vector<int>& cpus) {
  if (cpus.empty() || cpus.size() > cores_max) {
    return std::unexpected("relay.cores: between 1 and " + std::to_string(cores_max) + " cores, not " + std::to_string(cpus.size()));
  }
  return CpuPlan(cpus.begin(), cpus.end());
}

}  // namespace

std::expected<CpuPlan, std::string> plan_cpus(const config::Config& config, const std::vector<int>& usable) {
  if (const auto* number = std::get_if<std::size_t>(&config.cores)) {
    if (*number == 0 || *number > cores_max) return std::unexpected("relay.cores: between 1 and " + std::to_string(cores_max) + " cores");
    return CpuPlan(*number);
  }
  const auto* list = std::get_if<std::vector<int>>(&config.cores);
  if (list == nullptr) {
    return pinned(std::vector<int>(usable.begin(), usable.begin() + static_cast<std::ptrdiff_t>(std::min(usable.size(), cores_max))));
  }
  for (const int cpu : *list) {
    if (std::find(usable.begin(), usable.end(), cpu) != usable.end()) continue;
    std::string names;
    for (const int one : usable) names += (names.empty() ? "" : ", ") + std::to_string(one);
    return std::unexpected("relay.cores: CPU " + std::to_string(cpu) + " is not among those that this process may use (" + names + ")");
  }
  return pinned(*list);
}

std::vector<int> usable_cpus() {
  // Machines with more than 1024 CPUs need a larger set than cpu_set_t.
  constexpr std::size_t cpus_max = 8192;
  cpu_set_t* set = CPU_ALLOC(cpus_max);
  const std::size_t bytes = CPU_ALLOC_SIZE(cpus_max);
  CPU_ZERO_S(bytes, set);
  std::vector<int> usable;
  if (sched_getaffinity(0, bytes, set) == 0) {
    for (std::size_t cpu = 0; cpu < cpus_max; ++cpu) {
      if (CPU_ISSET_S(cpu, bytes, set)) usable.push_back(static_cast<int>(cpu));
    }
  }
  CPU_FREE(set);
  if (usable.empty()) usable.push_back(0);
  return usable;
}

}  // namespace wiring
