#pragma once
// What one link has to send: text written here and octets that stand elsewhere, in order.
//
// Between pieces() and sent() nothing may be put in: the kernel reads what stands here.
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "ring/ring.h"

namespace blaster {

class Outbox {
 public:
  // Room for `most` octets of text; write(n <= most) ends it.
  char* reserve(std::size_t most) {
    if (text_.size() < written_ + most) text_.resize(2 * (written_ + most));
    return text_.data() + written_;
  }
  void wrote(std::size_t octets) {
    if (octets == 0) return;
    if (!pieces_.empty() && pieces_.back().elsewhere == nullptr)
      pieces_.back().size += octets;
    else
      pieces_.push_back({nullptr, written_, octets});
    written_ += octets;
    size_ += octets;
  }
  void put(std::string_view octets);
  // Octets that stand where they are until sent() has covered them.
  void refer(std::string_view octets) {
    if (octets.empty()) return;
    pieces_.push_back({octets.data(), 0, octets.size()});
    size_ += octets.size();
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // The first pieces, as many as `room` holds. Returns how many.
  std::size_t pieces(std::span<ring::Octets> room) const;
  // The first `octets` octets are gone.
  void sent(std::size_t octets);

 private:
  struct Piece {
    const char* elsewhere;  // nullptr: text_ from `offset` on
    std::size_t offset;
    std::size_t size;
  };
  std::vector<char> text_;
  std::size_t written_ = 0;  // of text_
  std::size_t size_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace blaster
