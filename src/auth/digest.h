#pragma once
// HTTP Digest as RFC 4976 section 9.1 uses it, RFC 7616 and 8760 for SHA-256. Pure: nothing is remembered here but what the
// caller keeps per link (NonceCounts).
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/user_table.h"
#include "base/entropy.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace auth {

// Keys that nonces are made with: the current one and the one before, so that a rotation strands nobody. One set per process, made by wiring.
struct NonceKeys {
  std::array<std::array<std::uint8_t, 32>, 2> keys{};
};

// What a nonce is bound to: a link of this process. Another link cannot use it.
struct NonceBinding {
  base::LinkName link;
};

// Per link: the nonces seen and the highest nc of each. Four are kept, the oldest is forgotten (its nonce then counts as expired).
class NonceCounts {
 public:
  // True when `count` is higher than every count seen with this nonce; remembers it.
  bool advance(std::string_view nonce, std::uint32_t count);
  bool knows(std::string_view nonce) const;

 private:
  struct Entry {
    std::array<char, 16> fingerprint{};  // of the nonce; nonces themselves are not kept
    std::uint32_t highest = 0;
    bool used = false;
  };
  std::array<Entry, 4> entries_{};
  std::uint8_t next_ = 0;
};

enum class AuthFailure : std::uint8_t {
  no_credentials,   // 401, no stale
  malformed,        // 400: not Digest, lacking qop, nc, cnonce, response, or auth-int
  uri_mismatch,     // 400: `uri` differs from the rightmost To-Path URI
  stale,            // 401 stale=true: the digest was right, the nonce too old or its nc used before
  refused,          // 401: unknown user, wrong realm, wrong password, unknown nonce: one answer for all
};

struct Credentials {           // an Authorization header, parsed; views into it
  std::string_view username, realm, nonce, uri, response, cnonce, opaque, nc;
  Algorithm algorithm = Algorithm::md5;
  bool has_uri = false;
};
base::Result<Credentials, AuthFailure> parse_authorization(std::string_view value);

struct Verified {
  std::string user;
  Algorithm algorithm = Algorithm::md5;
  std::string authentication_info;  // the whole header line with CRLF
};

struct AuthContext {
  const UserTable* users = nullptr;
  std::string_view realm;
  std::span<const Algorithm> configured;  // empty: MD5 always, SHA-256 when every user of the realm has it
  const NonceKeys* keys = nullptr;
  NonceBinding binding;
  base::Instant now;
};

constexpr base::Duration nonce_life = std::chrono::minutes(5);

// The WWW-Authenticate lines (strongest first, R-162), each with CRLF: realm, qop="auth", a new nonce, opaque (clients.md 2), algorithm, stale.
std::string challenge(const AuthContext& context, bool stale, base::Entropy& entropy);

// `authorization`: the header's value; empty = none. `digest_uri`: the rightmost To-Path URI, octets as they stand.
// Same work and same answer whether the user exists or not.
base::Result<Verified, AuthFailure> verify(const AuthContext& context, std::string_view authorization, std::string_view digest_uri, NonceCounts& counts);

// For clients (msrp-blaster): the value of an Authorization header for a challenge, and the check of the relay's rspauth.
struct Challenge {
  std::string realm, nonce, opaque, qop;
  Algorithm algorithm = Algorithm::md5;
  bool stale = false;
};
base::Result<Challenge, AuthFailure> parse_challenge(std::string_view www_authenticate_value);
std::string answer_challenge(const Challenge& challenge, std::string_view user, const base::Secret& password, std::string_view digest_uri, std::uint32_t nc,
                             base::Entropy& entropy);

}  // namespace auth
