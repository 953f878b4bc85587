#pragma once
// Which cores this relay runs. Pure but for usable_cpus().
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace wiring {

// One entry per core: the CPU it is pinned to, or nothing where the scheduler chooses.
using CpuPlan = std::vector<std::optional<int>>;

// 256 shards, so no more than that many cores.
constexpr std::size_t cores_max = 256;

// "all": one core pinned to each usable CPU. A number: as many, not pinned. A list: pinned to those, which must be usable. Else the reason
// why not.
std::expected<CpuPlan, std::string> plan_cpus(const config::Config& config, const std::vector<int>& usable);

// The CPUs that this process may run on, ascending.
std::vector<int> usable_cpus();

}  // namespace wiring
