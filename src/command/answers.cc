#include "command/answers.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "config/keys.h"

namespace command {
namespace {

using nlohmann::json;

std::int64_t unix_milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// What of a limit can be told besides its value.
struct Use {
  std::string_view limit;
  std::uint64_t (*now)(const admin::Figures& figures);   // nullptr: not counted, as all of the following
  std::uint64_t (*most)(const admin::Figures& figures);  // of the whole relay
  std::uint64_t relay::Counters::* reached;
};
constexpr std::array uses{
    Use{"links", [](const admin::Figures& figures) { return figures.sum.links; },
        [](const admin::Figures& figures) { return figures.held.links_max; }, &relay::Counters::links_refused},
    Use{"links_per_address", nullptr, nullptr, &relay::Counters::links_refused},
    Use{"sessions", [](const admin::Figures& figures) { return figures.sum.sessions; },
        [](const admin::Figures& figures) { return figures.held.sessions_max; }, &relay::Counters::sessions_refused},
    Use{"sessions_per_link", nullptr, nullptr, &relay::Counters::sessions_refused},
    Use{"sessions_per_user", nullptr, nullptr, &relay::Counters::sessions_refused},
    Use{"session_buffer", nullptr, nullptr, &relay::Counters::sources_paused},
    Use{"link_output", nullptr, nullptr, &relay::Counters::sources_paused},
    Use{"core_buffer", [](const admin::Figures& figures) { return figures.held.buffer_octets; },
        [](const admin::Figures& figures) { return figures.held.buffer_octets_max; }, &relay::Counters::pool_exhausted},
    Use{"transactions_per_link", nullptr, nullptr, &relay::Counters::transactions_full},
};

std::string state_of(const admin::Figures& figures) { return figures.ready ? "ready" : figures.draining ? "draining" : "stopping"; }

json cores_of(const admin::Figures& figures) {
  json cores = json::array();
  for (const admin::Figures::Core& core : figures.cores) {
    cores.push_back({{"answers", core.answers},
                     {"links", core.links},
                     {"sessions", core.sessions},
                     {"turns", core.turns},
                     {"stalls", core.stalls},
                     {"busy_s", core.busy_s}});
  }
  return cores;
}

json listeners_of(const admin::Figures& figures) {
  json listeners = json::array();
  for (const admin::Figures::Listener& listener : figures.listeners) {
    const relay::ListenerCounters& from = listener.counters;
    listeners.push_back({{"name", listener.name},
                         {"links", from.links},
                         {"links_accepted", from.links_accepted},
                         {"frames_in", from.frames_in},
                         {"octets_in", from.octets_in},
                         {"octets_out", from.octets_out}});
  }
  return listeners;
}

}  // namespace

json info_of(const admin::Figures& figures) {
  json counters = json::object();
  figures.sum.each([&](std::string_view name, std::string_view, std::uint64_t value) { counters[std::string(name)] = value; });
  json faults = json::array();
  for (const control::Log::Fault& fault : figures.faults) {
    faults.push_back({{"at_ms", unix_milliseconds(fault.at)},
                      {"level", fault.level == control::LogLevel::error ? "error" : "warning"},
                      {"text", fault.text}});
  }
  return {{"program", "msrp-relay"},
          {"version", figures.version},
          {"name", figures.name},
          {"kernel", figures.kernel},
          {"state", state_of(figures)},
          {"now_ms", unix_milliseconds(figures.now)},
          {"started_ms", unix_milliseconds(figures.process.started)},
          {"cpu_s", figures.process.cpu_s},
          {"resident_octets", figures.process.resident_octets},
          {"open_files", figures.process.open_files},
          {"counters", std::move(counters)},
          {"cores", cores_of(figures)},
          {"listeners", listeners_of(figures)},
          {"faults", std::move(faults)}};
}

json limits_of(const admin::Figures& figures, const config::Config& config) {
  config::Config values = config;  // keys are printed from one that could be changed
  json limits = json::array();
  for (const config::Key& key : config::all_keys()) {
    if (key.section != "limits") continue;
    std::string value = config::print_key(key, {values, nullptr});
    std::erase(value, '"');
    json limit = {{"name", key.name}, {"value", value}, {"now", nullptr}, {"most", nullptr}, {"reached", nullptr}};
    for (const Use& use : uses) {
      if (use.limit != key.name) continue;
      if (use.now != nullptr) limit["now"] = use.now(figures);
      if (use.most != nullptr) limit["most"] = use.most(figures);
      limit["reached"] = figures.sum.*use.reached;
    }
    limits.push_back(std::move(limit));
  }
  return {{"limits", std::move(limits)}};
}

json rules_of(const admin::Figures& figures) {
  json rules = json::array();
  for (const admin::Figures::Rule& rule : figures.rules)
    rules.push_back({{"name", rule.name}, {"action", rule.action}, {"hits", rule.hits}});
  return {{"rules", std::move(rules)}};
}

json certificates_of(const admin::Figures& figures) {
  json certificates = json::array();
  for (const admin::Figures::Certificate& one : figures.certificates) {
    const auto left = std::chrono::floor<std::chrono::days>(one.not_after - figures.now);
    certificates.push_back({{"file", one.file}, {"not_after_ms", unix_milliseconds(one.not_after)}, {"days_left", left.count()}});
  }
  return {{"certificates", std::move(certificates)}};
}

}  // namespace command
