#include "blaster/find_max.h"

#include <fmt/core.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "blaster/run.h"
#include "blaster/search.h"
#include "blaster/summary.h"
#include "blaster/tell.h"
#include "blaster/units.h"
#include "blaster/verdict.h"

namespace blaster {
namespace {

// So many of the messages that were due must have begun, else the rate was not offered.
constexpr double kept_up = 0.99;

struct Try {
  double rate = 0;
  bool held = false;
  std::string why;  // it did not
  Resolved resolved;
  Outcome outcome;
  Verdict verdict;
};

std::string reason_against(const Outcome& outcome, base::Duration bound) {
  if (!outcome.is_good()) return faults_line(outcome);
  const std::uint64_t p99 = outcome.tally.latency.percentile(99);
  if (p99 > static_cast<std::uint64_t>(bound.count())) return "p99 is above the bound";
  const auto due = static_cast<double>(outcome.messages_due());
  if (static_cast<double>(outcome.tally.messages_begun) < kept_up * due) return "not all could begin";
  return {};
}

class Search {
 public:
  explicit Search(const Options& options) : options_(options) {}

  int run() {
    const auto guess = probe();
    if (!guess) return exit_;
    RateSearch search(*guess);
    while (!search.is_over()) {
      auto tried = attempt(search.next());
      // Once is chance: on a busy machine a single run fails now and then.
      if (tried && !tried->held && !tried->outcome.interrupted) tried = attempt(search.next());
      if (!tried) return exit_;
      if (tried->outcome.interrupted) break;
      search.tell(tried->held);
      if (!tried->held) limited_by_generator_ = tried->verdict.generator_is_limit;
      if (tried->held) best_ = std::move(tried);
    }
    return tell_result();
  }

 private:
  // One run; nullopt: it could not begin, which is said.
  std::optional<Try> go(std::optional<double> rate) {
    Options now = options_;
    now.rate = rate;
    now.duration = options_.step;
    auto resolved = resolve(now);
    if (!resolved) {
      std::fprintf(stderr, "msrp-blaster: %s\n", resolved.error().c_str());
      exit_ = 2;
      return std::nullopt;
    }
    Try one{.rate = rate.value_or(0), .held = false, .why = {}, .resolved = *std::move(resolved), .outcome = {}, .verdict = {}};
    const Telling telling = telling_of(options_);
    one.outcome = blaster::run(one.resolved.scenario, telling == Telling::live ? telling : Telling::nothing);
    if (!one.outcome.failure.empty()) {
      std::fprintf(stderr, "msrp-blaster: %s\n", one.outcome.failure.c_str());
      exit_ = 1;
      return std::nullopt;
    }
    one.verdict = judge(one.resolved.scenario, one.outcome);
    return one;
  }

  void say(const std::string& line) const {
    if (!options_.telling.quiet) std::fprintf(stderr, "  %s\n", line.c_str());
  }

  // What a closed loop carries is near what an open one can.
  std::optional<double> probe() {
    const auto one = go(std::nullopt);
    if (!one) return std::nullopt;
    if (one->outcome.seconds <= 0 || one->outcome.tally.messages_done == 0) {
      std::fprintf(stderr, "msrp-blaster: nothing arrived: %s\n", faults_line(one->outcome).c_str());
      exit_ = 1;
      return std::nullopt;
    }
    const double rate = static_cast<double>(one->outcome.tally.messages_done) / one->outcome.seconds;
    say(fmt::format("closed loop {:>12} messages/s  p99 {}", tell_count(static_cast<std::uint64_t>(rate)),
                    tell_latency(one->outcome.tally.latency.percentile(99))));
    return rate;
  }

  std::optional<Try> attempt(double rate) {
    auto one = go(rate);
    if (!one) return std::nullopt;
    one->why = reason_against(one->outcome, options_.p99);
    one->held = one->why.empty();
    const std::uint64_t p99 = one->outcome.tally.latency.percentile(99);
    say(fmt::format("try         {:>12} messages/s  p99 {:<9} {}", tell_count(static_cast<std::uint64_t>(rate)), tell_latency(p99),
                    one->held ? "holds" : "fails: " + one->why));
    tries_.push_back({{"rate", rate}, {"p99_us", static_cast<double>(p99) / 1e3}, {"held", one->held}, {"why", one->why}});
    return one;
  }

  int tell_result() const {
    if (!best_) {
      if (options_.telling.json) std::printf("%s\n", json({}).c_str());
      std::fprintf(stderr, "msrp-blaster: no rate holds p99 within %s\n",
                   tell_latency(static_cast<std::uint64_t>(options_.p99.count())).c_str());
      return 1;
    }
    const Scenario& scenario = best_->resolved.scenario;
    if (options_.telling.json)
      std::printf("%s\n", json(summary_json(scenario, best_->outcome)).c_str());
    else
      std::printf("highest rate with p99 within %s: %s messages/s%s\n\n%s",
                  tell_latency(static_cast<std::uint64_t>(options_.p99.count())).c_str(),
                  tell_count(static_cast<std::uint64_t>(best_->rate)).c_str(),
                  limited_by_generator_ ? " (beyond it the generator is the limit: the relay may hold more)" : "",
                  summary_table(scenario, best_->outcome).c_str());
    return write_files(options_, scenario, best_->outcome) ? 0 : 1;
  }

  std::string json(const std::string& best_run) const {
    nlohmann::ordered_json all;
    all["good"] = best_.has_value();
    all["find_max"] = {{"bound_us", static_cast<double>(options_.p99.count()) / 1e3},
                       {"rate", best_ ? best_->rate : 0},
                       {"generator_is_the_limit", limited_by_generator_},
                       {"tries", tries_}};
    if (!best_run.empty()) all["run"] = nlohmann::ordered_json::parse(best_run);
    return all.dump();
  }

  const Options& options_;
  nlohmann::ordered_json tries_ = nlohmann::ordered_json::array();
  std::optional<Try> best_;
  bool limited_by_generator_ = false;
  int exit_ = 1;
};

}  // namespace

int find_max(const Options& options) { return Search(options).run(); }

}  // namespace blaster
