#include "config/load_toml.h"

#include <toml++/toml.h>
#include <algorithm>
#include <tuple>
#include <utility>

namespace config {
namespace {

Place place_of(const toml::source_region& source) { return {source.begin.line, source.begin.column}; }

struct TooDeep {
  Place place;
};

Value value_of(const toml::node& node, std::size_t depth);

Table table_of(const toml::table& table, std::size_t depth) {
  Table members;
  members.reserve(table.size());
  for (const auto& [key, node] : table) members.push_back({std::string(key.str()), place_of(key.source()), value_of(node, depth + 1)});
  // The library sorts by name.
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return std::tuple(a.key_place.line, a.key_place.column, std::string_view(a.key)) <
           std::tuple(b.key_place.line, b.key_place.column, std::string_view(b.key));
  });
  return members;
}

Value value_of(const toml::node& node, std::size_t depth) {
  Value value;
  value.place = place_of(node.source());
  if (depth > depth_max) throw TooDeep{value.place};
  if (const auto* const table = node.as_table()) {
    value.is = table_of(*table, depth);
  } else if (const auto* const array = node.as_array()) {
    Array items;
    items.reserve(array->size());
    for (const toml::node& item : *array) items.push_back(value_of(item, depth + 1));
    value.is = std::move(items);
  } else if (const auto* const text = node.as_string()) {
    value.is = text->get();
  } else if (const auto* const number = node.as_integer()) {
    value.is = number->get();
  } else if (const auto* const fraction = node.as_floating_point()) {
    value.is = fraction->get();
  } else if (const auto* const flag = node.as_boolean()) {
    value.is = flag->get();
  }
  return value;
}

}  // namespace

std::optional<Value> load_toml(std::string_view text, std::string_view file, std::vector<Fault>& faults) {
  const auto fault = [&](Place place, std::string reason) {
    faults.push_back({std::string(file), place, {}, std::move(reason), {}, false});
    return std::nullopt;
  };
  // The library and this file throw; nothing of it leaves this function.
  try {
    return value_of(toml::parse(text), 0);
  } catch (const toml::parse_error& error) {
    return fault(place_of(error.source()), "not TOML: " + std::string(error.description()));
  } catch (const TooDeep& deep) {
    return fault(deep.place, "tables and lists lie more than " + std::to_string(depth_max) + " deep in each other");
  }
}

}  // namespace config
