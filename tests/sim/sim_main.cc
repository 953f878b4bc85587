// sim-relay: the whole relay on virtual time, one seed after the other. A failure prints the seed that replays it.
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "scenarios.h"

namespace {

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 1000;
  double seconds = 0;  // 0: no limit by time
  std::string scenario;
  bool verbose = false;
  bool expect_failure = false;
  bool list = false;
};

constexpr const char* usage =
    "sim-relay [--seeds N] [--first S] [--seed S] [--seconds T] [--scenario NAME] [--verbose] [--list] [--expect-failure]\n"
    "Plays every scenario in turn, one seed each. SIM_SEEDS and SIM_SECONDS are defaults of --seeds and --seconds.\n"
    "--expect-failure: exits 0 when a seed fails, 1 when all pass (for relays with a planted bug).\n";

// What a CHECK that aborts prints at last: known before the run begins.
char replay[256];
bool aborting_is_expected = false;

void on_abort(int) {
  const ssize_t ignored = write(STDOUT_FILENO, replay, std::strlen(replay));
  static_cast<void>(ignored);
  _exit(aborting_is_expected ? 0 : 1);
}

bool read_options(int count, char** words, Options& options) {
  if (const char* seeds = std::getenv("SIM_SEEDS")) options.seeds = std::strtoull(seeds, nullptr, 10);
  if (const char* time = std::getenv("SIM_SECONDS")) {
    options.seconds = std::strtod(time, nullptr);
    options.seeds = UINT64_MAX;
  }
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&]() -> const char* { return i + 1 < count ? words[++i] : "0"; };
    if (word == "--seeds") {
      options.seeds = std::strtoull(value(), nullptr, 10);
    } else if (word == "--first") {
      options.first = std::strtoull(value(), nullptr, 10);
    } else if (word == "--seed") {
      options.first = std::strtoull(value(), nullptr, 10);
      options.seeds = 1;
    } else if (word == "--seconds") {
      options.seconds = std::strtod(value(), nullptr);
    } else if (word == "--scenario") {
      options.scenario = value();
    } else if (word == "--verbose") {
      options.verbose = true;
    } else if (word == "--expect-failure") {
      options.expect_failure = true;
    } else if (word == "--list") {
      options.list = true;
    } else {
      return false;
    }
  }
  return true;
}

// Empty: all was as it should be.
std::string play(const sim::Scenario& scenario, std::uint64_t seed, bool verbose) {
  ring::SimRandom random(seed);
  sim::WorldOptions options;
  scenario.options(options, random);
  sim::World world(seed, std::move(options), verbose);
  scenario.play(world);
  return world.fault();
}

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!read_options(count, words, options)) {
    std::fputs(usage, stderr);
    return 2;
  }
  const auto all = sim::scenarios();
  if (options.list) {
    for (const sim::Scenario& scenario : all) {
      std::printf("%-13.*s %.*s\n", static_cast<int>(scenario.name.size()), scenario.name.data(), static_cast<int>(scenario.meaning.size()),
                  scenario.meaning.data());
    }
    return 0;
  }
  std::signal(SIGABRT, on_abort);
  aborting_is_expected = options.expect_failure;
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  std::uint64_t played = 0;
  double told = 0;
  for (std::uint64_t seed = options.first; played < options.seeds && (options.seconds == 0 || elapsed() < options.seconds); ++seed) {
    const sim::Scenario* scenario = &all[seed % all.size()];
    if (!options.scenario.empty()) {
      const auto found =
          std::find_if(all.begin(), all.end(), [&](const sim::Scenario& candidate) { return candidate.name == options.scenario; });
      if (found == all.end()) {
        std::fprintf(stderr, "no scenario %s; --list tells them\n", options.scenario.c_str());
        return 2;
      }
      scenario = &*found;
    }
    const std::string name(scenario->name);
    std::snprintf(replay, sizeof replay, "FAILED scenario %s; replay: sim-relay --scenario %s --seed %llu --verbose\n", name.c_str(),
                  name.c_str(), static_cast<unsigned long long>(seed));
    const std::string fault = play(*scenario, seed, options.verbose);
    ++played;
    if (!fault.empty()) {
      std::printf("%s\n%s", fault.c_str(), replay);
      return options.expect_failure ? 0 : 1;
    }
    if (elapsed() - told > 20) {
      told = elapsed();
      std::printf("%llu seeds, %.0f s\n", static_cast<unsigned long long>(played), told);
      std::fflush(stdout);
    }
  }
  std::printf("%llu seeds from %llu passed in %.1f s\n", static_cast<unsigned long long>(played),
              static_cast<unsigned long long>(options.first), elapsed());
  return options.expect_failure ? 1 : 0;
}
