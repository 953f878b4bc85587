#pragma once
// The variables of the rule language: their names, their types, where they can be absent. One table, for the compiler, the templates and
// the docs.
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rules {

enum class Type : std::uint8_t {
  enumeration,  // one of `values`
  method,       // upper-case letters; SEND, REPORT and AUTH are compared as an enumeration
  number,
  size,      // octets: 2048 or "10MiB"
  duration,  // seconds: 30 or "30m"
  address,   // an IP address; networks with `in`
  text,      // octet by octet
  caseless,  // ASCII letters without case
  host,      // as caseless; IP literals by value
  uri,       // RFC 4975 6.1 for eq, ne, in, not_in; the octets for the others
};
std::string_view name_of(Type type);

enum class Variable : std::uint8_t {
  // Enumerations first: the analysis of rules walks through all their values.
  kind,
  protocol,
  session,
  direction,
  transport,
  failure_report,
  success_report,
  continuation,  // the last two are no facts that rules are analysed by, see analysis.h
  method,
  hop,
  nexthops,
  prevhops,
  code,
  status,
  size,
  range_start,
  range_end,
  range_total,
  expires,
  connection,
  body_octets,
  buffer_octets,
  source,
  local,
  user,
  realm,
  listener,
  content_type,
  message_id,
  transaction_id,
  reason,
  header_lines,
  body,
  buffer,
  source_uri,
  local_socket,
  tls_version,
  tls_cipher,
  tls_peer,
  header,
  current_hop,
  next_hop,
  last_hop,
  previous_hop,
  first_hop,
};

// What is asked of a URI. source_uri has parts too, but as a whole it is text: it is no URI of RFC 4975, which needs a transport.
enum class Part : std::uint8_t { whole, host, port, session, user, userinfo, params, proto, scheme };

// The kinds of frame between which the head's first line decides.
enum class FrameClass : std::uint8_t { response, send, report, auth, other, sip };
constexpr unsigned frame_classes = 6;
constexpr std::uint8_t bit(FrameClass c) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(c)); }
constexpr std::uint8_t requests = bit(FrameClass::send) | bit(FrameClass::report) | bit(FrameClass::auth) | bit(FrameClass::other);
constexpr std::uint8_t responses = bit(FrameClass::response);
constexpr std::uint8_t msrp_frames = requests | responses;
constexpr std::uint8_t all_frames = msrp_frames | bit(FrameClass::sip);

struct VariableInfo {
  std::string_view name;  // dotted, as in `when`
  Variable variable;
  Part part;
  Type type;
  std::span<const std::string_view> values;  // of an enumeration; the index is the value
  std::uint8_t may_be_present;               // frame classes in which it can be present
  std::uint8_t always_present;               // frame classes in which it is never absent
  std::uint64_t least = 0;                   // of numbers: what is outside can never be
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::string_view meaning;
};

// In the order of the documentation. Two names of one variable (aliases) are two entries.
std::span<const VariableInfo> variables();
// By its whole name; header."X" is no entry of the table but header_info(). nullptr: unknown.
const VariableInfo* find_variable(std::string_view name);
const VariableInfo& header_info();
// Does any variable's name begin with `name` and a dot?
bool is_variable_prefix(std::string_view name);
// The names one level below `prefix` ("" = the top): "msrp" -> "nexthops", "lasthop", ...
std::vector<std::string_view> names_below(std::string_view prefix);

}  // namespace rules
