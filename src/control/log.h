#pragma once
// The log: synchronous, written by the control thread alone (and by main before there are other threads). Cores mail their records.
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "control/log_line.h"

namespace control {

class Log {
 public:
  // Lines go to stderr, "2026-01-02T03:04:05.678Z level=info area=..."; the level is coloured on a terminal only.
  Log();
  // For tests: lines without the time go to `sink`.
  explicit Log(std::function<void(LogLevel, const std::string&)> sink);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Less important lines than `level` are not written. Default: info.
  void set_level(LogLevel level) { level_ = level; }
  LogLevel level() const { return level_; }
  // Of one area alone; nullopt: as all others.
  void set_level(std::string_view area, std::optional<LogLevel> level);
  LogLevel level(std::string_view area) const;

  // The last warnings and errors, oldest first, for whoever looks at a page instead of the log.
  struct Fault {
    std::chrono::system_clock::time_point at;
    LogLevel level;
    std::string text;
  };
  static constexpr std::size_t faults_max = 20;
  const std::deque<Fault>& faults() const { return faults_; }

  // Identical lines in succession are counted, and told as one line when another comes or flush() is called.
  void write(const LogLine& line);
  // Tells of repetitions that are still held back. The control thread calls it every second and at its end.
  void flush();

 private:
  void emit(LogLevel level, const std::string& text);

  struct Writer;
  std::unique_ptr<Writer> writer_;
  std::function<void(LogLevel, const std::string&)> sink_;
  LogLevel level_ = LogLevel::info;
  std::map<std::string, LogLevel, std::less<>> levels_;  // of areas that have one of their own
  LogLevel last_level_ = LogLevel::info;
  std::string last_;
  std::uint64_t repeated_ = 0;
  std::deque<Fault> faults_;
};

}  // namespace control
