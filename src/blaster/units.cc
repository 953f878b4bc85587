#include "blaster/units.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cmath>

namespace blaster {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 13> sizes{{{"", 1},
                                      {"B", 1},
                                      {"KiB", 1024},
                                      {"MiB", 1024 * 1024},
                                      {"GiB", 1024 * 1024 * 1024},
                                      {"K", 1024},
                                      {"M", 1024 * 1024},
                                      {"G", 1024 * 1024 * 1024},
                                      {"k", 1000},
                                      {"kB", 1000},
                                      {"KB", 1000},
                                      {"MB", 1000 * 1000},
                                      {"GB", 1000 * 1000 * 1000}}};
constexpr std::array<Unit, 6> times{
    {{"", 1'000'000'000}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}}};

template <std::size_t count>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, count>& units) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view name = text.substr(static_cast<std::size_t>(rest - text.data()));
  if (name.starts_with(' ')) name.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(number, unit.factor, &product) || product > INT64_MAX) return std::nullopt;
    return product;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse(text, sizes); }

std::optional<base::Duration> parse_duration(std::string_view text) {
  const auto nanoseconds = parse(text, times);
  if (!nanoseconds) return std::nullopt;
  return base::Duration(static_cast<std::int64_t>(*nanoseconds));
}

std::optional<double> parse_rate(std::string_view text) {
  if (text.ends_with("/s")) text.remove_suffix(2);
  double factor = 1;
  if (text.ends_with('k') || text.ends_with('M')) {
    factor = text.ends_with('k') ? 1e3 : 1e6;
    text.remove_suffix(1);
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  number *= factor;
  if (!(number > 0) || number > 1e9) return std::nullopt;
  return number;
}

std::optional<double> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0) || number > 100) return std::nullopt;
  return number / 100;
}

std::string tell_size(std::uint64_t octets) {
  static constexpr std::array<std::string_view, 5> names{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t power = 0;
  auto value = static_cast<double>(octets);
  while (value >= 1024 && power + 1 < names.size()) {
    value /= 1024;
    ++power;
  }
  return value == std::floor(value) ? fmt::format("{:.0f} {}", value, names[power]) : fmt::format("{:.2f} {}", value, names[power]);
}

std::string tell_latency(std::uint64_t nanoseconds) {
  const auto value = static_cast<double>(nanoseconds);
  if (nanoseconds < 1'000'000) return fmt::format("{:.0f} us", value / 1e3);
  if (nanoseconds < 1'000'000'000) return fmt::format("{:.2f} ms", value / 1e6);
  return fmt::format("{:.2f} s", value / 1e9);
}

std::string tell_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string tell_seconds(double seconds) {
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds);
  return fmt::format("{} m {:02} s", whole / 60, whole % 60);
}

}  // namespace blaster
