#pragma once
// What a certificate says of its owner. Octets in, values out.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace transport {

enum class KeyKind : unsigned char { rsa, ecdsa, other };

struct Certificate {
  std::vector<std::string> names;  // dNSName of the SubjectAltName, lower case, at most names_max
  std::vector<base::IpAddress> addresses;
  KeyKind key = KeyKind::other;
  std::string serial;  // octets
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;

  static constexpr std::size_t names_max = 256;

  // by SubjectAltName alone. "*" stands for the whole leftmost label of a name of three labels or more (RFC 6125 6.4.3).
  bool names_host(std::string_view host) const;
  bool names_address(const base::IpAddress& address) const;
  bool names_authority(std::string_view host, const std::optional<base::IpAddress>& address) const {
    return address ? names_address(*address) : names_host(host);
  }
};

base::Result<Certificate, std::string> read_certificate(std::string_view der);
// The first certificate of a PEM file.
base::Result<Certificate, std::string> read_first_certificate(std::string_view pem);

// `pattern` as in a certificate or in [tls] relays, in lower case; `host` in any.
bool matches_name(std::string_view pattern, std::string_view host);

}  // namespace transport
