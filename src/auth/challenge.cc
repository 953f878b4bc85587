// The relay's side of digest: the challenge, and the judgement of what comes back.
#include <algorithm>
#include <array>

#include "auth/algorithm_name.h"
#include "auth/digest.h"
#include "auth/digest_response.h"
#include "auth/parameters.h"
#include "base/check.h"

namespace auth {
namespace {

// msrplib fails without one (clients.md 2). It carries nothing: all that a nonce must know is in the nonce.
constexpr std::string_view opaque = "6d7372702d72656c6179";

// Takes the place of the HA1 of a user who does not exist, so that his refusal costs the same work. It proves nothing: verify() asks
// whether the user is known, too.
constexpr std::string_view no_ha1 = "0000000000000000000000000000000000000000000000000000000000000000";

bool offers(const AuthContext& context, Algorithm algorithm) {
  if (!context.configured.empty())
    return std::find(context.configured.begin(), context.configured.end(), algorithm) != context.configured.end();
  return algorithm == Algorithm::md5 || (context.users != nullptr && context.users->all_have_sha256(context.realm));
}

std::string_view ha1_of(const User* user, Algorithm algorithm) {
  if (user == nullptr) return {};
  return (algorithm == Algorithm::md5 ? user->ha1_md5 : user->ha1_sha256).reveal();
}

void append_challenge(std::string& lines, const AuthContext& context, Algorithm algorithm, std::string_view nonce, bool stale) {
  lines += "WWW-Authenticate: Digest realm=\"";
  append_escaped(lines, context.realm);
  lines.append("\", nonce=\"").append(nonce).append("\", qop=\"auth\", opaque=\"").append(opaque);
  lines.append("\", algorithm=").append(name_of(algorithm));
  if (stale) lines += ", stale=true";
  lines += "\r\n";
}

// qop and nc without quotes. The cnonce stands as it came, escapes and all.
std::string authentication_info(const Credentials& credentials, std::string_view ha1, std::string_view digest_uri) {
  std::string line = "Authentication-Info: rspauth=\"";
  line.append(digest_response(credentials, ha1, "", digest_uri).view());
  line.append("\", cnonce=\"").append(credentials.cnonce).append("\", nc=").append(credentials.nc).append(", qop=auth\r\n");
  return line;
}

}  // namespace

std::string challenge(const AuthContext& context, bool stale, base::Entropy& entropy) {
  CHECK(context.keys != nullptr);
  const std::string nonce = make_nonce(*context.keys, context.binding, context.realm, context.now, entropy);
  std::string lines;
  lines.reserve(512);
  // One nonce serves both: the client answers the first that it understands.
  for (const Algorithm algorithm : {Algorithm::sha256, Algorithm::md5}) {
    if (offers(context, algorithm)) append_challenge(lines, context, algorithm, nonce, stale);
  }
  return lines;
}

base::Result<Verified, AuthFailure> verify(const AuthContext& context, std::string_view authorization, std::string_view digest_uri,
                                           NonceCounts& counts) {
  CHECK(context.keys != nullptr);
  if (authorization.empty()) return base::fail(AuthFailure::no_credentials);
  const Credentials credentials = TRY(parse_authorization(authorization));
  if (credentials.has_uri && credentials.uri != digest_uri) return base::fail(AuthFailure::uri_mismatch);

  // Everything is computed before anything is judged: time tells nobody which part was wrong.
  std::string name = unescaped(credentials.username);
  const User* const user = context.users == nullptr ? nullptr : context.users->find(name, context.realm);
  const std::string_view known_ha1 = ha1_of(user, credentials.algorithm);
  const std::string_view ha1 = known_ha1.empty() ? no_ha1.substr(0, hex_digits(credentials.algorithm)) : known_ha1;
  const HexDigest expected = digest_response(credentials, ha1, "AUTH", digest_uri);
  const NonceReading nonce = read_nonce(*context.keys, context.binding, context.realm, context.now, credentials.nonce);

  bool right = base::equal_in_constant_time(expected.view(), credentials.response);
  right &= !known_ha1.empty();
  right &= unescaped(credentials.realm) == context.realm;
  right &= offers(context, credentials.algorithm);
  right &= !credentials.has_opaque || credentials.opaque == opaque;
  if (!right) return base::fail(AuthFailure::refused);
  if (nonce.state != NonceState::good || !counts.advance(nonce.stamp, credentials.count, context.now))
    return base::fail(AuthFailure::stale);
  return Verified{std::move(name), credentials.algorithm, authentication_info(credentials, ha1, digest_uri)};
}

}  // namespace auth
