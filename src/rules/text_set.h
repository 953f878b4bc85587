#pragma once
// A set of texts, asked without allocation.
#include <string>
#include <string_view>
#include <vector>

namespace rules {

class TextSet {
 public:
  TextSet() = default;
  TextSet(std::vector<std::string> texts, bool caseless);
  bool contains(std::string_view text) const;
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  bool before(std::string_view text, const std::string& other) const;
  std::vector<std::string> texts_;  // by length, then octets; folded when caseless
  bool caseless_ = false;
};

}  // namespace rules
