#pragma once
// Byte-Range, RFC 4975 section 7.1 and 9: "start-end/total", both of the latter may be "*".
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace msrp {

// 1-based position of the first octet of a chunk in its message. An offset is only made by name.
class RangeStart {
 public:
  constexpr RangeStart() = default;
  explicit constexpr RangeStart(std::uint64_t one_based) : value_(one_based) {}
  constexpr std::uint64_t value() const { return value_; }
  // Saturates: a sender that lies about its range cannot wrap it round.
  constexpr RangeStart advanced_by(std::uint64_t octets) const {
    std::uint64_t sum = 0;
    return RangeStart(__builtin_add_overflow(value_, octets, &sum) ? UINT64_MAX : sum);
  }
  friend constexpr auto operator<=>(RangeStart, RangeStart) = default;

 private:
  std::uint64_t value_ = 1;
};

struct ByteRange {
  RangeStart start;
  std::optional<std::uint64_t> end;    // last octet; start - 1 for an empty chunk ("1-0/0"); nullopt: "*"
  std::optional<std::uint64_t> total;  // nullopt: "*"
};

enum class ByteRangeError : std::uint8_t { malformed, overflow, impossible };  // impossible: end < start - 1, end > total, start 0

// The value of the header, without name and CRLF.
base::Result<ByteRange, ByteRangeError> parse_byte_range(std::string_view value);

}  // namespace msrp
