#include "msrpctl/show.h"

#include <functional>
#include <map>

#include "msrpctl/table.h"
#include "msrpctl/words.h"

namespace msrpctl {
namespace {

using nlohmann::json;

const json& member(const json& from, const char* name) {
  static const json nothing = json::object();
  const auto found = from.find(name);
  return found == from.end() ? nothing : *found;
}

std::int64_t milliseconds(const json& from, const char* name) { return static_cast<std::int64_t>(number(from, name)); }

std::string info(const json& result) {
  const json& counters = member(result, "counters");
  const std::int64_t up_s = (milliseconds(result, "now_ms") - milliseconds(result, "started_ms")) / 1000;
  std::string lines;
  const auto line = [&](const std::string& name, const std::string& value) {
    lines += name + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + value + "\n";
  };
  line("relay", text(result, "name") + ", msrp-relay " + text(result, "version"));
  line("state", text(result, "state") + ", up " + duration(up_s) + ", since " + utc(milliseconds(result, "started_ms")));
  line("kernel", text(result, "kernel"));
  line("process", duration(static_cast<std::int64_t>(number(result, "cpu_s"))) + " of CPU, " + octets(number(result, "resident_octets")) +
                      " resident, " + count(result, "open_files") + " open files");
  line("links", count(counters, "links") + " now, " + count(counters, "links_accepted") + " accepted, " + count(counters, "links_dialled") +
                    " dialled, " + count(counters, "links_refused") + " refused");
  line("sessions", count(counters, "sessions") + " now, " + count(counters, "sessions_ended") + " ended");
  line("AUTH", count(counters, "auth_accepted") + " accepted, " + count(counters, "auth_failed") + " failed, " +
                   count(counters, "auth_refused") + " refused");
  line("received", count(counters, "frames_in") + " frames, " + octets(number(counters, "octets_in")));
  line("sent", count(counters, "frames_out") + " frames, " + octets(number(counters, "octets_out")));
  line("faults", count(counters, "malformed") + " malformed frames, " + count(counters, "requests_refused") + " requests refused, " +
                     count(counters, "reports_sent") + " failure REPORTs");
  Table cores({{"core"}, {"answers"}, {"links", true}, {"sessions", true}, {"turns", true}, {"stalls", true}, {"busy s", true}});
  for (std::size_t i = 0; const json& core : member(result, "cores")) {
    cores.add({std::to_string(i++), core.value("answers", false) ? "yes" : "NO", count(core, "links"), count(core, "sessions"),
               count(core, "turns"), count(core, "stalls"), count(core, "busy_s")});
  }
  Table listeners({{"listener"}, {"links", true}, {"accepted", true}, {"frames in", true}, {"received", true}, {"sent", true}});
  for (const json& one : member(result, "listeners")) {
    listeners.add({text(one, "name"), count(one, "links"), count(one, "links_accepted"), count(one, "frames_in"),
                   octets(number(one, "octets_in")), octets(number(one, "octets_out"))});
  }
  std::string faults;
  for (const json& fault : member(result, "faults"))
    faults += utc(milliseconds(fault, "at_ms")) + " " + text(fault, "level") + " " + text(fault, "text") + "\n";
  return lines + "\n" + cores.text() + "\n" + listeners.text() + (faults.empty() ? "" : "\nlast warnings and errors\n" + faults);
}

std::string limits(const json& result) {
  Table table({{"[limits]"}, {"value", true}, {"now", true}, {"of", true}, {"reached", true}});
  for (const json& limit : member(result, "limits")) {
    const bool is_octets = text(limit, "name") == "core_buffer";
    const auto told = [&](const char* name) { return is_octets ? octets(number(limit, name)) : count(limit, name); };
    table.add({text(limit, "name"), text(limit, "value"), told("now"), told("most"), count(limit, "reached")});
  }
  return table.text();
}

std::string rules(const json& result) {
  Table table({{"rule"}, {"action"}, {"hits", true}});
  for (const json& rule : member(result, "rules")) table.add({text(rule, "name"), text(rule, "action"), count(rule, "hits")});
  return table.text();
}

std::string certs(const json& result) {
  Table table({{"certificate"}, {"not after"}, {"days left", true}});
  for (const json& one : member(result, "certificates"))
    table.add({text(one, "file"), utc(milliseconds(one, "not_after_ms")), std::to_string(one.value("days_left", std::int64_t{0}))});
  return table.empty() ? "no certificates: no listener speaks TLS\n" : table.text();
}

}  // namespace

std::string show(const std::string& command, const json& result) {
  static const std::map<std::string, std::function<std::string(const json&)>> shows{
      {"info", info}, {"limits", limits}, {"rules", rules}, {"certs", certs}};
  const auto found = shows.find(command);
  return found == shows.end() ? result.dump(2) + "\n" : found->second(result);
}

}  // namespace msrpctl
