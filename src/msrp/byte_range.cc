#include "msrp/byte_range.h"

#include "msrp/characters.h"

namespace msrp {
namespace {

// 1*DIGIT at the front of `text`, taken off.
base::Result<std::uint64_t, ByteRangeError> take_number(std::string_view& text) {
  std::size_t digits = 0;
  std::uint64_t value = 0;
  bool overflow = false;
  for (; digits < text.size() && is_of(text[digits], digit_class); ++digits) {
    overflow |= __builtin_mul_overflow(value, std::uint64_t{10}, &value);
    overflow |= __builtin_add_overflow(value, static_cast<std::uint64_t>(text[digits] - '0'), &value);
  }
  if (digits == 0) return base::fail(ByteRangeError::malformed);
  if (overflow) return base::fail(ByteRangeError::overflow);
  text.remove_prefix(digits);
  return value;
}

base::Result<std::optional<std::uint64_t>, ByteRangeError> take_number_or_star(std::string_view& text) {
  if (text.starts_with('*')) {
    text.remove_prefix(1);
    return std::optional<std::uint64_t>();
  }
  return std::optional<std::uint64_t>(TRY(take_number(text)));
}

}  // namespace

base::Result<ByteRange, ByteRangeError> parse_byte_range(std::string_view value) {
  ByteRange range;
  range.start = RangeStart(TRY(take_number(value)));
  if (!value.starts_with('-')) return base::fail(ByteRangeError::malformed);
  value.remove_prefix(1);
  range.end = TRY(take_number_or_star(value));
  if (!value.starts_with('/')) return base::fail(ByteRangeError::malformed);
  value.remove_prefix(1);
  range.total = TRY(take_number_or_star(value));
  if (!value.empty()) return base::fail(ByteRangeError::malformed);

  const std::uint64_t start = range.start.value();
  if (start == 0) return base::fail(ByteRangeError::impossible);
  if (range.end && *range.end < start - 1) return base::fail(ByteRangeError::impossible);
  if (range.end && range.total && *range.end > *range.total) return base::fail(ByteRangeError::impossible);
  return range;
}

}  // namespace msrp
