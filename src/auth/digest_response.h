#pragma once
// RFC 7616 section 3.4.1 with qop=auth, for both sides.
#include <string_view>

#include "auth/digest.h"
#include "auth/hash.h"

namespace auth {

// KD(HA1, nonce:nc:cnonce:auth:H(method:uri)). `method`: "AUTH"; empty for rspauth.
inline HexDigest digest_response(const Credentials& credentials, std::string_view ha1, std::string_view method, std::string_view uri) {
  const HexDigest a2 = hash(credentials.algorithm, {method, uri});
  return hash(credentials.algorithm, {ha1, credentials.nonce, credentials.nc, credentials.cnonce, "auth", a2.view()});
}

}  // namespace auth
