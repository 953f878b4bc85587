#include "blaster/outbox.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace blaster {

void Outbox::put(std::string_view octets) {
  if (octets.empty()) return;
  octets.copy(reserve(octets.size()), octets.size());
  wrote(octets.size());
}

std::size_t Outbox::pieces(std::span<ring::Octets> room) const {
  const std::size_t count = std::min(room.size(), pieces_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Piece& piece = pieces_[i];
    room[i] = {piece.elsewhere != nullptr ? piece.elsewhere : text_.data() + piece.offset, piece.size};
  }
  return count;
}

void Outbox::sent(std::size_t octets) {
  CHECK(octets <= size_);
  size_ -= octets;
  if (size_ == 0) {
    pieces_.clear();
    written_ = 0;
    return;
  }
  // The reader is slower than we are: drop what is gone and move the text that waits to the front.
  std::size_t gone = 0;
  while (octets >= pieces_[gone].size) octets -= pieces_[gone++].size;
  Piece& first = pieces_[gone];
  if (first.elsewhere != nullptr)
    first.elsewhere += octets;
  else
    first.offset += octets;
  first.size -= octets;
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(gone));
  const auto text = std::find_if(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.elsewhere == nullptr; });
  const std::size_t from = text == pieces_.end() ? written_ : text->offset;
  std::copy(text_.begin() + static_cast<std::ptrdiff_t>(from), text_.begin() + static_cast<std::ptrdiff_t>(written_), text_.begin());
  written_ -= from;
  for (Piece& piece : pieces_)
    if (piece.elsewhere == nullptr) piece.offset -= from;
}

}  // namespace blaster
