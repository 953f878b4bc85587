#include "auth/expires.h"

#include <algorithm>

#include "base/check.h"

namespace auth {

base::Result<std::int64_t, ExpiresRefusal> negotiate_expires(std::optional<std::string_view> requested, const ExpiresBounds& bounds) {
  CHECK(0 < bounds.minimum && bounds.minimum <= bounds.unasked && bounds.unasked <= bounds.maximum);
  if (!requested) return bounds.unasked;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (requested->empty() || !std::all_of(requested->begin(), requested->end(), is_digit)) return base::fail(ExpiresRefusal{true, {}});
  const auto too_long = [&] { return ExpiresRefusal{false, "Max-Expires: " + std::to_string(bounds.maximum) + "\r\n"}; };
  std::int64_t seconds = 0;
  for (const char c : *requested) {
    // Any number of digits may come; beyond what 64 bits hold their value is only "too much".
    if (!__builtin_mul_overflow(seconds, 10, &seconds) && !__builtin_add_overflow(seconds, c - '0', &seconds)) continue;
    return base::fail(too_long());
  }
  if (seconds < bounds.minimum) return base::fail(ExpiresRefusal{false, "Min-Expires: " + std::to_string(bounds.minimum) + "\r\n"});
  if (seconds > bounds.maximum) return base::fail(too_long());
  return seconds;
}

}  // namespace auth
