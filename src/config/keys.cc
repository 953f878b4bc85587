#include "config/keys.h"

#include <algorithm>
#include <array>

#include "base/buffer_pool.h"
#include "config/fields.h"
#include "config/units.h"

namespace config {
namespace {

template <auto member>
auto& limit(Config& config) {
  return config.limits.*member;
}
template <auto member>
auto& timer(Config& config) {
  return config.timers.*member;
}
template <auto member>
auto& account(Config& config) {
  return config.accounting.*member;
}
template <auto member>
auto& own(Config& config) {
  return config.*member;
}

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr std::size_t gib = 1024 * mib;
constexpr std::size_t tib = 1024 * gib;
constexpr std::size_t count_max = 100'000'000;
// The head parser's room: msrp::lines_capacity and msrp::uris_capacity. A head lies in one block of the pool.
constexpr std::size_t lines_max = 128;
constexpr std::size_t uris_max = 32;
constexpr std::size_t block = base::BufferPool::block_bytes;
constexpr auto year = std::chrono::hours(24 * 365);

constexpr std::array sections{std::string_view("relay"),      std::string_view("listen"),  std::string_view("users"),
                              std::string_view("session"),    std::string_view("relays"),  std::string_view("destinations"),
                              std::string_view("tls"),        std::string_view("dns"),     std::string_view("http"),
                              std::string_view("accounting"), std::string_view("control"), std::string_view("timers"),
                              std::string_view("limits")};

// clang-format off
constexpr std::array keys{
    Key{"relay", "name", OtherField{"full host name", "the host's full name", read_name, print_name},
        "Host of the URIs that the relay gives to its clients. It must be a name with a dot that clients and other relays can resolve."},
    Key{"relay", "realm", OtherField{"text", "`relay.name`", read_realm, print_realm},
        "Digest realm: what users are asked for, and the second field of the users file."},
    Key{"relay", "cores", OtherField{"`\"all\"`, a number (1 to 1024), or a list of CPU numbers", "`\"all\"`", read_cores, print_cores},
        "How many cores relay, one thread each. A list pins a thread to each CPU named."},

    Key{"listen", "uri", OtherField{"`msrp://ADDRESS:PORT` or `msrps://ADDRESS:PORT`", "none: required", read_listen_uri, print_listen_uri},
        "Where to listen, and whether TLS is spoken there: "
        "an IPv4 address, or an IPv6 address in brackets; `0.0.0.0` and `[::]` are all addresses of their kind. Port 2855 may be left "
        "out; port 0 takes any that is free."},
    Key{"listen", "name", OtherField{"text", "its `uri`", read_listen_name, print_listen_name},
        "What rules, logs and metrics call this listener. No two have the same."},
    Key{"listen", "advertise", OtherField{"`HOST` or `HOST:PORT`", "`relay.name` and the port listened on", read_advertise, print_advertise},
        "Host and port as they stand in the URIs that clients get here, where an address translator or a second name makes them differ."},
    Key{"listen", "realm", OtherField{"text", "`relay.realm`", read_listen_realm, print_listen_realm}, "A digest realm of this listener's own."},
    Key{"listen", "plaintext_auth", OtherField{"true or false", "`false`", read_plaintext_auth, print_plaintext_auth},
        "Take AUTH without TLS. For labs, trusted networks and behind TLS terminators only: RFC 4976 wants AUTH over TLS. Without it AUTH is answered "
        "403 on a plain listener."},
    Key{"listen", "protocols", OtherField{"list of `\"msrp\"`, `\"sip\"`", "`[\"msrp\"]`", read_protocols, print_protocols},
        "What may arrive on this port. SIP is only there to be answered by a rule."},
    Key{"listen", "certificate", OtherField{"file, or list of files", "none: required with `msrps://`", read_certificate, print_certificate},
        "Certificate chains in PEM form, the own certificate first in each. Of several each client gets the one for the name it asks for, with a key that it "
        "understands, ECDSA before RSA. A relative path stands beside the configuration file. Read again on SIGHUP."},
    Key{"listen", "private_key", OtherField{"file, or list of files", "none: required with `msrps://`", read_private_key, print_private_key},
        "Their private keys, in the same order: PEM without a password, in files that nobody but owner and group can read, nor the group write; "
        "`\"credential:NAME\"` is that of systemd's `LoadCredential=`."},
    Key{"listen", "ocsp_response", OtherField{"file, or list of files", "none", read_ocsp_response, print_ocsp_response},
        "What their issuers answer about them (OCSP, DER form), in the same order, `\"\"` for one without: shown to clients that ask. Read again on SIGHUP "
        "and when it changes; one that is out of date is not shown. `tls.ca_file` must vouch for the certificate."},

    Key{"users", "file", OtherField{"file", "none: required", read_users_file, print_users_file},
        "Users as `htdigest` writes them, `user:realm:HA1` per line, with the SHA-256 HA1 as an optional fourth field. A relative path stands beside the "
        "configuration file. Read again on SIGHUP."},
    Key{"users", "algorithms", OtherField{"list of `\"SHA-256\"`, `\"MD5\"`", "MD5 always, SHA-256 when every user of the realm has the fourth field",
        read_algorithms, print_algorithms},
        "Digest algorithms to offer, whatever the users file holds."},

    Key{"session", "expires", DurationField{own<&Config::expires>, 1s, year},
        "How long a URI lives when the client asks for nothing. Not below `expires_min`, not above `expires_max`."},
    Key{"session", "expires_min", DurationField{own<&Config::expires_min>, 1s, year}, "Shorter wishes are answered 423 with Min-Expires."},
    Key{"session", "expires_max", DurationField{own<&Config::expires_max>, 1s, year}, "Longer wishes are answered 423 with Max-Expires."},

    Key{"relays", "addresses", OtherField{"list of addresses", "`[]`", read_relay_addresses, print_relay_addresses},
        "Peers on a closed network that are known as relays by their address."},

    Key{"destinations", "allow", OtherField{"list of networks", "`[]`", read_destinations, print_destinations},
        "Networks that the relay may dial besides public addresses: loopback, private and link-local ones and its own listeners are refused otherwise."},

    Key{"tls", "ktls", OtherField{"`\"auto\"`, `\"off\"`, `\"required\"`", "`\"auto\"`", read_kernel_tls, print_kernel_tls},
        "Whether the kernel makes and opens the records of TLS links once their handshake is over: `\"auto\"`: where it can (module `tls`), "
        "`\"required\"`: the relay does not start where it cannot, and closes a link whose cipher it has not."},
    Key{"tls", "ca_file", OtherField{"file", "`\"/etc/ssl/certs/ca-certificates.crt\"`", read_ca_file, print_ca_file},
        "Who may vouch for next hops and for peer relays: certificates in PEM form. Without the default one nobody may. Read again on SIGHUP."},
    Key{"tls", "crl_file", OtherField{"file", "none: nothing is revoked", read_crl_file, print_crl_file},
        "Certificate revocation lists in PEM form, one or more, each issued by one of `ca_file`. With it a next hop or a peer relay is known "
        "only where its issuer has a list here that is in its time and does not name it; a revoked certificate ends the handshake. "
        "Read again on SIGHUP and when it changes."},
    Key{"tls", "relays", OtherField{"list of names", "`[]`", read_relay_names, print_relay_names},
        "Names in certificates that make a peer a relay: `\"msrp.example.net\"`, or `\"*.example.net\"` for one label more. "
        "Any other certificate of a client is as none."},

    Key{"dns", "servers", OtherField{"list of `ADDRESS` or `ADDRESS:PORT`", "`[]`: the system's", read_dns_servers, print_dns_servers},
        "Name servers to ask, in order."},
    Key{"dns", "hosts", OtherField{"table of name = address, or name = list of addresses", "`{}`", read_dns_hosts, print_dns_hosts},
        "Names that are not asked of a name server. Several addresses are tried in order."},

    Key{"http", "listen", OtherField{"`\"ADDRESS:PORT\"`, `\"unix:PATH\"` or `\"off\"`", "`\"off\"`", read_http_listen, print_http_listen},
        "Where `/metrics` (Prometheus), `/healthz`, `/readyz`, `/info` and the status page are shown, to be read only. Whoever reaches it reads them: "
        "a loopback address, or a UNIX socket (mode 0660)."},

    Key{"accounting", "folder", OtherField{"folder, or `\"off\"`", "`\"off\"`", read_accounting_folder, print_accounting_folder},
        "Where a record of each session is written when it starts and when it stops: `docs/accounting.md`. It is made if its parent is there."},
    Key{"accounting", "format", OtherField{"`\"json\"`, `\"csv\"`", "`\"json\"`", read_accounting_format, print_accounting_format},
        "JSON lines, or CSV with a line of column names."},
    Key{"accounting", "interim", DurationField{account<&Accounting::interim>, 0s, 24h},
        "A record of each session every so often while it lasts; `\"0s\"`: none, else at least one second."},
    Key{"accounting", "rotate_size", SizeField{account<&Accounting::rotate_size>, kib, tib}, "A file is closed when it has about so many octets."},
    Key{"accounting", "rotate_time", DurationField{account<&Accounting::rotate_time>, 1s, 24h}, "A file is closed so long after its first record."},

    Key{"control", "socket", OtherField{"`\"PATH\"` or `\"off\"`", "`control.sock` in the service's runtime directory, `\"off\"` without one",
        read_control_socket, print_control_socket},
        "The UNIX socket on which `msrpctl` asks and commands. Everybody may connect; who may do what goes by the user and the groups of the process "
        "that asks, as the kernel tells them: root, the relay's own user and its group may all, others what the next two keys say."},
    Key{"control", "operators", OtherField{"list of groups", "`[]`", read_operators, print_operators},
        "Their members, and those of the group that the relay runs as, may all: ask, end sessions and links, drain, read again, change the log."},
    Key{"control", "observers", OtherField{"list of groups", "`[]`", read_observers, print_observers},
        "Their members may ask, and change nothing. A service with `PrivateUsers=yes` sees no groups but its own."},

    Key{"timers", "transaction", DurationField{timer<&Timers::transaction>, 100ms, 10min},
        "How long a next hop may take for its answer; then the sender gets 408 or a REPORT."},
    Key{"timers", "first_request", DurationField{timer<&Timers::first_request>, 100ms, 10min},
        "How long a new connection may be without a successful request."},
    Key{"timers", "idle", DurationField{timer<&Timers::idle>, 100ms, std::chrono::hours(24 * 30)}, "Connections without traffic for so long are closed."},
    Key{"timers", "keepalive", DurationField{timer<&Timers::keepalive>, 1s, 2h}, "TCP keep-alive on idle connections: vanished peers are noticed."},
    Key{"timers", "write_stall", DurationField{timer<&Timers::write_stall>, 100ms, 1h},
        "A reader that takes nothing for so long is closed, and what was unanswered is reported."},
    Key{"timers", "shutdown", DurationField{timer<&Timers::shutdown>, 0s, 10min},
        "After SIGTERM: what is held is sent for at most so long."},

    Key{"limits", "header_bytes", SizeField{limit<&Limits::header_bytes>, 512, block}, "Octets of a frame's head. More: 400, or the connection is closed."},
    Key{"limits", "header_lines", CountField{limit<&Limits::header_lines>, 8, lines_max}, "Header lines of a frame. More: 400."},
    Key{"limits", "uris_per_path", CountField{limit<&Limits::uris_per_path>, 2, uris_max}, "URIs in To-Path or From-Path. More: 400."},
    Key{"limits", "links", OtherField{"`\"auto\"` or a number (1 to 100000000)", "`\"auto\"`: as the open-file limit allows", read_links, print_links},
        "Connections in all. When full, the least recently used idle one is closed, else new ones are refused."},
    Key{"limits", "links_per_address", CountField{limit<&Limits::links_per_address>, 1, count_max},
        "Connections from one address, shared out among the cores. More are refused."},
    Key{"limits", "sessions", CountField{limit<&Limits::sessions>, 1, count_max},
        "Sessions (URIs given to clients) in all, shared out among the cores. More: AUTH is answered 403."},
    Key{"limits", "sessions_per_link", CountField{limit<&Limits::sessions_per_link>, 1, count_max}, "Sessions of one connection. More: 403."},
    Key{"limits", "sessions_per_user", CountField{limit<&Limits::sessions_per_user>, 1, count_max}, "Sessions of one user on one core. More: 403."},
    Key{"limits", "session_buffer", SizeField{limit<&Limits::session_buffer>, 16 * kib, gib}, "Octets held for one session. When full, its source is paused."},
    Key{"limits", "link_output", SizeField{limit<&Limits::link_output>, 16 * kib, gib},
        "Octets waiting to be sent on one connection. When full, the sources are paused."},
    Key{"limits", "core_buffer", SizeField{limit<&Limits::core_buffer>, mib, 1024 * gib},
        "Octets that one core holds for all its connections. When full, sources are paused, then the largest holder is closed. Not below `session_buffer` "
        "and `link_output`."},
    Key{"limits", "transactions_per_link", CountField{limit<&Limits::transactions_per_link>, 1, 1'000'000},
        "Requests sent on one connection and not answered yet. When full, the next ones wait."},
    Key{"limits", "messages_per_session", CountField{limit<&Limits::messages_per_session>, 1, 65536},
        "Messages of a session of which no more is taken, because they were stopped with 413. More: the oldest is forgotten."},
    Key{"limits", "auth_failures", CountField{limit<&Limits::auth_failures>, 1, 1000}, "Wrong passwords on one connection before it is closed."},
    Key{"limits", "links_per_relay", CountField{limit<&Limits::links_per_relay>, 1, 1024},
        "Connections that one core opens to one next relay: one that all sessions share, the others for sessions whose messages exceed `session_buffer`."},
    Key{"limits", "body_prefix", SizeField{limit<&Limits::body_prefix>, 1, 16 * kib}, "Octets of a body that rules may look at."},
};
// clang-format on

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

// Bounds are told in the unit in which they were given.
template <class Number, class Field, class Print>
void store(const Input& input, Target target, const Field& field, Number number, Print print) {
  if (number < field.least || number > field.most) {
    return input.report.error(input.value.place, input.key,
                              print(number) + " is out of range: " + print(field.least) + " to " + print(field.most));
  }
  field.of(target.config) = number;
}

void read_unit_fault(const Input& input, const std::string& text, const UnitFault& fault) {
  input.report.error(input.value.place, input.key, "`" + text + "`: " + fault.reason, fault.nearest);
}

struct Read {
  const Input& input;
  const Key& key;
  Target target;

