#include "blaster/scenario_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "blaster/option_table.h"
#include "config/load_toml.h"

namespace blaster {
namespace {

// As it would stand on the command line; nullopt: no option takes such a value.
std::optional<std::string> text_of(const config::Value& value) {
  if (const auto* const text = std::get_if<std::string>(&value.is)) return *text;
  if (const auto* const number = std::get_if<std::int64_t>(&value.is)) return std::to_string(*number);
  if (const auto* const truth = std::get_if<bool>(&value.is)) return *truth ? "true" : "false";
  return std::nullopt;
}

std::string set_one(const OptionEntry& entry, const config::Value& value, Options& options) {
  if (entry.takes == OptionEntry::Takes::nothing && !std::holds_alternative<bool>(value.is)) return "true or false is wanted";
  if (entry.takes != OptionEntry::Takes::nothing && std::holds_alternative<bool>(value.is)) return "a value is wanted, not true or false";
  const auto text = text_of(value);
  return text ? entry.set(options, *text) : "a text or a whole number is wanted";
}

std::string set(const OptionEntry& entry, const config::Value& value, Options& options) {
  const auto* const list = std::get_if<config::Array>(&value.is);
  if (list == nullptr) return set_one(entry, value, options);
  if (entry.takes != OptionEntry::Takes::list) return "one value is wanted, not a list";
  for (const config::Value& item : *list)
    if (std::string wrong = set_one(entry, item, options); !wrong.empty()) return wrong;
  return {};
}

}  // namespace

std::vector<std::string> read_scenario(std::string_view toml, const std::string& file, Options& options) {
  std::vector<std::string> wrong;
  const auto tell = [&](config::Place place, const std::string& text) {
    wrong.push_back(fmt::format("{}:{}:{}: {}", file, place.line, place.column, text));
  };
  std::vector<config::Fault> faults;
  const auto loaded = config::load_toml(toml, file, faults);
  for (const config::Fault& fault : faults) tell(fault.place, fault.reason);
  if (!loaded) return wrong;
  const auto table = option_table();
  for (const config::Member& member : std::get<config::Table>(loaded->is)) {
    const auto entry = std::find_if(table.begin(), table.end(), [&](const OptionEntry& one) { return one.key() == member.key; });
    if (entry == table.end()) {
      const std::string nearest = nearest_option(member.key, true);
      tell(member.key_place,
           fmt::format("`{}` is no key of a scenario{}", member.key, nearest.empty() ? "" : ": did you mean `" + nearest + "`?"));
    } else if (const std::string reason = set(*entry, member.value, options); !reason.empty()) {
      tell(member.value.place, fmt::format("`{}`: {}", member.key, reason));
    }
  }
  return wrong;
}

}  // namespace blaster
