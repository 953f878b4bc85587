#pragma once
// A configuration file as plain values with their places. The TOML library is known to load_toml.cc alone.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace config {

struct Place {
  std::uint32_t line = 0;  // 1-based; 0: not from a file
  std::uint32_t column = 0;
};

struct Value;
struct Member;
using Array = std::vector<Value>;
using Table = std::vector<Member>;  // in the order of the file

struct Value {
  Place place;
  std::variant<std::monostate, std::string, std::int64_t, double, bool, Array, Table> is;
};
struct Member {
  std::string key;
  Place key_place;
  Value value;
};

// nullptr: it is no table, or has no such member.
const Value* member_of(const Value& table, std::string_view key);

// One fault of a file. All faults are reported at once (product: --check).
struct Fault {
  std::string file;
  Place place;
  std::string key;  // dotted, with the index of an array of tables: "listen[1].uri"
  std::string reason;
  std::string nearest;   // for a misspelt name: the nearest right one; else empty
  bool warning = false;  // does not make the configuration wrong
};
// "relay.toml:12:1: listen[1].ur: unknown key; did you mean `uri`?"
std::string to_string(const Fault& fault);

// The candidate at the least edit distance, if it is near enough to be meant; else empty.
std::string_view nearest_name(std::string_view misspelt, const std::vector<std::string_view>& candidates);

}  // namespace config
