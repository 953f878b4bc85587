#include "rules/parse_effects.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "rules/caseless.h"
#include "rules/core_state.h"
#include "rules/values.h"

namespace rules {
namespace {

constexpr std::array<std::string_view, 4> levels = {"debug", "info", "warning", "error"};  // in the order of Level
constexpr std::size_t edits_most = 32;
constexpr std::size_t counter_most = 64;
constexpr std::size_t key_parts_most = 8;
constexpr double rate_most = 1e9;

const std::string* text_of(const config::Value& value, const std::string& key, Faults& faults) {
  const auto* text = std::get_if<std::string>(&value.is);
  if (text == nullptr) {
    faults.error(value.place, key, std::string(kind_of(value)) + " where text is needed");
    return nullptr;
  }
  if (has_controls(*text)) {
    faults.error(value.place, key, "a control character (CR and LF, too, would begin a header of its own)");
    return nullptr;
  }
  return text;
}

void edit(EditKind kind, const std::string& name, config::Place name_place, const config::Value* value, const std::string& key, Rule& rule,
          Faults& faults) {
  if (!is_header_name(name) || name.size() > 255) return faults.error(name_place, key, "not the name of a header");
  if (is_forbidden_header(name)) return faults.error(name_place, key, name + " is the relay's own: a rule cannot change it");
  HeaderEdit made{kind, name, {}};
  if (value != nullptr) {
    const std::string* text = text_of(*value, key, faults);
    if (text == nullptr) return;
    made.value = TextTemplate::compile(*text, value->place, key, faults);
    if (made.value.most() > CoreState::octets_max)
      return faults.error(value->place, key, "may become longer than " + std::to_string(CoreState::octets_max) + " octets");
  }
  rule.edits.push_back(std::move(made));
  if (rule.edits.size() == edits_most + 1)
    faults.error(name_place, key, "more than " + std::to_string(edits_most) + " header edits in one rule");
}

void edits(EditKind kind, const config::Value& value, const std::string& key, Rule& rule, Faults& faults) {
  if (kind == EditKind::remove) {
    const auto* list = std::get_if<config::Array>(&value.is);
    if (list == nullptr) return faults.error(value.place, key, std::string(kind_of(value)) + " where a list of header names is needed");
    for (const config::Value& name : *list) {
      if (const std::string* text = text_of(name, key, faults)) edit(kind, *text, name.place, nullptr, key, rule, faults);
    }
    return;
  }
  const auto* table = std::get_if<config::Table>(&value.is);
  if (table == nullptr) return faults.error(value.place, key, std::string(kind_of(value)) + " where a table of headers is needed");
  for (const config::Member& member : *table) edit(kind, member.key, member.key_place, &member.value, key + "." + member.key, rule, faults);
}

void log(const config::Value& value, const std::string& key, Rule& rule, Faults& faults) {
  RuleLog made;
  const auto text = [&](const config::Value& is, const std::string& where) {
    if (const std::string* found = text_of(is, where, faults)) made.text = TextTemplate::compile(*found, is.place, where, faults);
  };
  const auto* table = std::get_if<config::Table>(&value.is);
  if (table == nullptr) {
    text(value, key);
  } else {
    bool has_text = false;
    for (const config::Member& member : *table) {
      const std::string below = key + "." + member.key;
      if (member.key == "text") {
        has_text = true;
        text(member.value, below);
      } else if (member.key == "level") {
        const std::string* name = text_of(member.value, below, faults);
        if (name == nullptr) continue;
        const auto* found = std::find(levels.begin(), levels.end(), *name);
        if (found == levels.end()) {
          faults.unknown(member.value.place, below, "\"" + *name + "\" is none of debug, info, warning, error", *name,
                         {levels.begin(), levels.end()});
        } else {
          made.level = static_cast<Level>(found - levels.begin());
        }
      } else {
        faults.unknown(member.key_place, below, "unknown key", member.key, {"text", "level"});
      }
    }
    if (!has_text) faults.error(value.place, key, "a log needs a text");
  }
  if (made.text.most() > CoreState::log_max)
    faults.error(value.place, key, "may become longer than " + std::to_string(CoreState::log_max) + " octets");
  rule.log = std::move(made);
}

void count(const config::Value& value, const std::string& key, Rule& rule, Faults& faults) {
  const std::string* name = text_of(value, key, faults);
  if (name == nullptr) return;
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name->empty() || name->size() > counter_most || !std::all_of(name->begin(), name->end(), fits)) {
    return faults.error(value.place, key, "a counter's name has 1 to " + std::to_string(counter_most) + " of a to z, 0 to 9 and _");
  }
  rule.counter = *name;
}

// "100/s", "5/m", "20/h": times a second.
std::optional<double> per_second(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + slash, number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + slash || !(number > 0) || number > rate_most) return std::nullopt;
  const std::string_view unit = text.substr(slash + 1);
  if (unit == "s") return number;
  if (unit == "m") return number / 60;
  if (unit == "h") return number / 3600;
  return std::nullopt;
}

