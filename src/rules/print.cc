#include "rules/print.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace rules {
namespace {

bool is_bare(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string in_quotes(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    if (octet == '"' || octet == '\\') {
      out += '\\';
      out += octet;
    } else if (value < 0x20 || value == 0x7F) {
      out += "\\u00";
      out += hex[value >> 4U];
      out += hex[value & 15U];
    } else {
      out += octet;
    }
  }
  return out + '"';
}

std::string key_text(std::string_view key) { return is_bare(key) ? std::string(key) : in_quotes(key); }

struct Printer {
  std::string operator()(std::monostate) const { return "\"\""; }
  std::string operator()(const std::string& text) const { return in_quotes(text); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    std::string text(digits.data(), end);
    return text.find_first_of(".ein") == std::string::npos ? text + ".0" : text;
  }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const config::Array& array) const {
    std::string out = "[";
    for (const config::Value& value : array) out += (out.size() > 1 ? ", " : "") + to_toml(value);
    return out + "]";
  }
  std::string operator()(const config::Table& table) const {
    std::string out = "{";
    for (const config::Member& member : table) out += (out.size() > 1 ? ", " : " ") + key_text(member.key) + " = " + to_toml(member.value);
    return out + (table.empty() ? "}" : " }");
  }
};

}  // namespace

std::string to_toml(const config::Value& value) { return std::visit(Printer(), value.is); }

std::string rule_to_toml(const config::Value& rule, std::string_view margin) {
  std::string out = std::string(margin) + "[[rule]]\n";
  const auto* table = std::get_if<config::Table>(&rule.is);
  if (table == nullptr) return out;
  for (const config::Member& member : *table) out += std::string(margin) + key_text(member.key) + " = " + to_toml(member.value) + "\n";
  return out;
}

}  // namespace rules
