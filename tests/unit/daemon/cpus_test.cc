#include "daemon/cpus.h"

#include <catch2/catch_test_macros.hpp>

using wiring::CpuPlan;
using wiring::plan_cpus;

namespace {

config::Config with_cores(decltype(config::Config::cores) cores) {
  config::Config config;
  config.cores = std::move(cores);
  return config;
}

}  // namespace

TEST_CASE("all: a core pinned to each usable CPU") {
  CHECK(plan_cpus(with_cores({}), {2, 3, 7}) == CpuPlan{2, 3, 7});
  std::vector<int> many(300);
  for (int cpu = 0; cpu < 300; ++cpu) many[static_cast<std::size_t>(cpu)] = cpu;
  CHECK(plan_cpus(with_cores({}), many)->size() == wiring::cores_max);
}

TEST_CASE("a number: as many, where the scheduler likes") {
  CHECK(plan_cpus(with_cores(std::size_t{3}), {0, 1}) == CpuPlan{std::nullopt, std::nullopt, std::nullopt});
  CHECK(!plan_cpus(with_cores(std::size_t{0}), {0, 1}));
  CHECK(!plan_cpus(with_cores(std::size_t{257}), {0, 1}));
}

TEST_CASE("a list: pinned to those, which must be usable") {
  CHECK(plan_cpus(with_cores(std::vector{3, 1}), {0, 1, 2, 3}) == CpuPlan{3, 1});
  const auto refused = plan_cpus(with_cores(std::vector{0, 9}), {0, 1});
  REQUIRE(!refused);
  CHECK(refused.error() == "relay.cores: CPU 9 is not among those that this process may use (0, 1)");
  CHECK(!plan_cpus(with_cores(std::vector<int>{}), {0, 1}));
}

TEST_CASE("this process may run somewhere") { CHECK(!wiring::usable_cpus().empty()); }
