#pragma once
// Heads that come again. Most heads of a link are those of the frame before under another transaction id, Message-ID and Byte-Range: all
// else of them need not be parsed, it needs to be compared. A RepeatedHead is learnt from a head that was parsed and found good; what it
// matches would be parsed to the same, but for these three. Pure; neither allocates nor keeps views of what it is given.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "msrp/byte_range.h"
#include "msrp/head.h"

namespace msrp {

// In what one head differs from the other. Views into the octets that were matched.
struct HeadFields {
  std::string_view transaction_id;
  std::string_view message_id;          // of a SEND
  std::optional<ByteRange> byte_range;  // of a SEND that has one
  std::size_t size = 0;                 // of a SEND up to behind its empty line; of a response up to behind its end-line
};

class RepeatedHead {
 public:
  static constexpr std::size_t octets_max = 640;
  static constexpr std::size_t key_octets = 96;

  // "MSRP ", an id and a blank: the id. Empty: something else, or too little of it.
  static std::string_view transaction_id_of(std::string_view input);
  // A hash of the key_octets behind that id, which are alike in heads that match each other. `input` holds so many.
  static std::uint64_t key_of(std::string_view input, std::string_view transaction_id, std::uint64_t seed);
  static bool has_key(std::string_view input, std::string_view transaction_id) {
    return input.size() >= protocol_octets + transaction_id.size() + key_octets;
  }

  // A SEND with a body, or a response, that parse_head() has found good; its octets lie one behind the other, those of a response with the
  // end-line behind them, flag "$". False, and nothing is matched any more: it is none of these, or too long.
  bool learn(const Head& head);

  // Does `input` begin with such a head? `transaction_id`: transaction_id_of(input). False says nothing: it may be cut, it may be another.
  bool matches(std::string_view input, std::string_view transaction_id, const HeadLimits& limits, HeadFields& fields) const;

  // The head that was learnt, without its transaction id: where views of what all have in common may point to.
  std::string_view octets() const { return {octets_.data(), size_}; }
  // The place in octets() of something that is no part of its transaction id; `head`: the one that was learnt.
  std::size_t place_of(const Head& head, std::string_view part) const;

 private:
  static constexpr std::size_t protocol_octets = 5;
  static constexpr std::size_t fields_max = 2;
  enum class Field : std::uint8_t { none, message_id, byte_range };
  struct Piece {
    std::uint16_t begin = 0;
    std::uint16_t size = 0;
    Field behind = Field::none;  // what follows it
  };

  std::array<char, octets_max> octets_;  // pieces, and between them the fields as they were
  std::uint16_t size_ = 0;               // 0: nothing is matched
  std::uint8_t piece_count_ = 0;
  bool response_ = false;
  std::array<Piece, fields_max + 1> pieces_;
  std::uint16_t range_begin_ = 0;  // the Byte-Range that was learnt, and what it says
  std::uint16_t range_size_ = 0;
  ByteRange range_;
};

}  // namespace msrp
