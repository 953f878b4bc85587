#pragma once
// The Message-IDs of this program: "pair.number" in hexadecimal digits of fixed width, so that whoever gets a frame knows what must stand
// in it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace blaster {

struct MessageId {
  static constexpr std::size_t pair_digits = 8;
  static constexpr std::size_t number_digits = 12;
  static constexpr std::size_t size = pair_digits + 1 + number_digits;

  std::uint32_t pair = 0;
  std::uint64_t number = 0;  // the low 48 bits count
  friend bool operator==(MessageId, MessageId) = default;
};

inline void write_hexadecimal(char* to, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i-- > 0; value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

// Only the digits that write_hexadecimal() writes; nullopt for anything else.
inline std::optional<std::uint64_t> parse_hexadecimal(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) {
    unsigned nibble = 0;
    if (digit >= '0' && digit <= '9')
      nibble = static_cast<unsigned>(digit - '0');
    else if (digit >= 'a' && digit <= 'f')
      nibble = static_cast<unsigned>(digit - 'a') + 10;
    else
      return std::nullopt;
    value = value << 4 | nibble;
  }
  return value;
}

// Writes MessageId::size characters.
inline void write_message_id(char* to, MessageId id) {
  write_hexadecimal(to, MessageId::pair_digits, id.pair);
  to[MessageId::pair_digits] = '.';
  write_hexadecimal(to + MessageId::pair_digits + 1, MessageId::number_digits, id.number);
}

// The Message-IDs of a pair one after the other, as text: counting up in it costs a digit, writing or reading it anew all of them.
class MessageIdCounter {
 public:
  explicit MessageIdCounter(std::uint32_t pair) { write_message_id(text_.data(), {pair, 0}); }

  std::uint64_t number() const { return number_; }
  std::string_view text() const { return {text_.data(), text_.size()}; }
  void advance() {
    ++number_;
    for (std::size_t i = text_.size(); text_[--i] != '.';) {
      text_[i] = text_[i] == '9' ? 'a' : static_cast<char>(text_[i] + 1);
      if (text_[i] <= 'f') return;
      text_[i] = '0';
    }
  }
  void jump_to(std::uint64_t number) {
    number_ = number;
    write_hexadecimal(text_.data() + MessageId::pair_digits + 1, MessageId::number_digits, number);
  }

 private:
  std::uint64_t number_ = 0;
  std::array<char, MessageId::size> text_;
};

inline std::optional<MessageId> parse_message_id(std::string_view text) {
  if (text.size() != MessageId::size || text[MessageId::pair_digits] != '.') return std::nullopt;
  const auto pair = parse_hexadecimal(text.substr(0, MessageId::pair_digits));
  const auto number = parse_hexadecimal(text.substr(MessageId::pair_digits + 1));
  if (!pair || !number) return std::nullopt;
  return MessageId{static_cast<std::uint32_t>(*pair), *number};
}

}  // namespace blaster
