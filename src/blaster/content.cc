#include "blaster/content.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace blaster {

Content Content::text(std::uint64_t size) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .";
  Content content;
  content.size_ = size;
  content.text_.resize(2 * period);
  std::uint64_t state = 0x9E3779B97F4A7C15ULL;
  for (std::size_t i = 0; i < period; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    content.text_[i] = content.text_[i + period] = alphabet[(state >> 32) % alphabet.size()];
  }
  return content;
}

Content Content::file(std::string_view octets) {
  Content content;
  content.size_ = octets.size();
  content.is_file_ = true;
  content.octets_ = octets;
  return content;
}

std::string_view Content::at(std::uint32_t pair, std::uint64_t number, std::uint64_t offset, std::uint64_t most) const {
  CHECK(offset <= size_);
  const std::uint64_t wanted = std::min(size_ - offset, most);
  if (is_file_) return octets_.substr(offset, wanted);
  // Odd steps: 65536 messages pass before one begins where an earlier one of its pair began.
  const std::uint64_t start = (number * 67 + pair * std::uint64_t{4099} + offset) % period;
  return std::string_view(text_).substr(start, std::min<std::uint64_t>(wanted, 2 * period - start));
}

bool Content::matches(std::uint32_t pair, std::uint64_t number, std::uint64_t offset, std::string_view octets) const {
  if (offset > size_ || octets.size() > size_ - offset) return false;
  while (!octets.empty()) {
    const std::string_view expected = at(pair, number, offset, octets.size());
    if (std::memcmp(expected.data(), octets.data(), expected.size()) != 0) return false;
    octets.remove_prefix(expected.size());
    offset += expected.size();
  }
  return true;
}

}  // namespace blaster
