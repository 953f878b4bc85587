#include "control/core_log.h"

#include <cstring>
#include <string>

namespace control {
namespace {

const char* name_of(relay::LogEvent event) {
  using enum relay::LogEvent;
  switch (event) {
    case link_accepted: return "link accepted";
    case link_dialled: return "link dialled";
    case link_closed: return "link closed";
    case link_refused: return "link refused";
    case link_failed: return "link failed";
    case malformed_frame: return "malformed frame";
    case auth_failed: return "authentication failed";
    case session_started: return "session started";
    case session_ended: return "session ended";
    case destination_refused: return "destination refused";
    case pool_exhausted: return "core_buffer used up";
    case probation_failed: return "nothing asked succeeded in time";
    case write_stalled: return "reader took nothing for too long";
    case accept_failed: return "accept failed";
  }
  return "unknown";
}

}  // namespace

LogLevel level_of(relay::LogLevel level) {
  switch (level) {
    case relay::LogLevel::debug: return LogLevel::debug;
    case relay::LogLevel::info: return LogLevel::info;
    case relay::LogLevel::warning: return LogLevel::warning;
    case relay::LogLevel::error: return LogLevel::error;
  }
  return LogLevel::info;
}

LogLine line_of(const relay::LogMail& record, std::string_view text) {
  LogLine line(level_of(record.level), "relay", name_of(record.event));
  line.with("core", record.core.value());
  if (!record.link.is_none()) line.with("link", std::to_string(record.link.slot) + "." + std::to_string(record.link.generation));
  if (record.peer.port != 0) line.with("peer", record.peer.to_string());
  if (record.number != 0) line.with("number", record.number);
  if (!text.empty()) line.with("text", text);
  return line;
}

}  // namespace control