void rate_key(const config::Value& value, const std::string& key, Rate& rate, Faults& faults) {
  const auto* list = std::get_if<config::Array>(&value.is);
  if (list == nullptr) return faults.error(value.place, key, std::string(kind_of(value)) + " where a list of variables is needed");
  if (list->size() > key_parts_most) faults.error(value.place, key, "more than " + std::to_string(key_parts_most) + " variables");
  for (const config::Value& part : *list) {
    const std::string* name = text_of(part, key, faults);
    if (name == nullptr) continue;
    if (name->starts_with("header.")) {
      std::string_view header = std::string_view(*name).substr(7);
      if (header.size() > 2 && header.front() == '"' && header.back() == '"') header = header.substr(1, header.size() - 2);
      rate.key.push_back({&header_info(), folded(header)});
    } else if (const VariableInfo* info = find_variable(*name)) {
      rate.key.push_back({info, {}});
    } else {
      std::vector<std::string_view> right;
      for (const VariableInfo& known : variables()) right.push_back(known.name);
      faults.unknown(part.place, key, "unknown variable", *name, std::move(right));
    }
  }
}

}  // namespace

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_header_name(std::string_view name) {
  const auto letter = [](char c) { return fold(c) >= 'a' && fold(c) <= 'z'; };
  constexpr std::string_view others = "0123456789!#$%&'*+-.^_`|~";
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || others.find(c) != std::string_view::npos; });
}

bool parse_effect(std::string_view name, const config::Value& value, const std::string& key, Rule& rule, Faults& faults) {
  if (name == "set" || name == "add" || name == "remove") {
    rule.effect_place = value.place;
    edits(name == "set" ? EditKind::set : name == "add" ? EditKind::add : EditKind::remove, value, key, rule, faults);
  } else if (name == "log") {
    log(value, key, rule, faults);
  } else if (name == "count") {
    count(value, key, rule, faults);
  } else {
    return false;
  }
  return true;
}

void parse_rate(const config::Value& value, const std::string& key, Rule& rule, Faults& faults) {
  const auto* table = std::get_if<config::Table>(&value.is);
  if (table == nullptr) return faults.error(value.place, key, std::string(kind_of(value)) + " where a table with key and above is needed");
  Rate rate;
  bool has_key = false;
  for (const config::Member& member : *table) {
    const std::string below = key + "." + member.key;
    if (member.key == "key") {
      has_key = true;
      rate_key(member.value, below, rate, faults);
    } else if (member.key == "above") {
      const std::string* text = text_of(member.value, below, faults);
      if (text == nullptr) return;
      const std::optional<double> found = per_second(*text);
      if (!found) return faults.error(member.value.place, below, "not a rate: \"100/s\", \"5/m\" and \"20/h\" are");
      rate.per_second = *found;
    } else {
      faults.unknown(member.key_place, below, "unknown key", member.key, {"key", "above"});
    }
  }
  if (!has_key) faults.error(value.place, key, "a rate needs a key: [\"source\"], or [] for all frames together");
  if (rate.per_second == 0) faults.error(value.place, key, "a rate needs above = \"100/s\"");
  rule.rate = std::move(rate);
}

}  // namespace rules
