#include "config/units.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "config/document.h"

namespace config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
// From small to large; printing takes the first spelling of each.
constexpr std::array durations{Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"h", 3'600'000'000'000},
                               Unit{"d", 86'400'000'000'000}};
constexpr std::array sizes{Unit{"B", 1},     Unit{"KiB", 1024}, Unit{"MiB", 1024UL * 1024}, Unit{"GiB", 1024UL * 1024 * 1024},
                           Unit{"kB", 1000}, Unit{"KB", 1000},  Unit{"MB", 1'000'000},      Unit{"GB", 1'000'000'000}};
// Both kinds fit a signed 64-bit number.
constexpr std::uint64_t largest = INT64_MAX;

std::string list_of(std::span<const Unit> units) {
  std::string list;
  for (const Unit& unit : units) list.append(list.empty() ? "" : ", ").append(unit.name);
  return list;
}

base::Result<std::uint64_t, UnitFault> parse(std::string_view text, std::span<const Unit> units, std::string_view sample) {
  const auto wanted = [&](std::string reason, std::string nearest = {}) {
    return base::fail(UnitFault{std::move(reason) + " (a whole number and its unit: " + list_of(units) + ")", std::move(nearest)});
  };
  std::uint64_t number = 0;
  std::size_t at = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (number > largest / 10) return wanted("too large");
    number = number * 10 + static_cast<std::uint64_t>(text[at] - '0');
  }
  if (at == 0) return wanted("no number");
  const std::string_view name = text.substr(at);
  if (name.empty()) return wanted("no unit", std::string(text) + std::string(sample));
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.name == name; });
  if (unit == units.end()) {
    std::vector<std::string_view> names;
    for (const Unit& one : units) names.push_back(one.name);
    const std::string_view nearest = nearest_name(name.substr(std::min(name.find_first_not_of(' '), name.size())), names);
    return wanted("unknown unit", nearest.empty() ? std::string() : std::string(text.substr(0, at)) + std::string(nearest));
  }
  if (number > largest / unit->factor) return wanted("too large");
  return number * unit->factor;
}

std::string print(std::uint64_t number, std::span<const Unit> units) {
  const Unit* best = units.data();
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0) best = &unit;
  }
  return std::to_string(number / best->factor) + std::string(best->name);
}

}  // namespace

base::Result<base::Duration, UnitFault> parse_duration(std::string_view text) {
  return base::Duration(static_cast<std::int64_t>(TRY(parse(text, durations, "s"))));
}

base::Result<std::size_t, UnitFault> parse_size(std::string_view text) { return TRY(parse(text, sizes, "KiB")); }

std::string print_duration(base::Duration duration) {
  if (duration.count() == 0) return "0s";
  return print(static_cast<std::uint64_t>(duration.count()), std::span(durations).first(4));
}

std::string print_size(std::size_t octets) { return print(octets, std::span(sizes).first(4)); }

}  // namespace config
