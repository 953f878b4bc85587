#include "admin/status.h"

#include <nlohmann/json.hpp>

namespace admin {
namespace {

using nlohmann::json;

std::int64_t unix_milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

json histogram(const relay::Histogram& from) {
  json bounds = json::array();
  for (std::size_t i = 0; i < relay::Histogram::bounds; ++i) {
    bounds.push_back(std::chrono::duration<double>(relay::Histogram::bound(i)).count());
  }
  return {{"bounds_s", std::move(bounds)}, {"counts", from.counts}, {"sum_s", static_cast<double>(from.sum_ns) / 1e9}};
}

json responses(const relay::ResponseCounters& from) {
  json codes = json::object();
  for (std::size_t i = 0; i < from.counts.size(); ++i) {
    if (from.counts[i] == 0) continue;
    codes[i < relay::ResponseCounters::codes.size() ? std::to_string(relay::ResponseCounters::codes[i]) : "other"] = from.counts[i];
  }
  return codes;
}

const char* word(control::LogLevel level) { return level == control::LogLevel::error ? "error" : "warning"; }

// Octets of a peer may stand in names and faults: what is no UTF-8 is replaced.
std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string info_json(const Figures& figures) {
  return text_of({{"program", "msrp-relay"},
                  {"version", figures.version},
                  {"name", figures.name},
                  {"kernel", figures.kernel},
                  {"cores", figures.cores.size()},
                  {"started_ms", unix_milliseconds(figures.process.started)}});
}

std::string status_json(const Figures& figures) {
  json counters = json::object();
  figures.sum.each([&](std::string_view name, std::string_view meaning, std::uint64_t value) {
    counters[std::string(name)] = {{"value", value}, {"meaning", meaning}};
  });
  json cores = json::array();
  for (const Figures::Core& core : figures.cores) {
    cores.push_back({{"answers", core.answers},
                     {"links", core.links},
                     {"sessions", core.sessions},
                     {"turns", core.turns},
                     {"stalls", core.stalls},
                     {"busy_s", core.busy_s}});
  }
  json listeners = json::array();
  for (const Figures::Listener& listener : figures.listeners) {
    const relay::ListenerCounters& from = listener.counters;
    listeners.push_back({{"name", listener.name},
                         {"links", from.links},
                         {"links_accepted", from.links_accepted},
                         {"frames_in", from.frames_in},
                         {"octets_in", from.octets_in},
                         {"octets_out", from.octets_out}});
  }
  json rules = json::array();
  for (const Figures::Rule& rule : figures.rules) rules.push_back({{"name", rule.name}, {"action", rule.action}, {"hits", rule.hits}});
  json certificates = json::array();
  for (const Figures::Certificate& certificate : figures.certificates) {
    certificates.push_back({{"file", certificate.file}, {"not_after_ms", unix_milliseconds(certificate.not_after)}});
  }
  json faults = json::array();
  for (const control::Log::Fault& fault : figures.faults) {
    faults.push_back({{"at_ms", unix_milliseconds(fault.at)}, {"level", word(fault.level)}, {"text", fault.text}});
  }
  const relay::Gauges& held = figures.held;
  const json limits =
      json::array({{{"name", "links"}, {"now", figures.sum.links}, {"most", held.links_max}},
                   {{"name", "sessions"}, {"now", figures.sum.sessions}, {"most", held.sessions_max}},
                   {{"name", "core_buffer (octets)"}, {"now", held.buffer_octets}, {"most", held.buffer_octets_max}},
                   {{"name", "receive buffers"}, {"now", held.receive_buffers}, {"most", held.receive_buffers_max}},
                   {{"name", "open files"}, {"now", figures.process.open_files}, {"most", figures.process.open_files_max}}});
  return text_of({{"version", figures.version},
                  {"name", figures.name},
                  {"ready", figures.ready},
                  {"now_ms", unix_milliseconds(figures.now)},
                  {"started_ms", unix_milliseconds(figures.process.started)},
                  {"cpu_s", figures.process.cpu_s},
                  {"resident_octets", figures.process.resident_octets},
                  {"counters", std::move(counters)},
                  {"responses_sent", responses(figures.sum.responses_out)},
                  {"responses_received", responses(figures.sum.responses_to_us)},
                  {"turn_time", histogram(figures.sum.turn_time)},
                  {"answer_time", histogram(figures.sum.answer_time)},
                  {"cores", std::move(cores)},
                  {"listeners", std::move(listeners)},
                  {"limits", limits},
                  {"rules", std::move(rules)},
                  {"certificates", std::move(certificates)},
                  {"faults", std::move(faults)}});
}

}  // namespace admin
