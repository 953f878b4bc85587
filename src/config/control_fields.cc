// [control].
#include <algorithm>

#include "config/fields.h"

namespace config {
namespace {

constexpr std::size_t path_octets_max = 107;  // sockaddr_un holds one more, for the end

void read_groups(const Input& input, std::vector<std::string>& groups) {
  const Array* const list = list_of(input.value, input.key, "a list of names of groups", input.report);
  if (list == nullptr) return;
  std::vector<std::string> names;
  for (const Value& item : *list) {
    const std::string* const text = text_of(item, input.key, "the name of a group", input.report);
    if (text == nullptr) continue;
    if (std::find(names.begin(), names.end(), *text) != names.end()) {
      input.report.error(item.place, input.key, "`" + *text + "` is named twice");
      continue;
    }
    names.push_back(*text);
  }
  groups = std::move(names);
}

std::string print_groups(const std::vector<std::string>& groups) {
  return print_list(groups, [](const std::string& group) { return in_quotes(group); });
}

}  // namespace

void read_control_socket(const Input& input, Target target) {
  const std::string* const text = text_of(input.value, input.key, "the path of a UNIX socket, or \"off\",", input.report);
  if (text == nullptr) return;
  target.config.control.path = *text == "off" ? std::string() : *text;
  if (*text != "off" && (!text->starts_with('/') || text->size() > path_octets_max)) {
    input.report.error(input.value.place, input.key, "the path of a UNIX socket begins with / and has at most 107 octets");
  }
}
std::string print_control_socket(Target target) { return in_quotes(target.config.control.wanted() ? target.config.control.path : "off"); }

void read_operators(const Input& input, Target target) { read_groups(input, target.config.control.operators); }
std::string print_operators(Target target) { return print_groups(target.config.control.operators); }

void read_observers(const Input& input, Target target) { read_groups(input, target.config.control.observers); }
std::string print_observers(Target target) { return print_groups(target.config.control.observers); }

}  // namespace config
