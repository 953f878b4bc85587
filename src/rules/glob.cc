#include "rules/glob.h"

#include "rules/caseless.h"

namespace rules {

Glob::Glob(std::string_view pattern, bool caseless) : pieces_(1), caseless_(caseless) {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '*') {
      // Two stars in a row are one.
      if (pieces_.size() == 1 || !pieces_.back().empty()) pieces_.emplace_back();
    } else if (pattern[at] == '\\' && at + 1 < pattern.size() && pattern[at + 1] == '*') {
      pieces_.back().push_back('*');
      ++at;
    } else {
      pieces_.back().push_back(caseless_ ? fold(pattern[at]) : pattern[at]);
    }
  }
}

bool Glob::same(std::string_view text, std::string_view piece) const { return caseless_ ? equals_folded(text, piece) : text == piece; }

std::size_t Glob::find(std::string_view text, std::string_view piece, std::size_t from) const {
  if (!caseless_) return text.find(piece, from);
  for (std::size_t at = from; at + piece.size() <= text.size(); ++at) {
    if (equals_folded(text.substr(at, piece.size()), piece)) return at;
  }
  return std::string_view::npos;
}

bool Glob::matches(std::string_view text) const {
  const std::string& first = pieces_.front();
  if (pieces_.size() == 1) return same(text, first);
  const std::string& last = pieces_.back();
  if (text.size() < first.size() + last.size()) return false;
  if (!same(text.substr(0, first.size()), first) || !same(text.substr(text.size() - last.size()), last)) return false;
  const std::string_view middle = text.substr(0, text.size() - last.size());
  std::size_t at = first.size();
  for (std::size_t piece = 1; piece + 1 < pieces_.size(); ++piece) {
    const std::size_t found = find(middle, pieces_[piece], at);
    if (found == std::string_view::npos) return false;
    at = found + pieces_[piece].size();
  }
  return true;
}

}  // namespace rules
