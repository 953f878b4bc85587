#include "blaster/verdict.h"

#include <fmt/core.h>

#include "blaster/units.h"

namespace blaster {
namespace {

// A thread that is busy for so much of the time has no room for more.
constexpr double busy = 0.9;
// Later than this, one in a hundred, is no open loop any more.
constexpr std::uint64_t late_ns = 10'000'000;

}  // namespace

Verdict judge(const Scenario& scenario, const Outcome& outcome) {
  Verdict verdict;
  verdict.good = outcome.is_good();
  if (outcome.seconds <= 0) return verdict;
  verdict.own_busy = outcome.own_cpu_seconds / outcome.seconds / scenario.cores;
  const char* const cores = scenario.cores == 1 ? "core is" : "cores are";
  const std::uint64_t lag = outcome.tally.lag.percentile(99);
  if (verdict.own_busy >= busy) {
    verdict.generator_is_limit = true;
    verdict.limit =
        fmt::format("the generator is the limit: its {} {:.0f} % busy (give it more with --cores)", cores, 100 * verdict.own_busy);
    if (outcome.watched_cpu_seconds)
      verdict.limit += fmt::format("; the relay uses {:.2f} cores", *outcome.watched_cpu_seconds / outcome.seconds);
  } else if (lag > late_ns) {
    verdict.generator_is_limit = true;
    verdict.limit = fmt::format(
        "the generator is the limit: it sent 1 % of the messages more than {} late, though its {} only {:.0f} % busy: "
        "something else takes its CPU",
        tell_latency(lag), cores, 100 * verdict.own_busy);
  } else if (scenario.sending.schedule == nullptr && outcome.watched_cpu_seconds) {
    verdict.limit = fmt::format("the generator has room: its {} {:.0f} % busy", cores, 100 * verdict.own_busy);
  }
  return verdict;
}

}  // namespace blaster
