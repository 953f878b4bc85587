#include "session/token.h"

namespace session {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  for (auto& digit : digits) digit = no_digit;
  for (std::size_t i = 0; i < alphabet.size(); ++i) digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return digits;
}
constexpr auto digits = make_digits();

}  // namespace

Token Token::mint(base::Shard shard, base::Entropy& entropy) {
  Token token;
  token.octets_[0] = shard.value();
  entropy.fill(std::span(token.octets_).subspan(1));
  return token;
}

std::optional<Token> Token::parse(std::string_view session_part) {
  if (session_part.size() != text_size) return std::nullopt;
  Token token;
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t octet = 0;
  for (const char character : session_part) {
    const std::uint8_t digit = digits[static_cast<unsigned char>(character)];
    if (digit == no_digit) return std::nullopt;
    bits = bits << 6 | digit;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    token.octets_[octet++] = static_cast<std::uint8_t>(bits >> held);
  }
  // One spelling per token: the bits left over are zero.
  if ((bits & ((1U << held) - 1U)) != 0) return std::nullopt;
  return token;
}

Token::Text Token::text() const {
  Text text;
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t at = 0;
  for (const std::uint8_t octet : octets_) {
    bits = bits << 8 | octet;
    held += 8;
    while (held >= 6) {
      held -= 6;
      text.characters[at++] = alphabet[bits >> held & 0x3F];
    }
  }
  text.characters[at++] = alphabet[bits << (6 - held) & 0x3F];
  return text;
}

}  // namespace session
