#pragma once
// ASCII letters without case. Octets above 127 are themselves: nothing here knows a character set.
#include <algorithm>
#include <string>
#include <string_view>

namespace rules {

constexpr char fold(char octet) { return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet + ('a' - 'A')) : octet; }

// `folded` is already in lower case.
inline bool equals_folded(std::string_view text, std::string_view folded) {
  if (text.size() != folded.size()) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (fold(text[at]) != folded[at]) return false;
  }
  return true;
}

inline std::string folded(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), fold);
  return result;
}

}  // namespace rules
