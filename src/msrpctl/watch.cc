#include "msrpctl/watch.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "msrpctl/show.h"
#include "msrpctl/table.h"
#include "msrpctl/words.h"

namespace msrpctl {
namespace {

using nlohmann::json;

constexpr const char* clear_screen = "\x1b[H\x1b[2J";

const json& member(const json& from, const char* name) {
  static const json nothing = json::object();
  const auto found = from.find(name);
  return found == from.end() ? nothing : *found;
}

double real(const json& from, const char* name) {
  const auto found = from.find(name);
  return found != from.end() && found->is_number() ? found->get<double>() : 0;
}

}  // namespace

std::string top_text(const json& before, const json& now) {
  const double seconds = std::max((real(now, "now_ms") - real(before, "now_ms")) / 1000, 0.001);
  const json& old_counters = member(before, "counters");
  const json& counters = member(now, "counters");
  const auto rate = [&](const char* name) {
    return static_cast<std::uint64_t>(std::max((real(counters, name) - real(old_counters, name)) / seconds, 0.0));
  };
  std::string text = msrpctl::text(now, "name") + ", " + msrpctl::text(now, "state") + ", " + count(counters, "links") + " links, " +
                     count(counters, "sessions") + " sessions, CPU " +
                     std::to_string(static_cast<int>((real(now, "cpu_s") - real(before, "cpu_s")) / seconds * 100)) + " %, " +
                     octets(number(now, "resident_octets")) + "\n\n";
  Table rates({{"a second"}, {"", true}, {""}, {"", true}});
  rates.add({"frames in", with_commas(rate("frames_in")), "received", octets(rate("octets_in"))});
  rates.add({"frames out", with_commas(rate("frames_out")), "sent", octets(rate("octets_out"))});
  rates.add({"links accepted", with_commas(rate("links_accepted")), "AUTH accepted", with_commas(rate("auth_accepted"))});
  rates.add({"links closed", with_commas(rate("links_closed")), "AUTH failed", with_commas(rate("auth_failed"))});
  rates.add({"requests refused", with_commas(rate("requests_refused")), "malformed", with_commas(rate("malformed"))});
  rates.add({"failure REPORTs", with_commas(rate("reports_sent")), "sources paused", with_commas(rate("sources_paused"))});
  Table cores({{"core"}, {"busy %", true}, {"turns/s", true}, {"links", true}, {"sessions", true}, {"stalls", true}});
  const json& old_cores = member(before, "cores");
  for (std::size_t i = 0; const json& core : member(now, "cores")) {
    const json& old = i < old_cores.size() ? old_cores[i] : member(now, "none");
    const auto grown = [&](const char* name) { return std::max(real(core, name) - real(old, name), 0.0); };
    cores.add({std::to_string(i) + (core.value("answers", false) ? "" : " SILENT"),
               std::to_string(static_cast<int>(grown("busy_s") / seconds * 100)),
               with_commas(static_cast<std::uint64_t>(grown("turns") / seconds)), count(core, "links"), count(core, "sessions"),
               count(core, "stalls")});
    ++i;
  }
  return text + rates.text() + "\n" + cores.text();
}

base::Result<bool, std::string> watch_top(Connection& connection, const Asked& asked) {
  auto before = connection.ask("info", json::object());
  if (!before) return base::fail(before.error());
  for (std::size_t shown = 0; asked.count == 0 || shown < asked.count; ++shown) {
    std::this_thread::sleep_for(std::chrono::duration<double>(asked.period_s));
    auto now = connection.ask("info", json::object());
    if (!now) return base::fail(now.error());
    const std::string text = asked.json ? now->dump() + "\n" : top_text(*before, *now);
    const char* const between = asked.json ? "" : isatty(STDOUT_FILENO) == 1 ? clear_screen : shown == 0 ? "" : "\n";
    if (std::printf("%s%s", between, text.c_str()) < 0 || std::fflush(stdout) != 0) return true;
    before = std::move(now);
  }
  return true;
}

base::Result<bool, std::string> watch_drain(Connection& connection) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  for (;;) {
    const auto now = connection.ask("info", json::object());
    if (!now) return base::fail(now.error());
    if (!now->contains("drain")) return base::fail(std::string("somebody has ended the drain"));
    std::string line = show("drain", *now);
    line.pop_back();
    std::printf(terminal ? "\r\x1b[K%s" : "%s\n", line.c_str());
    std::fflush(stdout);
    if (number((*now)["drain"], "links") == 0) break;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  if (terminal) std::puts("");
  return true;
}

}  // namespace msrpctl
