#include "blaster/summary.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "blaster/units.h"

namespace blaster {
namespace {

double per_second(std::uint64_t count, double seconds) { return seconds > 0 ? static_cast<double>(count) / seconds : 0; }

double microseconds_per_frame(double cpu_seconds, const Outcome& outcome) {
  return outcome.tally.frames_delivered > 0 ? cpu_seconds * 1e6 / static_cast<double>(outcome.tally.frames_delivered) : 0;
}

std::string route(const Scenario& scenario) {
  std::string text = scenario.sender.relay.to_string() + (scenario.sender.tls ? " (TLS)" : "");
  if (scenario.listen) return text + " (forwarder) to " + scenario.listen->to_string();
  if (scenario.receiver.relay != scenario.sender.relay)
    text += " and " + scenario.receiver.relay.to_string() + (scenario.receiver.tls ? " (TLS)" : "");
  return text;
}

std::string faults_line(const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  if (tally.faults_in_all() == 0) return "none";
  std::string text;
  for (std::size_t i = 0; i < fault_kinds; ++i) {
    if (tally.faults[i] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", describe(static_cast<Fault>(i)), tell_count(tally.faults[i]));
  }
  if (tally.last_refusal != 0) text += fmt::format(" (last status {})", tally.last_refusal);
  return text;
}

// Of large frames the octets cost, of small ones the frames.
std::string cpu_line(const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  const bool bulk = tally.frames_delivered > 0 && tally.octets_delivered / tally.frames_delivered >= 16 * 1024;
  const auto one = [&](const char* who, double cpu_seconds) {
    const std::string cost = bulk ? fmt::format("{:.3f} ns an octet", cpu_seconds * 1e9 / static_cast<double>(tally.octets_delivered))
                                  : fmt::format("{:.2f} us a frame", microseconds_per_frame(cpu_seconds, outcome));
    return fmt::format("{} {} ({:.2f} cores)", who, cost, outcome.seconds > 0 ? cpu_seconds / outcome.seconds : 0);
  };
  std::string text = one("blaster", outcome.own_cpu_seconds);
  if (outcome.watched_cpu_seconds) text += ", " + one("relay", *outcome.watched_cpu_seconds);
  return text;
}

}  // namespace

std::string summary_table(const Scenario& scenario, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  const base::Histogram& latency = tally.latency;
  std::string text = fmt::format("{} {}, {}, window {}, {} {}, through {}\n", scenario.pairs, scenario.pairs == 1 ? "pair" : "pairs",
                                 tell_size(scenario.content.size()), scenario.window, scenario.cores,
                                 scenario.cores == 1 ? "core" : "cores", route(scenario));
  const auto row = [&](const char* name, const std::string& value) { text += fmt::format("  {:<10} {}\n", name, value); };
  row("set up", fmt::format("{} ({} AUTHs/s)", tell_seconds(outcome.set_up_seconds),
                            tell_count(static_cast<std::uint64_t>(per_second((scenario.sender.account ? 1U : 0U) * scenario.pairs +
                                                                                 (scenario.receiver.account ? 1U : 0U) * scenario.pairs,
                                                                             outcome.set_up_seconds)))));
  row("messages", fmt::format("{} sent, {} delivered whole, {} of them answered, in {}", tell_count(tally.messages_begun),
                              tell_count(tally.messages_delivered), tell_count(tally.messages_done), tell_seconds(outcome.seconds)));
  row("frames", fmt::format("{} delivered, {}/s", tell_count(tally.frames_delivered),
                            tell_count(static_cast<std::uint64_t>(per_second(tally.frames_delivered, outcome.seconds)))));
  row("octets", fmt::format("{:.1f} MB, {:.1f} MB/s", static_cast<double>(tally.octets_delivered) / 1e6,
                            per_second(tally.octets_delivered, outcome.seconds) / 1e6));
  row("latency", fmt::format("p50 {}  p99 {}  p99.9 {}  max {}", tell_latency(latency.percentile(50)), tell_latency(latency.percentile(99)),
                             tell_latency(latency.percentile(99.9)), tell_latency(latency.max())));
  if (scenario.sending.success_report) row("reports", fmt::format("{} of success", tell_count(tally.success_reports)));
  row("CPU", cpu_line(outcome));
  if (scenario.content.is_file()) {
    row("SHA-256", outcome.sent_sha256 + " sent");
    row("", outcome.received_sha256 + (outcome.sent_sha256 == outcome.received_sha256 ? " received: equal" : " received: DIFFERENT"));
  }
  row("errors", faults_line(outcome));
  return text;
}

std::string summary_json(const Scenario& scenario, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  nlohmann::ordered_json json;
  json["good"] = outcome.is_good();
  if (!outcome.failure.empty()) {
    json["failure"] = outcome.failure;
    return json.dump();
  }
  json["scenario"] = {{"pairs", scenario.pairs},
                      {"window", scenario.window},
                      {"size", scenario.content.size()},
                      {"chunk", scenario.sending.chunk},
                      {"cores", scenario.cores},
                      {"route", route(scenario)},
                      {"tls", scenario.sender.tls.has_value()},
                      {"file", scenario.content.is_file()}};
  json["interrupted"] = outcome.interrupted;
  json["set_up_seconds"] = outcome.set_up_seconds;
  json["seconds"] = outcome.seconds;
  json["messages"] = {{"sent", tally.messages_begun}, {"delivered", tally.messages_delivered}, {"done", tally.messages_done}};
  json["frames"] = {{"sent", tally.frames_sent},
                    {"delivered", tally.frames_delivered},
                    {"per_second", per_second(tally.frames_delivered, outcome.seconds)}};
  json["octets"] = {{"delivered", tally.octets_delivered}, {"per_second", per_second(tally.octets_delivered, outcome.seconds)}};
  json["success_reports"] = tally.success_reports;
  json["latency_us"] = {{"min", static_cast<double>(tally.latency.min()) / 1e3},
                        {"mean", tally.latency.mean() / 1e3},
                        {"max", static_cast<double>(tally.latency.max()) / 1e3}};
  for (const auto& [name, percent] :
       {std::pair{"p50", 50.0}, std::pair{"p90", 90.0}, std::pair{"p99", 99.0}, std::pair{"p99.9", 99.9}, std::pair{"p99.99", 99.99}})
    json["latency_us"][name] = static_cast<double>(tally.latency.percentile(percent)) / 1e3;
  json["cpu"]["blaster_seconds"] = outcome.own_cpu_seconds;
  json["cpu"]["blaster_us_per_frame"] = microseconds_per_frame(outcome.own_cpu_seconds, outcome);
  if (outcome.watched_cpu_seconds) {
    json["cpu"]["relay_seconds"] = *outcome.watched_cpu_seconds;
    json["cpu"]["relay_us_per_frame"] = microseconds_per_frame(*outcome.watched_cpu_seconds, outcome);
  }
  if (scenario.content.is_file()) json["sha256"] = {{"sent", outcome.sent_sha256}, {"received", outcome.received_sha256}};
  json["errors"] = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < fault_kinds; ++i) json["errors"][describe(static_cast<Fault>(i))] = tally.faults[i];
  json["last_refusal"] = tally.last_refusal;
  return json.dump();
}

}  // namespace blaster
