#pragma once
// The one table of keys: reading, checking, --print-effective and docs/configuration.md all go by it.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.h"
#include "config/report.h"

namespace config {

// What a value is read into. `listen` is set for the keys of [[listen]].
struct Target {
  Config& config;
  Listen* listen = nullptr;
};

struct Input {
  const Value& value;
  std::string_view key;  // dotted, for faults
  Report& report;
};

// Fields with units or plain numbers; the bounds are part of the type in the documentation.
struct DurationField {
  base::Duration& (*of)(Config&);
  base::Duration least;
  base::Duration most;
};
struct SizeField {
  std::size_t& (*of)(Config&);
  std::size_t least;
  std::size_t most;
};
struct CountField {
  std::size_t& (*of)(Config&);
  std::size_t least;
  std::size_t most;
};
// All others read and print themselves. `print` gives TOML, or nothing where no value says what the default means.
struct OtherField {
  std::string_view type;
  std::string_view standard;  // the default, as the documentation tells it
  void (*read)(const Input&, Target);
  std::string (*print)(Target);
};

struct Key {
  std::string_view section;  // "relay"; "listen" stands for every [[listen]]
  std::string_view name;
  std::variant<DurationField, SizeField, CountField, OtherField> field;
  std::string_view meaning;
};

// In the order in which they are documented and printed; keys of one section stand together.
std::span<const Key> all_keys();
// The sections in the same order; "rule" is not among them: src/rules reads it.
std::span<const std::string_view> all_sections();

// How the default of a key is told; scalar fields take it from Config itself.
std::string standard_of(const Key& key);

// Reads one value, or reports why not and leaves the target as it is.
void read_key(const Key& key, const Input& input, Target target);
// The value in force as TOML; empty where none says it, and for absent features.
std::string print_key(const Key& key, Target target);

// A TOML string.
std::string in_quotes(std::string_view text);

}  // namespace config
