// The client's side of digest, for programs that speak to relays.
#include <array>
#include <span>

#include "auth/algorithm_name.h"
#include "auth/digest.h"
#include "auth/digest_response.h"
#include "auth/parameters.h"

namespace auth {
namespace {

bool lists_auth(std::string_view qop) {
  while (!qop.empty()) {
    const std::size_t comma = qop.find(',');
    std::string_view one = qop.substr(0, comma);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (same_token(one, "auth")) return true;
    qop.remove_prefix(comma == std::string_view::npos ? qop.size() : comma + 1);
  }
  return false;
}

void append_quoted(std::string& out, std::string_view name, std::string_view value_as_it_stands) {
  out.append(", ").append(name).append("=\"").append(value_as_it_stands).append("\"");
}

}  // namespace

base::Result<Challenge, AuthFailure> parse_challenge(std::string_view www_authenticate_value) {
  const std::string_view list = after_digest(www_authenticate_value);
  if (list.data() == nullptr) return base::fail(AuthFailure::malformed);
  Challenge challenge;
  bool realm = false;
  ParameterReader reader(list);
  for (Parameter parameter; reader.next(parameter);) {
    const auto is = [&](std::string_view name) { return same_token(parameter.name, name); };
    if (parameter.value.size() > 1024) return base::fail(AuthFailure::malformed);
    if (is("realm")) {
      realm = true;
      challenge.realm = unescaped(parameter.value);
    } else if (is("nonce")) {
      challenge.nonce = parameter.value;
    } else if (is("opaque")) {
      challenge.opaque = parameter.value;
    } else if (is("qop")) {
      challenge.qop = parameter.value;
    } else if (is("stale")) {
      challenge.stale = same_token(parameter.value, "true");
    } else if (is("algorithm")) {
      const auto algorithm = algorithm_named(parameter.value);
      if (!algorithm) return base::fail(AuthFailure::malformed);
      challenge.algorithm = *algorithm;
      challenge.names_algorithm = true;
    }
  }
  if (reader.failed() || !realm || challenge.nonce.empty() || !lists_auth(challenge.qop)) return base::fail(AuthFailure::malformed);
  return challenge;
}

std::string answer_challenge(const Challenge& challenge, std::string_view user, const base::Secret& password, std::string_view digest_uri,
                             std::uint32_t nc, base::Entropy& entropy) {
  std::array<std::uint8_t, 12> random{};
  entropy.fill(random);
  const HexDigest cnonce{std::span<const std::uint8_t>(random)};
  const std::array<std::uint8_t, 4> count{static_cast<std::uint8_t>(nc >> 24), static_cast<std::uint8_t>(nc >> 16),
                                          static_cast<std::uint8_t>(nc >> 8), static_cast<std::uint8_t>(nc)};
  const HexDigest count_text{std::span<const std::uint8_t>(count)};
  Credentials credentials;
  credentials.algorithm = challenge.algorithm;
  credentials.nonce = challenge.nonce;
  credentials.nc = count_text.view();
  credentials.cnonce = cnonce.view();
  const HexDigest ha1 = hash(challenge.algorithm, {user, challenge.realm, password.reveal()});

  std::string value = "Digest username=\"";
  append_escaped(value, user);
  value += "\", realm=\"";
  append_escaped(value, challenge.realm);
  value += '"';
  append_quoted(value, "nonce", challenge.nonce);
  append_quoted(value, "uri", digest_uri);
  value.append(", qop=auth, nc=").append(credentials.nc);
  append_quoted(value, "cnonce", credentials.cnonce);
  append_quoted(value, "response", digest_response(credentials, ha1.view(), "AUTH", digest_uri).view());
  if (!challenge.opaque.empty()) append_quoted(value, "opaque", challenge.opaque);
  if (challenge.names_algorithm) value.append(", algorithm=").append(name_of(challenge.algorithm));
  return value;
}

bool check_authentication_info(std::string_view authentication_info_value, std::string_view sent_authorization,
                               const base::Secret& password) {
  const auto sent = parse_authorization(sent_authorization);
  if (!sent || !sent->has_uri) return false;
  std::string_view rspauth;
  ParameterReader reader(authentication_info_value);
  for (Parameter parameter; reader.next(parameter);) {
    const auto is = [&](std::string_view name) { return same_token(parameter.name, name); };
    if (is("rspauth")) rspauth = parameter.value;
    if (is("cnonce") && parameter.value != sent->cnonce) return false;
    if (is("nc") && parameter.value != sent->nc) return false;
    if (is("qop") && !same_token(parameter.value, "auth")) return false;
  }
  if (reader.failed()) return false;
  const HexDigest ha1 = hash(sent->algorithm, {unescaped(sent->username), unescaped(sent->realm), password.reveal()});
  return base::equal_in_constant_time(digest_response(*sent, ha1.view(), "", sent->uri).view(), rspauth);
}

}  // namespace auth
