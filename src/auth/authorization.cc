// The Authorization header: what a client claims.
#include <charconv>

#include "auth/algorithm_name.h"
#include "auth/digest.h"
#include "auth/hash.h"
#include "auth/parameters.h"

namespace auth {
namespace {

struct Seen {
  bool username = false, realm = false, nonce = false, uri = false, response = false, cnonce = false, opaque = false, nc = false,
       qop = false, algorithm = false;
};

// Keeps the value; false when it came before or is longer than anything honest.
bool keep(std::string_view& where, bool& seen, std::string_view value, std::size_t octets_max = parameter_octets_max) {
  if (seen || value.size() > octets_max) return false;
  seen = true;
  where = value;
  return true;
}

bool read_count(std::string_view text, std::uint32_t& count) {
  if (text.size() != 8) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count, 16);
  // Counting begins with 1; what is not higher than every count before can never pass.
  return error == std::errc() && end == text.data() + text.size() && count > 0;
}

// False: the header is malformed.
bool take(const Parameter& parameter, Credentials& credentials, Seen& seen) {
  const auto is = [&](std::string_view name) { return same_token(parameter.name, name); };
  if (is("username")) return keep(credentials.username, seen.username, parameter.value);
  if (is("realm")) return keep(credentials.realm, seen.realm, parameter.value);
  if (is("nonce")) return keep(credentials.nonce, seen.nonce, parameter.value);
  // A URI is as long as the head allows.
  if (is("uri")) return keep(credentials.uri, seen.uri, parameter.value, SIZE_MAX);
  if (is("response")) return keep(credentials.response, seen.response, parameter.value);
  if (is("cnonce")) return keep(credentials.cnonce, seen.cnonce, parameter.value);
  if (is("opaque")) return keep(credentials.opaque, seen.opaque, parameter.value);
  if (is("nc")) return keep(credentials.nc, seen.nc, parameter.value) && read_count(parameter.value, credentials.count);
  if (is("qop")) {
    std::string_view qop;
    return keep(qop, seen.qop, parameter.value) && same_token(qop, "auth");
  }
  if (is("algorithm")) {
    std::string_view name;
    const auto algorithm = algorithm_named(parameter.value);
    if (algorithm) credentials.algorithm = *algorithm;
    return keep(name, seen.algorithm, parameter.value) && algorithm.has_value();
  }
  return true;  // unknown parameters are ignored, userhash and domain among them
}

}  // namespace

base::Result<Credentials, AuthFailure> parse_authorization(std::string_view value) {
  const std::string_view list = after_digest(value);
  if (list.data() == nullptr) return base::fail(AuthFailure::malformed);
  Credentials credentials;
  Seen seen;
  ParameterReader reader(list);
  for (Parameter parameter; reader.next(parameter);) {
    if (!take(parameter, credentials, seen)) return base::fail(AuthFailure::malformed);
  }
  const bool complete =
      seen.username && seen.realm && seen.nonce && seen.response && seen.cnonce && seen.nc && seen.qop && !credentials.cnonce.empty();
  if (reader.failed() || !complete) return base::fail(AuthFailure::malformed);
  if (credentials.response.size() != hex_digits(credentials.algorithm) || !is_lower_hex(credentials.response)) {
    return base::fail(AuthFailure::malformed);
  }
  credentials.has_uri = seen.uri;
  credentials.has_opaque = seen.opaque;
  return credentials;
}

}  // namespace auth