  void operator()(const DurationField& field) const {
    const std::string* const text = text_of(input.value, input.key, "a duration with its unit, such as \"30s\",", input.report);
    if (text == nullptr) return;
    const auto duration = parse_duration(*text);
    if (!duration) return read_unit_fault(input, *text, duration.error());
    store(input, target, field, *duration, print_duration);
  }
  void operator()(const SizeField& field) const {
    const std::string* const text = text_of(input.value, input.key, "a size with its unit, such as \"16KiB\",", input.report);
    if (text == nullptr) return;
    const auto size = parse_size(*text);
    if (!size) return read_unit_fault(input, *text, size.error());
    store(input, target, field, *size, print_size);
  }
  void operator()(const CountField& field) const {
    const auto* const number = std::get_if<std::int64_t>(&input.value.is);
    if (number == nullptr) return input.report.wrong_type(input.value, input.key, "a whole number");
    const auto print = [](auto count) { return std::to_string(count); };
    if (*number < 0) {
      return input.report.error(input.value.place, input.key,
                                print(*number) + " is out of range: " + print(field.least) + " to " + print(field.most));
    }
    store(input, target, field, static_cast<std::size_t>(*number), print);
  }
  void operator()(const OtherField& field) const { field.read(input, target); }
};

struct Print {
  Target target;
  std::string operator()(const DurationField& field) const { return in_quotes(print_duration(field.of(target.config))); }
  std::string operator()(const SizeField& field) const { return in_quotes(print_size(field.of(target.config))); }
  std::string operator()(const CountField& field) const { return std::to_string(field.of(target.config)); }
  std::string operator()(const OtherField& field) const { return field.print(target); }
};

struct Standard {
  std::string operator()(const DurationField& field) const { return scalar(field); }
  std::string operator()(const SizeField& field) const { return scalar(field); }
  std::string operator()(const CountField& field) const { return scalar(field); }
  std::string operator()(const OtherField& field) const { return std::string(field.standard); }

  template <class Field>
  static std::string scalar(const Field& field) {
    Config config;
    return code(Print{{config, nullptr}}(field));
  }
};

}  // namespace

std::span<const Key> all_keys() { return keys; }
std::span<const std::string_view> all_sections() { return sections; }
std::string standard_of(const Key& key) { return std::visit(Standard(), key.field); }
void read_key(const Key& key, const Input& input, Target target) { std::visit(Read{input, key, target}, key.field); }
std::string print_key(const Key& key, Target target) { return std::visit(Print{target}, key.field); }

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace config
