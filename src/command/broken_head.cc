#include "command/broken_head.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace command {
namespace {

// Headers whose values tell nothing that is secret once session ids are out of them.
constexpr std::array<std::string_view, 13> shown{"to-path",        "from-path", "message-id",    "byte-range", "success-report",
                                                 "failure-report", "status",    "content-type",  "expires",    "min-expires",
                                                 "max-expires",    "use-path",  "content-length"};
constexpr std::size_t start_line_words = 3;  // MSRP, transaction id, method or code

std::string lower(std::string_view text) {
  std::string all(text);
  std::transform(all.begin(), all.end(), all.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return all;
}

std::string so_many(std::size_t octets) { return "(" + std::to_string(octets) + " octets)"; }

// "msrp://host:2855/session;tcp" with "..." for the session; up to a blank, wherever in `text` one stands.
std::string without_sessions(std::string_view text) {
  std::string all;
  for (;;) {
    const std::size_t authority = text.find("://");
    const std::size_t slash = authority == std::string_view::npos ? authority : text.find_first_of("/ ", authority + 3);
    if (slash == std::string_view::npos) return all.append(text);
    if (text[slash] == ' ') {
      all.append(text.substr(0, slash + 1));
      text.remove_prefix(slash + 1);
      continue;
    }
    all.append(text.substr(0, slash + 1)).append("...");
    const std::size_t end = text.find_first_of("; ", slash);
    if (end == std::string_view::npos) return all;
    text.remove_prefix(end);
  }
}

std::string printable(std::string_view text) {
  std::string all;
  for (const char c : text) all += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F ? '?' : c;
  return all;
}

std::string start_line(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t word = 0; word < start_line_words && end != std::string_view::npos; ++word)
    end = line.find(' ', end + (word == 0 ? 0U : 1U));
  const std::string_view words = line.substr(0, end);
  return printable(words) + (words.size() < line.size() ? " " + so_many(line.size() - words.size() - 1) : "");
}

std::string header_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return so_many(line.size());
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (std::find(shown.begin(), shown.end(), lower(name)) != shown.end()) return printable(name) + ": " + printable(without_sessions(value));
  const bool is_name = std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
  return (is_name ? std::string(name) : so_many(name.size())) + ": " + so_many(value.size());
}

}  // namespace

nlohmann::json printable_head(std::string_view head) {
  nlohmann::json lines = nlohmann::json::array();
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    if (line.empty()) break;
    lines.push_back(lines.empty() ? start_line(line) : header_line(line));
    if (end == std::string_view::npos) break;
    head.remove_prefix(end + 2);
  }
  return lines;
}

}  // namespace command
