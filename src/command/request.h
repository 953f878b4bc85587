#pragma once
// One line of msrpctl's: {"version": 1, "command": "info"}, with arguments beside them. One line goes back:
// {"version": 1, "result": {...}} or {"version": 1, "error": "why not"}. Pure.
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace command {

constexpr int protocol_version = 1;

enum class Name : unsigned char {
  info,
  limits,
  rules,
  certs,
  links,
  sessions,
  errors,
  bans,
  kick,
  drain,
  undrain,
  reload,
  log,
  ban,
  unban
};

struct Entry {
  std::string_view text;
  Name name;
  bool changes;                                 // for operators only, and in the log
  std::span<const std::string_view> arguments;  // that it knows; all are texts
};
std::span<const Entry> commands();

struct Request {
  const Entry* entry = nullptr;
  nlohmann::json arguments;  // an object of texts

  // Empty: not given.
  std::string text(const char* argument) const { return arguments.value(argument, std::string()); }
};
// The error is for whoever asked.
base::Result<Request, std::string> parse_request(std::string_view line);

// Lines without their end.
std::string result_line(const nlohmann::json& result);
std::string error_line(const std::string& reason);

}  // namespace command
