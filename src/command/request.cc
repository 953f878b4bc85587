#include "command/request.h"

#include <algorithm>
#include <array>

namespace command {
namespace {

using nlohmann::json;

constexpr std::array entries{
    Entry{"info", Name::info, false, {}},
    Entry{"limits", Name::limits, false, {}},
    Entry{"rules", Name::rules, false, {}},
    Entry{"certs", Name::certs, false, {}},
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
