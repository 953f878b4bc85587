#pragma once
// Where in the stream of TLS records one stands: whoever takes a connection over has to begin at a record.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace transport {

class RecordBoundary {
 public:
  static constexpr std::size_t head_octets = 5;  // type, version, length (RFC 8446 5.1)

  void pass(std::string_view octets) {
    while (!octets.empty()) {
      if (body_ > 0) {
        const std::size_t count = std::min<std::size_t>(body_, octets.size());
        body_ -= static_cast<std::uint32_t>(count);
        octets.remove_prefix(count);
        continue;
      }
      const auto octet = static_cast<unsigned char>(octets.front());
      octets.remove_prefix(1);
      ++head_;
      if (head_ >= head_octets - 1) length_ = static_cast<std::uint16_t>(length_ << 8U | octet);
      if (head_ < head_octets) continue;
      body_ = length_;
      head_ = 0;
      length_ = 0;
    }
  }
  bool is_here() const { return head_ == 0 && body_ == 0; }
  // Octets missing of the head or of the body; at a boundary those of a head.
  std::size_t missing() const { return body_ > 0 ? body_ : head_octets - head_; }

 private:
  std::uint8_t head_ = 0;  // octets of it that have passed
  std::uint16_t length_ = 0;
  std::uint32_t body_ = 0;  // octets of it that have not
};

}  // namespace transport
