#include "msrp/uri.h"

#include <algorithm>
#include <array>

#include "msrp/characters.h"
#include "msrp/uri_parser.h"

namespace msrp {
namespace {

// Gives a host's characters one by one, as comparison sees them: percent-encoded unreserved characters decoded, all in lower case.
class NormalisedHost {
 public:
  explicit NormalisedHost(std::string_view host) : rest_(host) {}
  // -1 at the end.
  int next() {
    if (rest_.empty()) return -1;
    char c = rest_.front();
    std::size_t used = 1;
    if (c == '%' && rest_.size() >= 3 && is_of(rest_[1], hex_class) && is_of(rest_[2], hex_class)) {
      const char decoded = static_cast<char>(hex_value(rest_[1]) << 4 | hex_value(rest_[2]));
      if (is_of(decoded, unreserved_class)) {
        c = decoded;
        used = 3;
      }
    }
    rest_.remove_prefix(used);
    return static_cast<unsigned char>(lower_case(c));
  }

 private:
  static unsigned hex_value(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : lower_case(c) - 'a' + 10); }
  std::string_view rest_;
};

// The length of the longest beginning of `text` that a reg-name or userinfo may have: host_class and percent-encoded octets.
std::size_t name_length(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (is_of(text[i], host_class)) {
      ++i;
    } else if (text[i] == '%' && i + 2 < text.size() && is_of(text[i + 1], hex_class) && is_of(text[i + 2], hex_class)) {
      i += 3;
    } else {
      break;
    }
  }
  return i;
}

// An IPv4 literal, also one hidden behind percent-encoding: what compares as an address must be known as one.
std::optional<base::IpAddress> literal_v4(std::string_view host) {
  if (host.size() > 45 || (!is_of(host.front(), digit_class) && host.front() != '%')) return std::nullopt;
  std::array<char, 45> decoded{};
  std::size_t size = 0;
  NormalisedHost normalised(host);
  for (int c = normalised.next(); c >= 0; c = normalised.next()) decoded[size++] = static_cast<char>(c);
  return base::IpAddress::parse({decoded.data(), size});
}

bool parse_host(std::string_view& rest, Uri& uri) {
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return false;
    uri.host = rest.substr(0, close + 1);
    const std::string_view literal = rest.substr(1, close - 1);
    if (literal.find(':') == std::string_view::npos) return false;
    uri.address = base::IpAddress::parse(literal);
    if (!uri.address) return false;
  } else {
    uri.host = rest.substr(0, name_length(rest));
    if (uri.host.empty()) return false;
    uri.address = literal_v4(uri.host);
  }
  rest.remove_prefix(uri.host.size());
  return true;
}

bool parse_port(std::string_view& rest, Uri& uri) {
  std::size_t digits = 0;
  std::uint32_t port = 0;
  while (digits < rest.size() && digits < 6 && is_of(rest[digits], digit_class))
    port = port * 10 + static_cast<std::uint32_t>(rest[digits++] - '0');
  if (digits == 0 || digits > 5 || port == 0 || port > UINT16_MAX) return false;
  uri.port = static_cast<std::uint16_t>(port);
  rest.remove_prefix(digits);
  return rest.empty() || rest.front() == '/' || rest.front() == ';';
}

std::optional<UriError> parse_authority(std::string_view& rest, Uri& uri) {
  // A name with "@" behind it is userinfo; one with a password before the "@" is nothing (R-039).
  const std::size_t name = name_length(rest);
  if (name < rest.size() && rest[name] == '@') {
    uri.userinfo = rest.substr(0, name);
    rest.remove_prefix(name + 1);
  } else if (name < rest.size() && rest[name] == ':') {
    const std::size_t other = rest.find_first_of("@/;", name);
    if (other != std::string_view::npos && rest[other] == '@') return UriError::authority;
  }
  if (!parse_host(rest, uri)) return UriError::authority;
  if (rest.starts_with(':')) {
    rest.remove_prefix(1);
    if (!parse_port(rest, uri)) return UriError::port;
  } else if (!rest.empty() && rest.front() != '/' && rest.front() != ';') {
    return UriError::authority;
  }
  return std::nullopt;
}

