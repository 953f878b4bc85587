#pragma once
// The pattern of `like`: "*" is any run of octets, "\*" a star, every other octet itself (a backslash, too). Matches the whole text.
#include <string>
#include <string_view>
#include <vector>

namespace rules {

class Glob {
 public:
  Glob(std::string_view pattern, bool caseless);
  // No backtracking: the leftmost place of each piece is as good as any other.
  bool matches(std::string_view text) const;

 private:
  bool same(std::string_view text, std::string_view piece) const;
  std::size_t find(std::string_view text, std::string_view piece, std::size_t from) const;
  std::vector<std::string> pieces_;  // between the stars, first and last at the ends; one piece: no star
  bool caseless_;
};

}  // namespace rules
