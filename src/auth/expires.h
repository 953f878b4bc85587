#pragma once
// How long a URI lives: what the client asks for in Expires against what the relay grants (R-185 to R-187, RFC 4976 section 6.3). Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace auth {

// Seconds, 0 < minimum <= unasked <= maximum.
struct ExpiresBounds {
  std::int64_t unasked = 1800;  // when the request has no Expires
  std::int64_t minimum = 60;
  std::int64_t maximum = 3600;
};

struct ExpiresRefusal {
  bool malformed = false;   // no digits: 400. Else 423 with
  std::string header_line;  // "Min-Expires: 60" or "Max-Expires: 3600", and CRLF: asking again with that value succeeds
};

// The seconds granted, never more than asked for. `requested`: the header's value, nullopt if there is none.
base::Result<std::int64_t, ExpiresRefusal> negotiate_expires(std::optional<std::string_view> requested, const ExpiresBounds& bounds);

}  // namespace auth
