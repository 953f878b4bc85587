#include "rules/variable.h"

#include <algorithm>
#include <array>

namespace rules {
namespace {

using V = Variable;
using P = Part;
using T = Type;

constexpr std::array<std::string_view, 2> kinds = {"request", "response"};
constexpr std::array<std::string_view, 2> protocols = {"msrp", "sip"};
constexpr std::array<std::string_view, 3> sessions = {"none", "known", "unknown"};
constexpr std::array<std::string_view, 2> directions = {"from-client", "to-client"};
constexpr std::array<std::string_view, 4> transports = {"tcp", "tls", "ws", "wss"};
constexpr std::array<std::string_view, 3> failure_reports = {"yes", "no", "partial"};
constexpr std::array<std::string_view, 2> success_reports = {"yes", "no"};
constexpr std::array<std::string_view, 3> continuations = {"end", "more", "abort"};  // in the order of msrp::ContinuationFlag
constexpr std::array<std::string_view, 2> schemes = {"msrp", "msrps"};

constexpr std::uint64_t anything = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t uris_most = 64;

constexpr VariableInfo info(std::string_view name, V variable, T type, std::uint8_t may, std::uint8_t always, std::string_view meaning,
                            std::uint64_t least = 0, std::uint64_t most = anything) {
  return {name, variable, P::whole, type, {}, may, always, least, most, meaning};
}
constexpr VariableInfo choice(std::string_view name, V variable, std::span<const std::string_view> values, std::uint8_t may,
                              std::uint8_t always, std::string_view meaning) {
  return {name, variable, P::whole, T::enumeration, values, may, always, 0, anything, meaning};
}

constexpr std::array simple = {
    choice("kind", V::kind, kinds, msrp_frames, msrp_frames, "what the frame is"),
    info("method", V::method, T::method, requests, requests, "`SEND`, `REPORT`, `AUTH` or any other; absent in a response"),
    info("msrp.method", V::method, T::method, requests, requests, "the same as method"),
    choice("protocol", V::protocol, protocols, all_frames, all_frames, "sip only on a listener that admits it"),
    info("hop", V::hop, T::number, all_frames, all_frames, "which of our URIs in the path is being judged, from 1", 1, uris_most),
    choice("session", V::session, sessions, all_frames, all_frames,
           "what the first To-Path URI names: no session, a live one of this relay, one that it does not know"),
    choice("direction", V::direction, directions, all_frames, 0, "as seen from the session's client"),
    info("user", V::user, T::text, all_frames, 0, "the user of the session"),
    info("realm", V::realm, T::text, all_frames, 0, "the realm of the session's user"),
    info("listener", V::listener, T::text, all_frames, 0, "the name of the listener; absent on links that this relay dialled"),
    info("listener.name", V::listener, T::text, all_frames, 0, "the same as listener"),
    choice("transport", V::transport, transports, all_frames, 0, "of the link the frame came on"),
    info("tls.version", V::tls_version, T::text, all_frames, 0, "`TLSv1.2` or `TLSv1.3`; absent without TLS"),
    info("tls.cipher", V::tls_cipher, T::text, all_frames, 0, "as registered: `TLS_AES_128_GCM_SHA256`"),
    info("tls.peer", V::tls_peer, T::text, all_frames, 0, "the name in the certificate that made the peer a relay (`[tls] relays`)"),
    info("source", V::source, T::address, all_frames, all_frames, "the peer's address"),
    info("local", V::local, T::address, all_frames, all_frames, "this relay's address on that link"),
    info("size", V::size, T::size, all_frames, all_frames, "the larger of Byte-Range total and the octets of the message carried so far"),
    info("code", V::code, T::number, responses, responses, "status code of a response", 0, 999),
    info("msrp.code", V::code, T::number, responses, responses, "the same as code", 0, 999),
    info("msrp.reason", V::reason, T::text, responses, 0, "comment of a response"),
    info("status", V::status, T::number, requests, 0, "the code in the Status header of a REPORT", 0, 999),
    info("expires", V::expires, T::duration, msrp_frames, 0, "the Expires header"),
    info("content_type", V::content_type, T::caseless, msrp_frames, 0, "media type without parameters; absent without a body"),
    choice("failure_report", V::failure_report, failure_reports, requests, requests,
           "`yes` also when the header is absent (R-021); requests"),
    choice("success_report", V::success_report, success_reports, requests, requests, "`no` also when the header is absent; requests"),
    info("byte_range.start", V::range_start, T::size, msrp_frames, 0, "first octet, counted from 1", 1),
    info("byte_range.end", V::range_end, T::size, msrp_frames, 0, "last octet; absent when `*`"),
    info("byte_range.total", V::range_total, T::size, msrp_frames, 0, "octets of the whole message; absent when `*`"),
    info("message_id", V::message_id, T::text, msrp_frames, 0, "the Message-ID header"),
    info("msrp.msgid", V::message_id, T::text, msrp_frames, 0, "the same as message_id"),
    info("msrp.transid", V::transaction_id, T::text, msrp_frames, msrp_frames, "transaction id"),
    info("msrp.hdrs", V::header_lines, T::text, msrp_frames, msrp_frames, "all header lines, with their CRLFs"),
    info("msrp.nexthops", V::nexthops, T::number, msrp_frames, msrp_frames, "URIs in To-Path behind the first", 0, uris_most),
    info("msrp.prevhops", V::prevhops, T::number, msrp_frames, msrp_frames, "URIs in From-Path", 1, uris_most),
    VariableInfo{"msrp.sessid", V::current_hop, P::session, T::text, {}, msrp_frames, 0, 0, anything, "session of the first To-Path URI"},
    choice("continuation", V::continuation, continuations, requests, 0,
           "`$`, `+` or `#` of a frame that ends within `[limits] body_prefix`"),
    info("msrp.body", V::body, T::text, requests, 0, "the first `[limits] body_prefix` octets of the body"),
    info("msrp.bodylen", V::body_octets, T::size, requests, requests, "octets of msrp.body"),
    info("msrp.buf", V::buffer, T::text, requests, requests, "the head and msrp.body"),
    info("msrp.buflen", V::buffer_octets, T::size, requests, requests, "octets of msrp.buf"),
    info("msrp.conid", V::connection, T::number, msrp_frames, msrp_frames, "a number of the connection's own"),
    info("msrp.srcaddr", V::source_uri, T::text, all_frames, all_frames, "`msrp://address:port` of the peer, `msrps` when the link is TLS"),
    info("msrp.srcsock", V::local_socket, T::text, all_frames, all_frames, "`transport:address:port` of this end"),
};

struct UriName {
  std::string_view name;
  V variable;
  std::uint8_t always_present;
  std::string_view meaning;
};
constexpr std::array uri_names = {
    UriName{"msrp.crthop", V::current_hop, msrp_frames, "first To-Path URI"},
    UriName{"msrp.nexthop", V::next_hop, 0, "second To-Path URI"},
    UriName{"msrp.lasthop", V::last_hop, msrp_frames, "last To-Path URI"},
    UriName{"msrp.prevhop", V::previous_hop, msrp_frames, "first From-Path URI"},
    UriName{"msrp.firsthop", V::first_hop, msrp_frames, "last From-Path URI"},
    UriName{"msrp.srcaddr", V::source_uri, all_frames, ""},
};

struct PartName {
  std::string_view name;
  P part;
  T type;
  std::uint64_t most;
  std::string_view meaning;
};
constexpr std::array part_names = {
    PartName{".host", P::host, T::host, anything, "its host; IPv6 in brackets"},
    PartName{".port", P::port, T::number, 65535, "its port; absent when it has none"},
    PartName{".session", P::session, T::text, anything, "its session-id"},
    PartName{".user", P::user, T::text, anything, "its userinfo up to `;` or `:`"},
    PartName{".userinfo", P::userinfo, T::text, anything, "its userinfo"},
    PartName{".params", P::params, T::text, anything, "its parameters behind the transport"},
    PartName{".proto", P::proto, T::caseless, anything, "its transport: tcp, ws ..."},
    PartName{".scheme", P::scheme, T::enumeration, anything, ""},
};

constexpr std::size_t uri_entries = uri_names.size() * (part_names.size() + 1) - 1;  // msrp.srcaddr as a whole is in `simple`

// Names of "msrp.crthop.host" and the like, made at compile time: one block of fixed-size cells.
struct Cells {
  static constexpr std::size_t width = 24;
  std::array<std::array<char, width>, uri_entries> octets{};
  std::array<std::uint8_t, uri_entries> sizes{};
};
consteval Cells make_cells() {
  Cells cells;
  std::size_t at = 0;
  const auto add = [&](std::string_view a, std::string_view b) {
    std::copy(a.begin(), a.end(), cells.octets[at].begin());
    std::copy(b.begin(), b.end(), cells.octets[at].begin() + a.size());
    cells.sizes[at++] = static_cast<std::uint8_t>(a.size() + b.size());
  };
  for (const UriName& uri : uri_names) {
    if (uri.variable != V::source_uri) add(uri.name, {});
    for (const PartName& part : part_names) add(uri.name, part.name);
  }
  return cells;
}
constexpr Cells cells = make_cells();

constexpr std::size_t all_entries = simple.size() + uri_entries;
consteval std::array<VariableInfo, all_entries> make_table() {
  std::array<VariableInfo, all_entries> table{};
  std::copy(simple.begin(), simple.end(), table.begin());
  std::size_t cell = 0;
  const auto next_name = [&] {
    const std::string_view name(cells.octets[cell].data(), cells.sizes[cell]);
    ++cell;
    return name;
  };
  std::size_t at = simple.size();
  for (const UriName& uri : uri_names) {
    if (uri.variable != V::source_uri)
      table[at++] = {next_name(), uri.variable, P::whole, T::uri, {}, msrp_frames, uri.always_present, 0, anything, uri.meaning};
    const std::uint8_t may = uri.variable == V::source_uri ? all_frames : msrp_frames;
    for (const PartName& part : part_names) {
      const std::span<const std::string_view> values =
          part.part == P::scheme ? std::span<const std::string_view>(schemes) : std::span<const std::string_view>();
      table[at++] = {next_name(), uri.variable, part.part, part.type, values, may, 0, 0, part.most, part.meaning};
    }
  }
  return table;
}
constexpr std::array<VariableInfo, all_entries> table = make_table();

constexpr VariableInfo header = {"header", V::header, P::whole, T::text, {}, msrp_frames, 0, 0, anything, "any header by name"};

bool below(std::string_view name, std::string_view prefix) {
  return name.size() > prefix.size() && name.starts_with(prefix) && name[prefix.size()] == '.';
}

}  // namespace

std::string_view name_of(Type type) {
  switch (type) {
    case Type::enumeration: return "enumeration";
    case Type::method: return "method";
    case Type::number: return "number";
    case Type::size: return "size";
    case Type::duration: return "duration";
    case Type::address: return "address";
    case Type::text: return "text";
    case Type::caseless: return "text without case";
    case Type::host: return "host";
    case Type::uri: return "URI";
  }
  return {};
}

std::span<const VariableInfo> variables() { return table; }
const VariableInfo& header_info() { return header; }

const VariableInfo* find_variable(std::string_view name) {
  const auto* found = std::find_if(table.begin(), table.end(), [&](const VariableInfo& entry) { return entry.name == name; });
  return found == table.end() ? nullptr : found;
}

bool is_variable_prefix(std::string_view name) {
  const auto is_below = [&](std::string_view full) { return below(full, name); };
  return std::any_of(table.begin(), table.end(), [&](const VariableInfo& entry) { return is_below(entry.name); });
}

std::vector<std::string_view> names_below(std::string_view prefix) {
  std::vector<std::string_view> names;
  for (const VariableInfo& entry : table) {
    if (!prefix.empty() && !below(entry.name, prefix)) continue;
    std::string_view rest = entry.name.substr(prefix.empty() ? 0 : prefix.size() + 1);
    rest = rest.substr(0, rest.find('.'));
    if (std::find(names.begin(), names.end(), rest) == names.end()) names.push_back(rest);
  }
  if (prefix.empty()) names.push_back(header.name);
  return names;
}

}  // namespace rules
