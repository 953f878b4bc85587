// The tables of docs/configuration.md.
#include "config/config.h"
#include "config/keys.h"
#include "config/units.h"

namespace config {
namespace {

struct Type {
  std::string operator()(const DurationField& field) const {
    return "duration, " + print_duration(field.least) + " to " + print_duration(field.most);
  }
  std::string operator()(const SizeField& field) const { return "size, " + print_size(field.least) + " to " + print_size(field.most); }
  std::string operator()(const CountField& field) const {
    return "number, " + std::to_string(field.least) + " to " + std::to_string(field.most);
  }
  std::string operator()(const OtherField& field) const { return std::string(field.type); }
};

}  // namespace

std::string describe_keys() {
  std::string text;
  for (const std::string_view section : all_sections()) {
    const std::string name = section == "listen" ? "[[listen]]" : "[" + std::string(section) + "]";
    text += (text.empty() ? "## `" : "\n## `") + name + "`\n\n| key | value | default | meaning |\n|---|---|---|---|\n";
    for (const Key& key : all_keys()) {
      if (key.section != section) continue;
      text += "| `" + std::string(key.name) + "` | " + std::visit(Type(), key.field) + " | " + standard_of(key) + " | " +
              std::string(key.meaning) + " |\n";
    }
  }
  return text;
}

}  // namespace config
