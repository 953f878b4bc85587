#pragma once
// A core's log record as a line. Pure.
#include <string_view>

#include "control/log_line.h"
#include "relay/mail.h"

namespace control {

LogLevel level_of(relay::LogLevel level);
LogLine line_of(const relay::LogMail& record, std::string_view text);

}  // namespace control
