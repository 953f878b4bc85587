#include "control/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <utility>

namespace control {
namespace {

spdlog::level::level_enum as_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::debug: return spdlog::level::debug;
  }
  return spdlog::level::info;
}

}  // namespace

struct Log::Writer {
  std::shared_ptr<spdlog::sinks::stderr_color_sink_st> sink = std::make_shared<spdlog::sinks::stderr_color_sink_st>();
  spdlog::logger logger{"relay", sink};
};

Log::Log() : writer_(std::make_unique<Writer>()) {
  writer_->logger.set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ level=%^%l%$ %v", spdlog::pattern_time_type::utc));
  writer_->logger.set_level(spdlog::level::trace);
  writer_->logger.flush_on(spdlog::level::trace);
  // A log that cannot be written (a full disk, a closed pipe) must not end the relay, nor report itself to itself.
  writer_->logger.set_error_handler([](const std::string&) {});
}

Log::Log(std::function<void(LogLevel, const std::string&)> sink) : sink_(std::move(sink)) {}

Log::~Log() { flush(); }

void Log::set_level(std::string_view area, std::optional<LogLevel> level) {
  levels_.erase(std::string(area));
  if (level) levels_.emplace(area, *level);
}

LogLevel Log::level(std::string_view area) const {
  const auto own = levels_.find(area);
  return own == levels_.end() ? level_ : own->second;
}

void Log::write(const LogLine& line) {
  if (line.level() > level(line.area()) && line.area() != "audit") return;
  if (line.text() == last_ && line.level() == last_level_) {
    ++repeated_;
    return;
  }
  flush();
  last_ = line.text();
  last_level_ = line.level();
  emit(last_level_, last_);
}

void Log::flush() {
  if (repeated_ != 0) emit(last_level_, last_ + " repeated=" + std::to_string(repeated_));
  repeated_ = 0;
  last_.clear();
}

void Log::emit(LogLevel level, const std::string& text) {
  if (level <= LogLevel::warning) {
    if (faults_.size() == faults_max) faults_.pop_front();
    faults_.push_back({std::chrono::system_clock::now(), level, text});
  }
  if (sink_) {
    sink_(level, text);
  } else {
    writer_->logger.log(as_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
  }
}

}  // namespace control