std::size_t class_length(std::string_view text, unsigned classes) {
  std::size_t i = 0;
  while (i < text.size() && is_of(text[i], classes)) ++i;
  return i;
}

// *(";" token ["=" token])
bool good_parameters(std::string_view rest) {
  while (!rest.empty()) {
    if (rest.front() != ';') return false;
    rest.remove_prefix(1);
    const std::size_t name = class_length(rest, token_class);
    if (name == 0) return false;
    rest.remove_prefix(name);
    if (!rest.starts_with('=')) continue;
    rest.remove_prefix(1);
    const std::size_t value = class_length(rest, token_class);
    if (value == 0) return false;
    rest.remove_prefix(value);
  }
  return true;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower_case(x) == lower_case(y); });
}

}  // namespace

std::optional<UriError> parse_uri_by_grammar(std::string_view octets, Uri& uri) {
  uri = {};
  std::string_view rest = octets;
  if (rest.size() < 8 || !equals_lower(rest.substr(0, 4), "msrp")) return UriError::scheme;
  uri.secure = rest[4] == 's' || rest[4] == 'S';
  rest.remove_prefix(uri.secure ? 5 : 4);
  if (!rest.starts_with("://")) return UriError::scheme;
  rest.remove_prefix(3);

  if (const auto wrong = parse_authority(rest, uri)) return wrong;

  if (rest.starts_with('/')) {
    rest.remove_prefix(1);
    const std::size_t size = class_length(rest, session_class);
    uri.session = rest.substr(0, size);
    rest.remove_prefix(size);
    if (size == 0 || (!rest.empty() && rest.front() != ';')) return UriError::session;
  }

  if (!rest.starts_with(';')) return UriError::transport;
  rest.remove_prefix(1);
  uri.transport = rest.substr(0, class_length(rest, alphanum_class));
  rest.remove_prefix(uri.transport.size());
  if (uri.transport.empty() || (!rest.empty() && rest.front() != ';')) return UriError::transport;

  if (!good_parameters(rest)) return UriError::parameters;
  uri.parameters = rest;
  return std::nullopt;
}

std::optional<UriError> parse_uri_into(std::string_view octets, Uri& uri) {
  if (const std::size_t size = take_common_uri(octets, uri); size != 0 && size == octets.size()) return std::nullopt;
  return parse_uri_by_grammar(octets, uri);
}

base::Result<Uri, UriError> parse_uri(std::string_view octets) {
  base::Result<Uri, UriError> uri;
  if (const auto wrong = parse_uri_into(octets, *uri)) return base::fail(*wrong);
  return uri;
}

bool same_host(const Uri& a, const Uri& b) {
  if (a.address || b.address) return a.address == b.address;
  NormalisedHost x(a.host);
  NormalisedHost y(b.host);
  for (;;) {
    const int next = x.next();
    if (next != y.next()) return false;
    if (next < 0) return true;
  }
}

bool same_authority(const Uri& a, const Uri& b) { return a.secure == b.secure && a.port == b.port && same_host(a, b); }

bool same_uri(const Uri& a, const Uri& b) {
  return same_authority(a, b) && a.session == b.session && equal_without_case(a.transport, b.transport);
}

bool lacks_port(const Uri& uri, bool in_to_path_of_auth) { return !uri.port && (uri.address || !in_to_path_of_auth); }

const char* describe(UriError error) {
  switch (error) {
    case UriError::scheme: return "neither msrp nor msrps";
    case UriError::authority: return "malformed authority";
    case UriError::port: return "port is not 1 to 65535";
    case UriError::session: return "malformed session-id";
    case UriError::transport: return "transport is missing or malformed";
    case UriError::parameters: return "malformed parameters";
  }
  return "unknown";
}

}  // namespace msrp
