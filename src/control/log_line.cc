#include "control/log_line.h"

#include <algorithm>

namespace control {
namespace {

bool stands_bare(unsigned char octet) {
  return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || (octet >= '0' && octet <= '9') ||
         std::string_view("-._~:/@[]+,%;*#").find(static_cast<char>(octet)) != std::string_view::npos;
}

void append_quoted(std::string& out, std::string_view value) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet < 0x20 || octet >= 0x7F) {
      out += "\\x";
      out += digits[octet >> 4];
      out += digits[octet & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_value(std::string& out, std::string_view value) {
  const bool cut = value.size() > LogLine::value_bytes_max;
  if (cut) value = value.substr(0, LogLine::value_bytes_max);
  const bool bare =
      !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return stands_bare(static_cast<unsigned char>(c)); });
  if (bare) {
    out += value;
  } else {
    append_quoted(out, value);
  }
  if (cut) out += "...";
}

}  // namespace

LogLine::LogLine(LogLevel level, std::string_view area, std::string_view event) : level_(level), area_(area) {
  with("area", area);
  with("event", event);
}

LogLine& LogLine::with(std::string_view key, std::string_view value) & {
  if (!text_.empty()) text_ += ' ';
  text_ += key;
  text_ += '=';
  append_value(text_, value);
  return *this;
}

}  // namespace control
