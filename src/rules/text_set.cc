#include "rules/text_set.h"

#include <algorithm>

#include "rules/caseless.h"

namespace rules {
namespace {

// Below this, looking at each is faster than searching by halves.
constexpr std::size_t few = 8;

bool shorter_or_less(const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

}  // namespace

TextSet::TextSet(std::vector<std::string> texts, bool caseless) : texts_(std::move(texts)), caseless_(caseless) {
  if (caseless_) {
    for (std::string& text : texts_) text = folded(text);
  }
  std::sort(texts_.begin(), texts_.end(), shorter_or_less);
  texts_.erase(std::unique(texts_.begin(), texts_.end()), texts_.end());
}

// Is `other` before `text`? The text is folded as it is read.
bool TextSet::before(std::string_view text, const std::string& other) const {
  if (other.size() != text.size()) return other.size() < text.size();
  if (!caseless_) return other < text;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto mine = static_cast<unsigned char>(fold(text[at]));
    const auto theirs = static_cast<unsigned char>(other[at]);
    if (mine != theirs) return theirs < mine;
  }
  return false;
}

bool TextSet::among_many(std::string_view text) const {
  const auto same = [&](const std::string& other) {
    return text.size() == other.size() && (caseless_ ? equals_folded(text, other) : text == other);
  };
  if (texts_.size() <= few) return std::any_of(texts_.begin(), texts_.end(), same);
  const auto at = std::partition_point(texts_.begin(), texts_.end(), [&](const std::string& other) { return before(text, other); });
  return at != texts_.end() && same(*at);
}

}  // namespace rules
