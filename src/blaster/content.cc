#include "blaster/content.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "base/check.h"
#include "blaster/chance.h"
#include "blaster/units.h"

namespace blaster {
namespace {

// "CRLF ------- identifier $", of the letters and digits that are there.
void make_end_lines(std::span<char> text) {
  static constexpr std::size_t line = 32;
  static constexpr std::string_view begin = "\r\n-------";
  for (std::size_t at = 0; at + line <= text.size(); at += line) {
    const std::span<char> one = text.subspan(at, line);
    std::replace_if(one.begin(), one.end(), [](char octet) { return octet == ' ' || octet == '.'; }, 'x');
    std::copy(begin.begin(), begin.end(), one.begin());
    one.back() = '$';
  }
}

}  // namespace

Content Content::text(std::uint64_t size) { return mix({Kind{.smallest = size, .largest = size}}); }

Content Content::mix(std::vector<Kind> kinds, Filling filling) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .";
  CHECK(!kinds.empty());
  Content content;
  content.weights_ = 0;
  for (const Kind& kind : kinds) {
    content.size_ = std::max(content.size_, kind.largest);
    content.weights_ += kind.weight;
  }
  content.is_uniform_ = kinds.size() == 1 && kinds.front().smallest == kinds.front().largest;
  content.kinds_ = std::move(kinds);
  content.text_.resize(2 * period);
  std::uint64_t state = 0x9E3779B97F4A7C15ULL;
  for (std::size_t i = 0; i < period; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    content.text_[i] = alphabet[(state >> 32) % alphabet.size()];
  }
  if (filling == Filling::end_lines) make_end_lines(std::span(content.text_).first(period));
  std::copy_n(content.text_.begin(), period, content.text_.begin() + period);
  return content;
}

Content Content::file(std::string_view octets) {
  Content content;
  content.size_ = octets.size();
  content.is_file_ = true;
  content.octets_ = octets;
  content.kinds_ = {Kind{.content_type = "application/octet-stream", .smallest = octets.size(), .largest = octets.size()}};
  return content;
}

Content::Shape Content::drawn_shape(std::uint32_t pair, std::uint64_t number) const {
  std::uint64_t rest = drawn(pair, number, Draw::kind) % weights_;
  std::uint32_t at = 0;
  while (rest >= kinds_[at].weight) rest -= kinds_[at++].weight;
  const Kind& kind = kinds_[at];
  return {kind.smallest + drawn(pair, number, Draw::size) % (kind.largest - kind.smallest + 1), at};
}

double Content::mean_size() const {
  double sum = 0;
  for (const Kind& kind : kinds_) sum += kind.weight * (static_cast<double>(kind.smallest) + static_cast<double>(kind.largest)) / 2;
  return sum / static_cast<double>(weights_);
}

std::string Content::describe() const {
  const Kind& first = kinds_.front();
  if (kinds_.size() == 1)
    return is_uniform_ ? tell_size(size_) : fmt::format("{} to {}", tell_size(first.smallest), tell_size(first.largest));
  std::string text;
  for (const Kind& kind : kinds_)
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", kind.name, 100.0 * kind.weight / static_cast<double>(weights_));
  return text;
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
