#pragma once
// How links and sessions are called on the control socket: "l0.17.3" and "s0.17.3", core, slot, generation. Nothing of it is a secret, and
// a name is never used again. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace command {

struct Handle {
  bool is_session = false;
  std::uint16_t core = 0;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;

  std::string text() const;
  static std::optional<Handle> parse(std::string_view text);
  friend bool operator==(const Handle&, const Handle&) = default;
};

// Where a listing goes on: "core.slot".
struct Cursor {
  std::uint16_t core = 0;
  std::uint32_t slot = 0;

  std::string text() const;
  static std::optional<Cursor> parse(std::string_view text);
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

}  // namespace command
