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

std::string drain(const json& result);

std::string info(const json& result) {
  const json& counters = member(result, "counters");
  const std::int64_t up_s = (milliseconds(result, "now_ms") - milliseconds(result, "started_ms")) / 1000;
  std::string lines;
  const auto line = [&](const std::string& name, const std::string& value) {
    lines += name + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + value + "\n";
  };
  line("relay", text(result, "name") + ", msrp-relay " + text(result, "version"));
  line("state", text(result, "state") + ", up " + duration(up_s) + ", since " + utc(milliseconds(result, "started_ms")));
  if (result.contains("drain")) lines += "drain       " + drain(result);
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

std::string links(const json& result) {
  Table table({{"link"},
               {"peer"},
               {"listener"},
               {"state"},
               {"TLS"},
               {"sessions", true},
               {"unanswered", true},
               {"waiting", true},
               {"idle", true},
               {"notes"}});
  for (const json& link : member(result, "rows")) {
    std::string notes;
    for (const auto& [name, words] : {std::pair("relay", "relay"), std::pair("on_probation", "on probation"), std::pair("paused", "paused"),
                                      std::pair("in_kernel", "kTLS")}) {
      if (link.value(name, false)) notes.append(notes.empty() ? "" : ", ").append(words);
    }
    table.add({text(link, "id"), text(link, "peer"), text(link, "listener"), text(link, "state"), text(link, "tls"),
               count(link, "sessions"), count(link, "unanswered"), octets(number(link, "waiting_octets")),
               duration(milliseconds(link, "idle_ms") / 1000), notes});
  }
  return table.text();
}

std::string sessions(const json& result) {
  Table table({{"session"}, {"user"}, {"link"}, {"peer"}, {"ends in", true}, {"bound peers", true}, {"notes"}});
  for (const json& one : member(result, "rows")) {
    table.add({text(one, "id"), text(one, "user"), text(one, "link"), text(one, "peer"), duration(milliseconds(one, "left_ms") / 1000),
               count(one, "bound_peers"), one.value("by_relay", false) ? "through a relay" : ""});
  }
  return table.text();
}

std::string errors(const json& result) {
  std::string all;
  for (const json& one : member(result, "rows")) {
    all += duration(milliseconds(one, "ago_ms") / 1000) + " ago, " + text(one, "peer") + " on " + text(one, "listener") + ", link " +
           text(one, "link") + ": " + text(one, "fault") + "\n";
    for (const json& line : member(one, "head")) all += "    " + text({{"line", line}}, "line") + "\n";
  }
  return all.empty() ? "no frame was malformed so far\n" : all;
}

std::string bans(const json& result) {
  Table table({{"address"}, {"ends in", true}});
  for (const json& one : member(result, "rows"))
    table.add({text(one, "address"), member(one, "left_ms").is_number() ? duration(milliseconds(one, "left_ms") / 1000) : "never"});
  return table.empty() ? "nobody is banned\n" : table.text();
}

std::string drain(const json& result) {
  const json& now = member(result, "drain");
  if (!now.is_object() || now.empty()) return "not drained\n";
  return "draining: " + count(now, "links") + " links of " + count(now, "links_then") + ", " + count(now, "sessions") + " sessions, " +
         duration(milliseconds(now, "left_ms") / 1000) + " left\n";
}

std::string reload(const json& result) {
  std::string all;
  for (const json& fault : member(result, "faults")) all += text(fault, "level") + " " + text(fault, "text") + "\n";
  return all.empty() ? "read again\n" : "read again, but:\n" + all;
}

}  // namespace

std::string show(const std::string& command, const json& result) {
  static const std::map<std::string, std::function<std::string(const json&)>> shows{
      {"info", info},
      {"limits", limits},
      {"rules", rules},
      {"certs", certs},
      {"links", links},
      {"sessions", sessions},
      {"errors", errors},
      {"bans", bans},
      {"drain", drain},
      {"reload", reload},
      {"undrain", [](const json&) { return std::string("it takes new clients again\n"); }},
      {"kick", [](const json& of) { return text(of, "ended") + " has ended\n"; }},
      {"ban", [](const json& of) { return text(of, "address") + " is banned for " + text(of, "for") + "\n"; }},
      {"unban", [](const json& of) { return text(of, "address") + " may come again\n"; }},
      {"log", [](const json& of) { return "log: " + text(of, "area") + " at " + text(of, "level") + "\n"; }}};
  const auto found = shows.find(command);
  return found == shows.end() ? result.dump(2) + "\n" : found->second(result);
}

}  // namespace msrpctl
