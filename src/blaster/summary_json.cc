#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "blaster/summary.h"
#include "blaster/verdict.h"

namespace blaster {
namespace {

using Json = nlohmann::ordered_json;

double per_second(std::uint64_t count, double seconds) { return seconds > 0 ? static_cast<double>(count) / seconds : 0; }
double seconds_of(base::Duration duration) { return std::chrono::duration<double>(duration).count(); }

Json latency(const base::Histogram& histogram) {
  const auto us = [](std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; };
  Json json = {{"count", histogram.count()}, {"min", us(histogram.min())}, {"mean", histogram.mean() / 1e3}, {"max", us(histogram.max())}};
  for (const auto& [name, percent] :
       {std::pair{"p50", 50.0}, std::pair{"p90", 90.0}, std::pair{"p99", 99.0}, std::pair{"p99.9", 99.9}, std::pair{"p99.99", 99.99}})
    json[name] = us(histogram.percentile(percent));
  return json;
}

Json scenario_of(const Scenario& scenario) {
  const ReportMix& reports = scenario.sending.reports;
  Json json = {{"pairs", scenario.pairs},
               {"window", scenario.window},
               {"size", scenario.content.size()},
               {"content", scenario.content.describe()},
               {"chunk", scenario.sending.chunk},
               {"known_range", scenario.sending.known_range},
               {"cores", scenario.cores},
               {"route", route(scenario)},
               {"tls", scenario.sender.tls.has_value()},
               {"file", scenario.content.is_file()},
               {"rate", nullptr},
               {"ramp_seconds", seconds_of(scenario.ramp)},
               {"reports", {{"success", reports.success}, {"no", reports.failure_no}, {"partial", reports.failure_partial}}},
               {"slow_readers", scenario.slow_readers},
               {"idle_sessions", scenario.background.idle_sessions},
               {"session_churn", scenario.background.session_churn},
               {"link_churn", scenario.background.link_churn},
               {"auth_rate", scenario.background.auth_rate}};
  if (scenario.sending.schedule != nullptr) json["rate"] = scenario.sending.schedule->per_second();
  return json;
}

Json cpu(const Outcome& outcome) {
  Json json = {{"blaster_seconds", outcome.own_cpu_seconds}, {"blaster_us_per_frame", outcome.us_per_frame(outcome.own_cpu_seconds)}};
  if (outcome.watched_cpu_seconds) {
    json["relay_seconds"] = *outcome.watched_cpu_seconds;
    json["relay_us_per_frame"] = outcome.us_per_frame(*outcome.watched_cpu_seconds);
  }
  return json;
}

Json timeline(const Outcome& outcome) {
  Json all = Json::array();
  for (const Sample& sample : outcome.timeline) {
    Json one = {{"seconds", sample.seconds},
                {"frames_per_second", sample.frames_per_second},
                {"octets_per_second", sample.octets_per_second},
                {"p50_us", static_cast<double>(sample.p50) / 1e3},
                {"p99_us", static_cast<double>(sample.p99) / 1e3},
                {"errors", sample.faults},
                {"blaster_cores", sample.own_cores}};
    if (sample.relay_cores) one["relay_cores"] = *sample.relay_cores;
    if (sample.relay_memory) one["relay_memory"] = *sample.relay_memory;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::string summary_json(const Scenario& scenario, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  Json json;
  json["good"] = outcome.is_good();
  if (!outcome.failure.empty()) {
    json["failure"] = outcome.failure;
    return json.dump();
  }
  const Verdict verdict = judge(scenario, outcome);
  json["scenario"] = scenario_of(scenario);
  json["interrupted"] = outcome.interrupted;
  json["generator"] = {{"is_the_limit", verdict.generator_is_limit}, {"busy", verdict.own_busy}, {"limit", verdict.limit}};
  json["set_up_seconds"] = outcome.set_up_seconds;
  json["seconds"] = outcome.seconds;
  json["messages"] = {{"sent", tally.messages_begun}, {"delivered", tally.messages_delivered}, {"done", tally.messages_done}};
  if (scenario.sending.schedule != nullptr) {
    json["messages"]["due"] = outcome.messages_due();
    json["lag_us"] = latency(tally.lag);
  }
  json["frames"] = {{"sent", tally.frames_sent}, {"delivered", tally.frames_delivered}, {"per_second", outcome.frames_per_second()}};
  json["octets"] = {{"delivered", tally.octets_delivered}, {"per_second", per_second(tally.octets_delivered, outcome.seconds)}};
  json["success_reports"] = tally.success_reports;
  json["latency_us"] = latency(tally.latency);
  if (scenario.slow_readers > 0) json["slow_latency_us"] = latency(tally.slow_latency);
  if (scenario.background.session_churn > 0) json["sessions_us"] = latency(tally.sessions);
  if (scenario.background.link_churn > 0) json["links_us"] = latency(tally.links);
  if (scenario.background.auth_rate > 0) json["auths_us"] = latency(tally.auths);
  json["cpu"] = cpu(outcome);
  if (scenario.content.is_file()) json["sha256"] = {{"sent", outcome.sent_sha256}, {"received", outcome.received_sha256}};
  json["errors"] = Json::object();
  for (std::size_t i = 0; i < fault_kinds; ++i) json["errors"][describe(static_cast<Fault>(i))] = tally.faults[i];
  json["last_refusal"] = tally.last_refusal;
  if (!tally.churn_failure.empty()) json["churn_failure"] = tally.churn_failure;
  json["timeline"] = timeline(outcome);
  return json.dump();
}

}  // namespace blaster
