#pragma once
// MSRP URIs, RFC 4975 section 6 and 9. What is forwarded (RawUri) and what is compared (Uri) are two types:
// a normalised URI cannot be forwarded, octets cannot be compared by the rules (R-031 to R-036, R-046).
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace msrp {

// The octets of one URI as they stood in a path. Views the head's memory. Only the head parser and the relay's own minting make one.
class RawUri {
 public:
  RawUri() = default;
  explicit constexpr RawUri(std::string_view octets) : octets_(octets) {}
  constexpr std::string_view octets() const { return octets_; }
  constexpr bool empty() const { return octets_.empty(); }
  bool operator==(const RawUri&) const = delete;  // octets are forwarded, never compared: parse a Uri

 private:
  std::string_view octets_;
};

enum class UriError : std::uint8_t {
  scheme,      // neither msrp nor msrps (R-030)
  authority,   // empty, a password (R-039), or octets that no host may have
  port,        // 0, above 65535, not digits (R-037)
  session,     // octets that no session-id may have
  transport,   // ";transport" is missing (R-030)
  parameters,  // what follows the transport is not *(";" parameter)
};

// A parsed URI: views into the octets it was parsed from, nothing copied, nothing normalised until compared.
struct Uri {
  bool secure = false;                     // msrps
  std::string_view userinfo;               // without "@"; not compared
  std::string_view host;                   // as written; IPv6 keeps its brackets; percent-encoding as written
  std::optional<base::IpAddress> address;  // set when host is an IP literal
  std::optional<std::uint16_t> port;
  std::optional<std::string_view> session;  // without "/"; nullopt: no "/", which differs from any session (R-034)
  std::string_view transport;               // "tcp", "ws", ...; compared without case
  std::string_view parameters;              // what follows the transport, with its leading ";", or empty
};

// R-030 to R-039 but for the rules of where a port is required, which depend on where the URI stands:
// `requires_port()` below answers that.
base::Result<Uri, UriError> parse_uri(std::string_view octets);

// RFC 4975 6.1: scheme and host without case (percent-encoded unreserved decoded, IP literals by value), port exactly,
// session-id octet by octet, transport without case; userinfo and other parameters ignored.
bool same_uri(const Uri& a, const Uri& b);

// Host (as in same_uri), port and scheme only: does the URI name this authority?
bool same_authority(const Uri& a, const Uri& b);
bool same_host(const Uri& a, const Uri& b);

// A numeric host needs a port everywhere, any other URI needs one outside the To-Path of AUTH (R-037).
bool lacks_port(const Uri& uri, bool in_to_path_of_auth);

const char* describe(UriError error);

}  // namespace msrp
