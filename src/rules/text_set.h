#pragma once
// A set of texts, asked without allocation.
#include <string>
#include <string_view>
#include <vector>

#include "rules/caseless.h"

namespace rules {

class TextSet {
 public:
  TextSet() = default;
  TextSet(std::vector<std::string> texts, bool caseless);
  bool contains(std::string_view text) const {
    if (texts_.size() != 1) return among_many(text);
    const std::string& only = texts_.front();
    return text.size() == only.size() && (caseless_ ? equals_folded(text, only) : text == only);
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  bool among_many(std::string_view text) const;
  bool before(std::string_view text, const std::string& other) const;
  std::vector<std::string> texts_;  // by length, then octets; folded when caseless
  bool caseless_ = false;
};

}  // namespace rules
