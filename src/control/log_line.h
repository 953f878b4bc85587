#pragma once
// One event as one line of key=value pairs. Values are escaped and bounded, so that nothing a peer sends can forge a line, a field or a
// terminal sequence. Pure.
#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace control {

enum class LogLevel : std::uint8_t { error, warning, info, debug };

// The parts of the relay that say something. What operators change is always said, whatever the level: area audit.
inline constexpr std::array<std::string_view, 10> log_areas{"audit", "config", "control", "daemon", "dns",
                                                            "log",   "relay",  "rules",   "tls",    "users"};

// "area=users event=\"read again\" users=3". `area` and keys are words of ours; values may be anything.
class LogLine {
 public:
  LogLine(LogLevel level, std::string_view area, std::string_view event);

  LogLine& with(std::string_view key, std::string_view value) &;
  LogLine& with(std::string_view key, std::integral auto value) & { return with(key, std::string_view(std::to_string(value))); }
  LogLine&& with(std::string_view key, std::string_view value) && { return static_cast<LogLine&&>(with(key, value)); }
  LogLine&& with(std::string_view key, std::integral auto value) && { return static_cast<LogLine&&>(with(key, value)); }

  LogLevel level() const { return level_; }
  const std::string& area() const { return area_; }
  const std::string& text() const { return text_; }

  // A longer value is cut and ends in "...".
  static constexpr std::size_t value_bytes_max = 1280;

 private:
  LogLevel level_;
  std::string area_;
  std::string text_;
};

}  // namespace control
