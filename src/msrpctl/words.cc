#include "msrpctl/words.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace msrpctl {

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string octets(std::uint64_t number) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  if (number < 1024) return std::to_string(number) + " B";
  auto value = static_cast<double>(number);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  std::array<char, 32> room{};
  std::snprintf(room.data(), room.size(), "%.1f %s", value, units[unit]);
  return room.data();
}

std::string duration(std::int64_t seconds) {
  const auto two = [](std::int64_t large, const char* of_large, std::int64_t small, const char* of_small) {
    return std::to_string(large) + of_large + (small != 0 ? " " + std::to_string(small) + of_small : "");
  };
  if (seconds < 0) return "0s";
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return two(seconds / 60, "m", seconds % 60, "s");
  if (seconds < 86400) return two(seconds / 3600, "h", seconds % 3600 / 60, "m");
  return two(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

std::string utc(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> room{};
  std::strftime(room.data(), room.size(), "%Y-%m-%d %H:%M:%SZ", &parts);
  return room.data();
}

std::uint64_t number(const nlohmann::json& from, const char* member) {
  const auto found = from.find(member);
  return found != from.end() && found->is_number() ? found->get<std::uint64_t>() : 0;
}

std::string count(const nlohmann::json& from, const char* member) {
  const auto found = from.find(member);
  return found != from.end() && found->is_number() ? with_commas(found->get<std::uint64_t>()) : "-";
}

std::string text(const nlohmann::json& from, const char* member) {
  const auto found = from.find(member);
  if (found == from.end() || !found->is_string()) return "-";
  std::string value = *found;
  for (char& c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return value.empty() ? "-" : value;
}

}  // namespace msrpctl
