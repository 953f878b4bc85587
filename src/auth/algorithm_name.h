#pragma once
// The algorithms' names in headers (RFC 7616 section 6.1).
#include <optional>
#include <string_view>

#include "auth/algorithm.h"
#include "auth/parameters.h"

namespace auth {

inline std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::md5: return "MD5";
    case Algorithm::sha256: return "SHA-256";
  }
  return {};
}

// nullopt: not spoken here. MD5-sess among them.
inline std::optional<Algorithm> algorithm_named(std::string_view name) {
  if (same_token(name, "MD5")) return Algorithm::md5;
  if (same_token(name, "SHA-256")) return Algorithm::sha256;
  return std::nullopt;
}

}  // namespace auth
