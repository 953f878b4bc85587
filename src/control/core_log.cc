#include "control/core_log.h"

#include <cstring>
#include <string>

namespace control {
namespace {

// How an event is told: its name, and what its number and its text are. A nullptr: it has none.
struct Words {
  const char* event;
  const char* number = nullptr;
  const char* text = nullptr;
};

Words words_of(relay::LogEvent event) {
  using enum relay::LogEvent;
  switch (event) {
    case link_accepted: return {"link accepted"};
    case link_dialled: return {"link dialled"};
    case link_closed: return {"link closed", nullptr, "reason"};
    case link_refused: return {"link refused", "links", "reason"};
    case link_failed: return {"link failed", "error", "reason"};
    case malformed_frame: return {"malformed frame", nullptr, "reason"};
    case auth_failed: return {"authentication failed", nullptr, "realm"};
    case session_started: return {"session started", "expires_s", "user"};
    case session_ended: return {"session ended", nullptr, "user"};
    case destination_refused: return {"destination refused", "port", "address"};
    case pool_exhausted: return {"core_buffer used up", "octets", "reason"};
    case probation_failed: return {"nothing it asked succeeded in time"};
    case kernel_tls_refused: return {"TLS stays in user space", "suite", "reason"};
    case key_used_up: return {"as much sealed with one key as is safe: the link ends in order", "octets"};
    case link_secured: return {"TLS is agreed on", "suite", "relay"};
    case message_stopped: return {"message stopped with 413: its receiver is too slow", "octets", "reason"};
    case message_too_large: return {"message refused at a size that a rule names", "code", "reason"};
    case rule_said: return {"rule", nullptr, "says"};
    case write_stalled: return {"its reader took nothing", "octets", "reason"};
    case accept_failed: return {"accept failed", "error", "reason"};
  }
  return {"unknown"};
}

bool number_is_errno(relay::LogEvent event) { return event == relay::LogEvent::link_failed || event == relay::LogEvent::accept_failed; }

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
  const Words words = words_of(record.event);
  LogLine line(level_of(record.level), "relay", words.event);
  line.with("core", record.core.value());
  if (!record.link.is_none()) line.with("link", std::to_string(record.link.slot) + "." + std::to_string(record.link.generation));
  if (record.peer.port != 0) line.with("peer", record.peer.to_string());
  if (!text.empty()) line.with(words.text != nullptr ? words.text : "text", text);
  if (record.number != 0) {
    const char* name = number_is_errno(record.event) ? strerrordesc_np(static_cast<int>(record.number)) : nullptr;
    const char* key = words.number != nullptr ? words.number : "number";
    if (name != nullptr) {
      line.with(key, std::string_view(name));
    } else {
      line.with(key, record.number);
    }
  }
  return line;
}

}  // namespace control
