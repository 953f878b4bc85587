#include "config/config.h"

#include <algorithm>
#include <map>
#include <utility>

#include "config/keys.h"
#include "config/load_toml.h"
#include "config/validate.h"

namespace config {
namespace {

std::string comment(const Loaded& loaded, std::string_view key) {
  const Origin* const origin = loaded.origin(key);
  if (origin == nullptr) return "default";
  std::string text = loaded.config.file + ":" + std::to_string(origin->place.line);
  // A file may be called anything; a comment ends at a line's end.
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

void print_section(std::string& text, std::string_view section, const std::string& prefix, Target target, const Loaded& loaded) {
  const std::string dotted = prefix + ".";
  for (const Key& key : all_keys()) {
    if (key.section != section) continue;
    const std::string value = print_key(key, target);
    const std::string name(key.name);
    if (value.empty()) {
      text.append("# ").append(name).append(": ").append(standard_of(key));
    } else {
      text.append(name).append(" = ").append(value);
    }
    text.append("  # ").append(comment(loaded, dotted + name)).append("\n");
  }
}

bool has_keys(std::string_view section) {
  return std::any_of(all_keys().begin(), all_keys().end(), [&](const Key& key) { return key.section == section; });
}

}  // namespace

Loaded load(std::string_view text, std::string_view file, const Host& host) {
  Loaded loaded;
  loaded.config.file = file;
  std::vector<Fault> faults;
  if (const auto document = load_toml(text, file, faults)) {
    Report report(file, faults);
    read_document(*document, loaded, report);
    complete(loaded, host, report);
  }
  // Equal places keep their order. (std::stable_sort asks for a temporary buffer in a way that clang warns of.)
  std::multimap<std::pair<std::uint32_t, std::uint32_t>, Fault> in_order;
  for (Fault& fault : faults) in_order.emplace(std::pair(fault.place.line, fault.place.column), std::move(fault));
  for (auto& [place, fault] : in_order) loaded.faults.push_back(std::move(fault));
  return loaded;
}

std::string print_effective(const Config& config, const Loaded& loaded) {
  Config copy = config;
  std::string text;
  for (const std::string_view section : all_sections()) {
    if (!has_keys(section)) continue;
    if (section != "listen") {
      text.append(text.empty() ? "" : "\n").append("[").append(section).append("]\n");
      print_section(text, section, std::string(section), {copy, nullptr}, loaded);
      continue;
    }
    for (std::size_t i = 0; i < copy.listens.size(); ++i) {
      text += "\n[[listen]]\n";
      print_section(text, section, "listen[" + std::to_string(i) + "]", {copy, &copy.listens[i]}, loaded);
    }
  }
  return text;
}

}  // namespace config
