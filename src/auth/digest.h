#pragma once
// HTTP Digest as RFC 4976 section 9.1 uses it, RFC 7616 and 8760 for SHA-256. Pure: nothing is remembered here but what
// the caller keeps per link (NonceCounts).
//
// Not checked here: that the transport may carry AUTH at all, Expires (auth/expires.h), how many failures a link may have.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "auth/algorithm.h"
#include "auth/nonce.h"
#include "auth/user_table.h"
#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace auth {

enum class AuthFailure : std::uint8_t {
  no_credentials,  // 401, no stale
  malformed,       // 400: not Digest, lacking qop, nc, cnonce, response, or auth-int, MD5-sess
  uri_mismatch,    // 400: `uri` differs from the rightmost To-Path URI
  stale,           // 401 stale=true: the digest was right for a nonce that is too old, of another link, or whose nc was used
  refused,         // 401: unknown user, wrong realm, wrong password: one answer for all
};

// Longest username, realm, nonce, cnonce and opaque that is read, in octets as they stand between the quotes.
constexpr std::size_t parameter_octets_max = 256;

// An Authorization header, parsed; views into it. Values stand as received, without their quotes and with their escapes.
struct Credentials {
  std::string_view username, realm, nonce, uri, response, cnonce, opaque, nc;
  std::uint32_t count = 0;  // nc as a number, at least 1
  Algorithm algorithm = Algorithm::md5;
  bool has_uri = false;
  bool has_opaque = false;
};
// Only AuthFailure::malformed. `nc` and `qop` may be quoted (clients.md 1); unknown parameters are passed over.
base::Result<Credentials, AuthFailure> parse_authorization(std::string_view value);

struct Verified {
  std::string user;
  Algorithm algorithm = Algorithm::md5;
  std::string authentication_info;  // the whole header line with CRLF
};

struct AuthContext {
  const UserTable* users = nullptr;  // nullptr: nobody is known
  std::string_view realm;
  std::span<const Algorithm> configured;  // empty: MD5 always, SHA-256 when every user of the realm has it
  const NonceKeys* keys = nullptr;
  NonceBinding binding;
  base::Instant now;
};

// The WWW-Authenticate lines (strongest first, R-162), each with CRLF: realm, qop="auth", a new nonce, opaque (clients.md 2), algorithm,
// stale.
std::string challenge(const AuthContext& context, bool stale, base::Entropy& entropy);

// `authorization`: the header's value; empty = none. `digest_uri`: the rightmost To-Path URI, octets as they stand.
// Same work and same answer whether the user exists or not.
base::Result<Verified, AuthFailure> verify(const AuthContext& context, std::string_view authorization, std::string_view digest_uri,
                                           NonceCounts& counts);

// For clients (msrp-blaster): what a relay asked for. `realm` is the text that it means; nonce, opaque and qop stand as received.
struct Challenge {
  std::string realm, nonce, opaque, qop;
  Algorithm algorithm = Algorithm::md5;
  bool names_algorithm = false;  // no: MD5 is meant, and the answer names none either
  bool stale = false;
};
// malformed: not Digest, no realm or nonce, no "auth" in qop, or an algorithm that is not spoken here: try the next challenge.
base::Result<Challenge, AuthFailure> parse_challenge(std::string_view www_authenticate_value);

// The value of an Authorization header. `nc`: 1 for the first answer to a nonce, then one more each time.
std::string answer_challenge(const Challenge& challenge, std::string_view user, const base::Secret& password, std::string_view digest_uri,
                             std::uint32_t nc, base::Entropy& entropy);

// Does the relay's Authentication-Info prove that it knows the password, for the Authorization value that was sent (made by
// answer_challenge())? False: do not trust the relay.
bool check_authentication_info(std::string_view authentication_info_value, std::string_view sent_authorization,
                               const base::Secret& password);

}  // namespace auth
