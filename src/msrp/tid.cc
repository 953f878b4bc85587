#include "msrp/tid.h"

namespace msrp {
namespace {

// 32 letters, so that five random bits are one character without bias. None is a hyphen: a run of hyphens before a tid ends where it
// begins.
constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
static_assert(alphabet.size() == 32);
constexpr std::size_t number_size = MintedTid::size - TidFamily::size;

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr std::array<std::int8_t, 256> values = make_values();

}  // namespace

TidFamily TidFamily::mint(base::Entropy& entropy) {
  std::array<std::uint8_t, size * 5 / 8> random{};
  entropy.fill(random);
  TidFamily family;
  std::size_t next = 0;
  for (std::size_t half = 0; half < 2; ++half) {
    // Five octets are eight characters.
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 5; ++i) bits = bits << 8 | random[half * 5 + i];
    for (std::size_t i = 0; i < 8; ++i) family.characters_[next++] = alphabet[bits >> (5 * i) & 31];
  }
  return family;
}

MintedTid::MintedTid(const TidFamily& family, std::uint32_t transaction) {
  std::memcpy(characters_.data(), family.prefix().data(), TidFamily::size);
  for (std::size_t i = 0; i < number_size; ++i) {
    characters_[size - 1 - i] = alphabet[transaction & 31];
    transaction >>= 5;
  }
}

std::optional<std::uint32_t> MintedTid::transaction_of(std::string_view octets) {
  if (octets.size() != size) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : octets.substr(TidFamily::size)) {
    const std::int8_t value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    number = number << 5 | static_cast<std::uint64_t>(value);
  }
  if (number > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

}  // namespace msrp
