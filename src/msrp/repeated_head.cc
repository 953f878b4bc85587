#include "msrp/repeated_head.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "msrp/characters.h"
#include "msrp/tid.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace msrp {
namespace {

constexpr std::string_view protocol = "MSRP ";
constexpr std::string_view hyphens = "-------";
constexpr std::string_view response_end = "$\r\n";

#if defined(__SSE2__)
// Of 16 octets those that are ident characters, a bit each: letters, digits, "." "-" "+" "%" "=".
unsigned ident_bits(const char* octets) {
  const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(octets));
  const auto within = [](__m128i what, char from, int count) {
    const __m128i distance = _mm_sub_epi8(what, _mm_set1_epi8(from));
    return _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8(static_cast<char>(count - 1))), distance);
  };
  const auto is = [&](char c) { return _mm_cmpeq_epi8(v, _mm_set1_epi8(c)); };
  const __m128i letters = within(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 26);
  const __m128i others = _mm_or_si128(_mm_or_si128(is('.'), is('-')), _mm_or_si128(_mm_or_si128(is('+'), is('%')), is('=')));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(letters, within(v, '0', 10)), others)));
}
#endif

// Ident characters from `at` on, at most `most` of them.
std::size_t ident_run(std::string_view text, std::size_t at, std::size_t most) {
  const std::size_t end = std::min(text.size(), at + most);
  std::size_t to = at;
#if defined(__SSE2__)
  constexpr std::size_t step = 16;
  while (to + step <= end) {
    const unsigned others = ~ident_bits(text.data() + to) & 0xFFFFU;
    if (others != 0) return to + static_cast<std::size_t>(std::countr_zero(others)) - at;
    to += step;
  }
#endif
  while (to < end && is_of(text[to], ident_class)) ++to;
  return to - at;
}

std::uint64_t word_at(const char* octets) {
  std::uint64_t word = 0;
  std::memcpy(&word, octets, sizeof word);
  return word;
}

}  // namespace

std::string_view RepeatedHead::transaction_id_of(std::string_view input) {
  static_assert(protocol.size() == protocol_octets);
  if (input.size() < protocol.size() + transaction_id_max + 1 || std::memcmp(input.data(), protocol.data(), protocol.size()) != 0)
    return {};
  const std::size_t size = ident_run(input, protocol.size(), transaction_id_max);
  if (size < 4 || input[protocol.size() + size] != ' ' || !is_of(input[protocol.size()], alphanum_class)) return {};
  return {input.data() + protocol.size(), size};
}

std::uint64_t RepeatedHead::key_of(std::string_view input, std::string_view transaction_id, std::uint64_t seed) {
  const char* octets = input.data() + protocol.size() + transaction_id.size();
  std::uint64_t hash = seed;
  // Every other word: a session's token is longer than two.
  for (std::size_t at = 0; at < key_octets; at += 2 * sizeof hash) {
    hash = (hash ^ word_at(octets + at)) * 0x9E37'79B9'7F4A'7C15U;
    hash ^= hash >> 32U;
  }
  return hash;
}

std::size_t RepeatedHead::place_of(const Head& head, std::string_view part) const {
  const std::size_t skipped = protocol.size() + head.transaction_id.size();
  return static_cast<std::size_t>(part.data() - head.octets.data()) - skipped;
}

