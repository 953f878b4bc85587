#pragma once
// Character classes of RFC 4975 section 9 and RFC 3986, one table for all parsers of this layer.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace msrp {

enum CharacterClass : std::uint16_t {
  alpha_class = 1 << 0,
  digit_class = 1 << 1,
  upper_class = 1 << 2,
  ident_class = 1 << 3,    // ident-char of a transaction id
  token_class = 1 << 4,    // token of RFC 4975
  session_class = 1 << 5,  // session-id: unreserved + = /
  host_class = 1 << 6,     // reg-name without ";" (which begins the transport) and without "%"
  hex_class = 1 << 7,
  unreserved_class = 1 << 8,
};
constexpr std::uint16_t alphanum_class = alpha_class | digit_class;

constexpr std::array<std::uint16_t, 256> make_character_classes() {
  std::array<std::uint16_t, 256> classes{};
  const auto add = [&classes](std::string_view members, unsigned bits) {
    for (const char c : members) {
      auto& entry = classes[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint16_t>(entry | bits);
    }
  };
  constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view digits = "0123456789";
  constexpr unsigned everywhere = ident_class | token_class | session_class | host_class | unreserved_class;
  add(upper, alpha_class | upper_class | everywhere);
  add(lower, alpha_class | everywhere);
  add(digits, digit_class | hex_class | everywhere);
  add("abcdefABCDEF", hex_class);
  add(".-+%=", ident_class);
  add("-._~", unreserved_class | session_class | host_class);
  add("+=/", session_class);
  add("!$&'()*+,=", host_class);
  add("!#$%&'*+-.^_`{|}~", token_class);
  return classes;
}
inline constexpr std::array<std::uint16_t, 256> character_classes = make_character_classes();

constexpr bool is_of(char c, unsigned classes) { return (character_classes[static_cast<unsigned char>(c)] & classes) != 0; }
constexpr bool all_of_class(std::string_view text, unsigned classes) {
  for (const char c : text) {
    if (!is_of(c, classes)) return false;
  }
  return true;
}
constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// ABNF strings and header names are compared without case. `lower` is written in lower case.
constexpr bool equals_lower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower_case(text[i]) != lower[i]) return false;
  }
  return true;
}

}  // namespace msrp
