#include "command/request.h"

#include <algorithm>
#include <array>

namespace command {
namespace {

using nlohmann::json;

constexpr std::array of_links{std::string_view("address"), std::string_view("link"), std::string_view("cursor"), std::string_view("rows")};
constexpr std::array of_sessions{std::string_view("user"), std::string_view("address"), std::string_view("link"),
                                 std::string_view("cursor"), std::string_view("rows")};
constexpr std::array of_errors{std::string_view("cursor"), std::string_view("rows")};
constexpr std::array of_kick{std::string_view("id")};
constexpr std::array of_drain{std::string_view("deadline")};
constexpr std::array of_log{std::string_view("level"), std::string_view("area")};
constexpr std::array of_ban{std::string_view("address"), std::string_view("for")};
constexpr std::array of_unban{std::string_view("address")};

constexpr std::array entries{
    Entry{"info", Name::info, false, {}},
    Entry{"limits", Name::limits, false, {}},
    Entry{"rules", Name::rules, false, {}},
    Entry{"certs", Name::certs, false, {}},
    Entry{"links", Name::links, false, of_links},
    Entry{"sessions", Name::sessions, false, of_sessions},
    Entry{"errors", Name::errors, false, of_errors},
    Entry{"bans", Name::bans, false, {}},
    Entry{"kick", Name::kick, true, of_kick},
    Entry{"drain", Name::drain, true, of_drain},
    Entry{"undrain", Name::undrain, true, {}},
    Entry{"reload", Name::reload, true, {}},
    Entry{"log", Name::log, true, of_log},
    Entry{"ban", Name::ban, true, of_ban},
    Entry{"unban", Name::unban, true, of_unban},
};

// Octets of a peer may stand in names and faults: what is no UTF-8 is replaced.
std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string names() {
  std::string all;
  for (const Entry& entry : entries) all.append(all.empty() ? "" : ", ").append(entry.text);
  return all;
}

}  // namespace

std::span<const Entry> commands() { return entries; }

base::Result<Request, std::string> parse_request(std::string_view line) {
  const json asked = json::parse(line, nullptr, false);
  if (!asked.is_object()) return base::fail(std::string("a line with one JSON object is wanted"));
  const auto version = asked.find("version");
  if (version == asked.end() || !version->is_number_integer() || *version != protocol_version)
    return base::fail("this relay speaks version " + std::to_string(protocol_version) + ": msrpctl must be of the same release");
  const auto command = asked.find("command");
  if (command == asked.end() || !command->is_string()) return base::fail(std::string("which command? There are: " + names()));
  const std::string name = *command;
  Request request;
  request.entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& one) { return one.text == name; });
  if (request.entry == entries.end()) return base::fail("unknown command `" + name + "`. There are: " + names());
  request.arguments = json::object();
  for (const auto& [key, value] : asked.items()) {
    if (key == "version" || key == "command") continue;
    const auto& known = request.entry->arguments;
    if (std::find(known.begin(), known.end(), key) == known.end()) return base::fail("`" + name + "` knows no argument `" + key + "`");
    if (!value.is_string()) return base::fail("the argument `" + key + "` must be a text");
    request.arguments[key] = value;
  }
  return request;
}

std::string result_line(const json& result) { return text_of({{"version", protocol_version}, {"result", result}}); }
std::string error_line(const std::string& reason) { return text_of({{"version", protocol_version}, {"error", reason}}); }

}  // namespace command
