#include "rules/values.h"

#include <array>
#include <chrono>
#include <string>

namespace rules {

base::Result<std::uint64_t, ValueFault> parse_number(const config::Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value.is);
  if (number == nullptr) return base::fail(ValueFault{});
  if (*number < 0) return base::fail(ValueFault{"a negative number", {}});
  return static_cast<std::uint64_t>(*number);
}

base::Result<std::uint64_t, ValueFault> parse_size(const config::Value& value) {
  const auto* text = std::get_if<std::string>(&value.is);
  if (text == nullptr) return parse_number(value);
  return TRY(config::parse_size(*text));
}

base::Result<std::uint64_t, ValueFault> parse_duration(const config::Value& value) {
  const auto* text = std::get_if<std::string>(&value.is);
  if (text == nullptr) return parse_number(value);
  const base::Duration duration = TRY(config::parse_duration(*text));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  if (seconds != duration) return base::fail(ValueFault{"not in whole seconds", {}});
  return static_cast<std::uint64_t>(seconds.count());
}

std::string_view kind_of(const config::Value& value) {
  constexpr std::array<std::string_view, 7> names = {"nothing", "text", "an integer", "a fraction", "a boolean", "a list", "a table"};
  return names[value.is.index()];
}

}  // namespace rules
