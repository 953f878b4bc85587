#include "blaster/summary.h"

#include <fmt/core.h>

#include <algorithm>

#include "blaster/units.h"
#include "blaster/verdict.h"

namespace blaster {
namespace {

double per_second(std::uint64_t count, double seconds) { return seconds > 0 ? static_cast<double>(count) / seconds : 0; }

// Of large frames the octets cost, of small ones the frames.
std::string cpu_line(const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  const bool bulk = tally.frames_delivered > 0 && tally.octets_delivered / tally.frames_delivered >= 16 * 1024;
  const auto one = [&](const char* who, double cpu_seconds) {
    const std::string cost = bulk ? fmt::format("{:.3f} ns an octet", cpu_seconds * 1e9 / static_cast<double>(tally.octets_delivered))
                                  : fmt::format("{:.2f} us a frame", outcome.us_per_frame(cpu_seconds));
    return fmt::format("{} {} ({:.2f} cores)", who, cost, outcome.seconds > 0 ? cpu_seconds / outcome.seconds : 0);
  };
  std::string text = one("blaster", outcome.own_cpu_seconds);
  if (outcome.watched_cpu_seconds) text += ", " + one("relay", *outcome.watched_cpu_seconds);
  return text;
}

std::string latency_line(const base::Histogram& latency) {
  return fmt::format("p50 {}  p99 {}  p99.9 {}  max {}", tell_latency(latency.percentile(50)), tell_latency(latency.percentile(99)),
                     tell_latency(latency.percentile(99.9)), tell_latency(latency.max()));
}

std::string churn_line(const base::Histogram& times, double seconds) {
  return fmt::format("{} ({:.0f}/s), p50 {}  p99 {}  max {}", tell_count(times.count()), per_second(times.count(), seconds),
                     tell_latency(times.percentile(50)), tell_latency(times.percentile(99)), tell_latency(times.max()));
}

}  // namespace

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
  if (!tally.churn_failure.empty()) text += fmt::format(" (churn: {})", tally.churn_failure);
  return text;
}

std::string summary_table(const Scenario& scenario, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  std::string text =
      fmt::format("{} {}, {}, window {}, {} {}, through {}\n", scenario.pairs, scenario.pairs == 1 ? "pair" : "pairs",
                  scenario.content.describe(), scenario.window, scenario.cores, scenario.cores == 1 ? "core" : "cores", route(scenario));
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
  if (scenario.sending.schedule != nullptr)
    row("open loop", fmt::format("{:.0f} messages/s asked for, {} messages were due, {} of them had no room to begin",
                                 scenario.sending.schedule->per_second(), tell_count(outcome.messages_due()),
                                 tell_count(outcome.messages_due() - std::min(outcome.messages_due(), tally.messages_begun))));
  row("latency", latency_line(tally.latency));
  if (tally.slow_latency.count() > 0) row("slow", latency_line(tally.slow_latency) + " (slow readers)");
  if (tally.sessions.count() > 0) row("sessions", churn_line(tally.sessions, outcome.seconds));
  if (tally.links.count() > 0) row("links", churn_line(tally.links, outcome.seconds));
  if (tally.auths.count() > 0) row("AUTHs", churn_line(tally.auths, outcome.seconds));
  if (scenario.sending.reports.success > 0) row("reports", fmt::format("{} of success", tell_count(tally.success_reports)));
  row("CPU", cpu_line(outcome));
  if (scenario.content.is_file()) {
    row("SHA-256", outcome.sent_sha256 + " sent");
    row("", outcome.received_sha256 + (outcome.sent_sha256 == outcome.received_sha256 ? " received: equal" : " received: DIFFERENT"));
  }
  row("errors", faults_line(outcome));
  if (const std::string limit = judge(scenario, outcome).limit; !limit.empty()) row("limit", limit);
  return text;
}

}  // namespace blaster
