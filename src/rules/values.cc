#include "rules/values.h"

#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace rules {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;
constexpr std::array<Unit, 5> sizes = {{{"B", 1}, {"KiB", 1ULL << 10U}, {"MiB", 1ULL << 20U}, {"GiB", 1ULL << 30U}, {"TiB", 1ULL << 40U}}};
constexpr std::array<Unit, 4> durations = {{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};

template <std::size_t N>
base::Result<std::uint64_t, ValueError> with_unit(const config::Value& value, const std::array<Unit, N>& units) {
  const auto* text = std::get_if<std::string>(&value.is);
  if (text == nullptr) return parse_number(value);
  std::uint64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  if (error == std::errc::result_out_of_range) return base::fail(ValueError::overflow);
  if (error != std::errc()) return base::fail(ValueError::syntax);
  for (const auto& [name, factor] : units) {
    if (std::string_view(rest, static_cast<std::size_t>(end - rest)) != name) continue;
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(number, factor, &product)) return base::fail(ValueError::overflow);
    return product;
  }
  return base::fail(ValueError::unit);
}

}  // namespace

std::string_view describe(ValueError error) {
  switch (error) {
    case ValueError::syntax: return "not a number";
    case ValueError::unit: return "unknown unit";
    case ValueError::negative: return "negative";
    case ValueError::overflow: return "too large";
  }
  return {};
}

base::Result<std::uint64_t, ValueError> parse_number(const config::Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value.is);
  if (number == nullptr) return base::fail(ValueError::syntax);
  if (*number < 0) return base::fail(ValueError::negative);
  return static_cast<std::uint64_t>(*number);
}

base::Result<std::uint64_t, ValueError> parse_size(const config::Value& value) { return with_unit(value, sizes); }
base::Result<std::uint64_t, ValueError> parse_duration(const config::Value& value) { return with_unit(value, durations); }

std::string_view kind_of(const config::Value& value) {
  constexpr std::array<std::string_view, 7> names = {"nothing", "text", "an integer", "a fraction", "a boolean", "a list", "a table"};
  return names[value.is.index()];
}

}  // namespace rules
