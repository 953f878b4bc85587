#include "msrp/tid.h"

namespace msrp {
namespace {

// 32 letters, so that five random bits are one character without bias. None is a hyphen: a run of hyphens before a tid ends where it
// begins.
constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
static_assert(alphabet.size() == 32);
// alphabet[value]: without "l" and "o" it goes on by one or two letters, and by the digits.
constexpr std::uint8_t letter(std::uint8_t value) {
  const int skipped = (value > 10 ? 1 : 0) + (value > 12 ? 1 : 0) + (value > 23 ? '2' - 'a' - 24 - 2 : 0);
  return static_cast<std::uint8_t>('a' + value + skipped);
}
constexpr bool spells_alphabet() {
  for (std::uint8_t value = 0; value < alphabet.size(); ++value) {
    if (letter(value) != static_cast<std::uint8_t>(alphabet[value])) return false;
  }
  return true;
}
static_assert(spells_alphabet());

// 40 bits, five to each octet.
constexpr std::uint64_t spread(std::uint64_t bits) {
  bits = (bits & 0xFF'FFF0'0000U) << 12U | (bits & 0xF'FFFFU);
  bits = (bits & 0x000F'FC00'000F'FC00U) << 6U | (bits & 0x0000'03FF'0000'03FFU);
  return (bits & 0x03E0'03E0'03E0'03E0U) << 3U | (bits & 0x001F'001F'001F'001FU);
}

constexpr std::size_t number_size = MintedTid::size - TidFamily::size;

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr std::array<std::int8_t, 256> values = make_values();

}  // namespace

// Random octets cost more than all else here: none is wasted. The alphabet is computed, not looked up, so that the compiler makes all
// sixteen characters at once.
TidFamily TidFamily::mint(base::Entropy& entropy) {
  std::array<std::uint8_t, size * 5 / 8> random{};
  entropy.fill(random);
  std::array<std::uint8_t, size> octets{};
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, random.data() + half * 5, 5);
    bits = spread(bits);
    std::memcpy(octets.data() + half * 8, &bits, 8);
  }
  for (std::uint8_t& octet : octets) octet = letter(octet);
  TidFamily family;
  std::memcpy(family.characters_.data(), octets.data(), size);
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
  int worst = 0;  // negative: one of them is none of ours
  for (std::size_t i = TidFamily::size; i < size; ++i) {
    const std::int8_t value = values[static_cast<unsigned char>(octets[i])];
    worst |= value;
    number = number << 5 | (static_cast<std::uint64_t>(value) & 31U);
  }
  if (worst < 0 || number > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

std::uint32_t MintedTid::low_bits_of(std::string_view octets) {
  CHECK(octets.size() == size);
  std::uint32_t number = 0;
  for (std::size_t i = size - low_bits / 5; i < size; ++i)
    number = number << 5 | (static_cast<std::uint32_t>(values[static_cast<unsigned char>(octets[i])]) & 31U);
  return number;
}

}  // namespace msrp
