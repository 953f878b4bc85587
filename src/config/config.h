#pragma once
// The configuration as plain values: what product.md section 3 lists, with its defaults. Immutable once loaded.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "config/document.h"

namespace config {

using namespace std::chrono_literals;

enum class Transport : std::uint8_t { tcp, tls, ws, wss };
enum class Algorithm : std::uint8_t { md5, sha256 };

struct Listen {
  std::string name;  // default: uri
  std::string uri;   // as written
  Transport transport = Transport::tcp;
  base::Endpoint endpoint;                // address and port to bind
  std::vector<std::string> certificates;  // files of a TLS listener, as written; relative ones stand beside the configuration
  std::vector<std::string> private_keys;  // in the same order
  std::vector<std::string> statuses;      // the same, of OCSP; empty, or for some of them
  std::string advertise_host;             // default: relay.name
  std::uint16_t advertise_port = 0;       // default: the port listened on
  std::string realm;                      // default: relay.realm
  bool plaintext_auth = false;
  bool sip = false;  // protocols contains "sip"
};

// Every bound of product.md's [limits] table.
struct Limits {
  std::size_t header_bytes = 8 * 1024;
  std::size_t header_lines = 64;
  std::size_t uris_per_path = 16;
  std::size_t links = 0;  // 0: as the open-file limit allows
  std::size_t links_per_address = 4096;
  std::size_t sessions = 1'000'000;
  std::size_t sessions_per_link = 4096;
  std::size_t sessions_per_user = 4096;
  std::size_t session_buffer = 1024 * 1024;
  std::size_t link_output = 1024 * 1024;
  std::size_t core_buffer = 64 * 1024 * 1024;
  std::size_t transactions_per_link = 8192;
  std::size_t messages_per_session = 64;
  std::size_t auth_failures = 3;
  std::size_t links_per_relay = 8;
  std::size_t body_prefix = 1024;
};

struct Timers {
  base::Duration transaction = 30s;
  base::Duration first_request = 30s;
  base::Duration idle = 1h;
  base::Duration keepalive = 60s;
  base::Duration write_stall = 120s;
  base::Duration shutdown = 10s;  // after SIGTERM: what is held is sent for at most so long
};

// Where metrics and the status page are shown: one of the two.
struct HttpListen {
  std::optional<base::Endpoint> endpoint;
  std::string path;  // of a UNIX socket
  bool wanted() const { return endpoint.has_value() || !path.empty(); }
  friend bool operator==(const HttpListen&, const HttpListen&) = default;
};

// Records of what each session has carried, in files.
enum class AccountingFormat : std::uint8_t { json, csv };
struct Accounting {
  std::string folder;  // as written; a relative one stands beside the configuration file. Empty: none
  AccountingFormat format = AccountingFormat::json;
  base::Duration interim = 0s;  // 0: none while a session lasts
  std::size_t rotate_size = std::size_t{64} * 1024 * 1024;
  base::Duration rotate_time = 15min;
  friend bool operator==(const Accounting&, const Accounting&) = default;
};

// Where msrpctl asks and commands, and who may.
struct ControlSocket {
  std::string path;                    // of a UNIX socket; empty: there is none
  std::vector<std::string> operators;  // groups, besides that of the relay's process
  std::vector<std::string> observers;
  bool wanted() const { return !path.empty(); }
  friend bool operator==(const ControlSocket&, const ControlSocket&) = default;
};

// Whether the kernel makes the records of TLS links.
enum class KernelTls : std::uint8_t { automatic, off, required };

struct Config {
  std::string file;
  std::string name;
  std::string realm;
  std::variant<std::monostate, std::size_t, std::vector<int>> cores;  // "all", a number, CPUs to pin to
  std::vector<Listen> listens;
  std::string users_file;             // as written; a relative one stands beside `file`
  std::vector<Algorithm> algorithms;  // empty: as product.md says
  base::Duration expires = 30min;
  base::Duration expires_min = 1min;
  base::Duration expires_max = 1h;
  std::vector<base::IpAddress> relay_addresses;
  std::vector<base::Network> destinations_allowed;
  static constexpr const char* usual_ca_file = "/etc/ssl/certs/ca-certificates.crt";  // may be missing
  std::string ca_file = usual_ca_file;                                                // as certificates
  std::string crl_file;                                                               // the same; empty: none
  KernelTls kernel_tls = KernelTls::automatic;
  std::vector<std::string> relay_names;  // in certificates; lower case
  HttpListen http;
  Accounting accounting;
  ControlSocket control;
  std::vector<std::pair<std::string, base::IpAddress>> dns_hosts;
  std::vector<base::Endpoint> dns_servers;
  Limits limits;
  Timers timers;
  std::vector<Value> rules;  // the [[rule]] tables, for rules::compile()
};

// What the host knows and a pure loader may not ask.
struct Host {
  std::string full_name;  // default of relay.name
  std::size_t open_files = 1024;
  std::string runtime_directory = {};  // that the service manager has made for this process; empty: none
};

// Where the file sets a key.
struct Origin {
  std::string key;  // "limits.sessions", "listen[1].uri"
  Place place;
};

struct Loaded {
  Config config;
  std::vector<Fault> faults;  // any that is not a warning: the configuration must not be used. In the order of the file
  std::vector<Origin> origins;
  bool good() const;
  // nullptr: the file does not set it.
  const Origin* origin(std::string_view key) const;
};

// `text` is the file's content; `file` its name for the faults. Keys of features that this build does not have (tls, dns.servers) are
// known, and a fault that says so: nothing is read and then without effect.
Loaded load(std::string_view text, std::string_view file, const Host& host);

// Every key with its value in force, as TOML that loads again, each with a comment that tells its origin (file:line or default). Without
// the rules: rules::RuleSet::print() tells those, with the builtin ones.
std::string print_effective(const Config& config, const Loaded& loaded);

// Every key with its type, range, default and meaning, as Markdown: the tables of docs/configuration.md.
std::string describe_keys();

}  // namespace config