bool RepeatedHead::learn(const Head& head) {
  size_ = 0;
  response_ = head.is_response;
  if (response_ ? head.has_body : head.method != Method::send || !head.has_body || !head.message_id) return false;
  const std::size_t skipped = protocol.size() + head.transaction_id.size();
  const std::string_view behind = response_ ? hyphens : std::string_view("\r\n");
  const std::size_t size = head.octets.size() - skipped + behind.size();
  if (size > octets_max || size < key_octets) return false;
  head.octets.copy(octets_.data(), head.octets.size() - skipped, skipped);
  behind.copy(octets_.data() + head.octets.size() - skipped, behind.size());

  struct Known {
    Field field;
    std::size_t begin;
    std::size_t size;
  };
  std::array<Known, fields_max> known{};
  std::size_t count = 0;
  range_size_ = 0;
  if (!response_) {
    known[count++] = {Field::message_id, place_of(head, *head.message_id), head.message_id->size()};
    if (head.byte_range) {
      const std::string_view value = head.lines[head.byte_range_line].value;
      known[count++] = {Field::byte_range, place_of(head, value), value.size()};
      range_begin_ = static_cast<std::uint16_t>(place_of(head, value));
      range_size_ = static_cast<std::uint16_t>(value.size());
      range_ = *head.byte_range;
      if (known[0].begin > known[1].begin) std::swap(known[0], known[1]);
    }
  }
  std::size_t begin = 0;
  piece_count_ = 0;
  for (std::size_t i = 0; i < count; ++i) {
    pieces_[piece_count_++] = {static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(known[i].begin - begin), known[i].field};
    begin = known[i].begin + known[i].size;
  }
  pieces_[piece_count_++] = {static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(size - begin), Field::none};
  size_ = static_cast<std::uint16_t>(size);
  return true;
}

bool RepeatedHead::matches(std::string_view input, std::string_view transaction_id, const HeadLimits& limits, HeadFields& fields) const {
  if (size_ == 0) return false;
  fields.transaction_id = transaction_id;
  fields.byte_range.reset();
  std::size_t at = protocol.size() + transaction_id.size();
  const auto stands = [&](std::size_t begin, std::size_t size) {
    return input.size() - at >= size && std::memcmp(input.data() + at, octets_.data() + begin, size) == 0;
  };
  for (std::size_t i = 0; i < piece_count_; ++i) {
    const Piece& piece = pieces_[i];
    if (!stands(piece.begin, piece.size)) return false;
    at += piece.size;
    // What follows the field is the beginning of the next piece: CRLF, and so the field ends where it must.
    if (piece.behind == Field::message_id) {
      const std::size_t size = ident_run(input, at, message_id_max + 1);
      if (size == 0 || size > message_id_max) return false;
      fields.message_id = {input.data() + at, size};
      at += size;
      // The usual: all that follows is as it was, the Byte-Range too.
      const Piece& next = pieces_[i + 1];
      if (next.behind == Field::byte_range && stands(next.begin, size_ - next.begin)) {
        fields.byte_range = range_;
        at += size_ - next.begin;
        break;
      }
    } else if (piece.behind == Field::byte_range) {
      const std::string_view rest(input.data() + at, input.size() - at);
      const std::string_view before(octets_.data() + range_begin_, range_size_);
      if (rest.size() > before.size() && rest[before.size()] == '\r' && std::memcmp(rest.data(), before.data(), before.size()) == 0) {
        fields.byte_range = range_;
        at += before.size();
        continue;
      }
      constexpr std::size_t most = 64;  // three numbers of 20 digits
      const std::size_t size = rest.substr(0, most).find('\r');
      if (size == std::string_view::npos) return false;
      const auto range = parse_byte_range(rest.substr(0, size));
      if (!range) return false;
      fields.byte_range = *range;
      at += size;
    }
  }
  if (response_) {
    // Its own id once more, and that it is whole.
    if (input.size() - at < transaction_id.size() + response_end.size()) return false;
    const char* end = input.data() + at;
    if (std::memcmp(end, transaction_id.data(), transaction_id.size()) != 0) return false;
    if (std::memcmp(end + transaction_id.size(), response_end.data(), response_end.size()) != 0) return false;
    at += transaction_id.size() + response_end.size();
  }
  fields.size = at;
  // [limits] header_bytes counts up to the last header line; the few octets behind that do not matter here, they only make this stricter.
  return at <= limits.bytes;
}

}  // namespace msrp
