// Defaults that depend on other keys, relations between keys, and what works but is unwise.
#include <algorithm>

#include "config/host_name.h"
#include "config/units.h"
#include "config/validate.h"

namespace config {
namespace {

// Crocodile loops when Expires is below or above these (clients.md 3).
constexpr base::Duration expires_too_short = 31s;
constexpr base::Duration expires_too_long = 2'147'512s;

class Completion {
 public:
  Completion(Loaded& loaded, const Host& host, Report& report) : loaded_(loaded), config_(loaded.config), host_(host), report_(report) {}

  void run() {
    name();
    listens();
    control();
    if (config_.users_file.empty() && !report_.is_wrong("users.file")) {
      report_.error({}, "users.file", "no users: name the file in [users] file, or nobody can use the relay");
    }
    expires();
    buffers();
    accounting();
    unwise();
  }

 private:
  Place place(std::string_view key) const {
    const Origin* const origin = loaded_.origin(key);
    return origin == nullptr ? Place() : origin->place;
  }
  static std::string key_of(std::size_t listen, std::string_view name) {
    return "listen[" + std::to_string(listen) + "]." + std::string(name);
  }
  std::string where(std::string_view key) const {
    const Origin* const origin = loaded_.origin(key);
    return origin == nullptr ? "" : " (line " + std::to_string(origin->place.line) + ")";
  }

  void name() {
    if (config_.name.empty()) {
      config_.name = host_.full_name;
      const bool asked = report_.is_wrong("relay.name");
      if (const std::string fault = full_name_fault(config_.name); !fault.empty() && !asked) {
        report_.error({}, "relay.name", "the host's own name does not serve (" + fault + "): set it");
      }
    }
    if (config_.realm.empty()) config_.realm = config_.name;
  }

  void listens() {
    if (config_.listens.empty() && !report_.is_wrong("listen")) {
      report_.error({}, "listen", "nowhere to listen: add a [[listen]] with its uri, such as \"msrp://127.0.0.1:2855\"");
    }
    for (std::size_t i = 0; i < config_.listens.size(); ++i) {
      Listen& listen = config_.listens[i];
      if (listen.uri.empty() && !report_.is_wrong(key_of(i, "uri"))) {
        report_.error(place("listen[" + std::to_string(i) + "]"), key_of(i, "uri"),
                      "missing: where to listen, such as \"msrp://127.0.0.1:2855\"");
      }
      if (listen.name.empty()) listen.name = listen.uri;
      if (listen.advertise_host.empty()) listen.advertise_host = config_.name;
      if (listen.advertise_port == 0) listen.advertise_port = listen.endpoint.port;
      if (listen.realm.empty()) listen.realm = config_.realm;
      if (!listen.uri.empty()) listen_alone(listen, i);
      for (std::size_t before = 0; before < i; ++before) listen_pair(before, i);
    }
  }

  // Who has not said where gets it where the service manager has made room for it.
  void control() {
    if (loaded_.origin("control.socket") == nullptr && !host_.runtime_directory.empty())
      config_.control.path = host_.runtime_directory + "/control.sock";
    for (const char* key : {"control.operators", "control.observers"}) {
      if (config_.control.wanted() || report_.is_wrong("control.socket")) break;
      if (loaded_.origin(key) != nullptr) report_.warn(place(key), key, "has no meaning without [control] socket");
    }
  }

  void listen_alone(const Listen& listen, std::size_t i) {
    const bool plain = listen.transport == Transport::tcp || listen.transport == Transport::ws;
    if (listen.plaintext_auth && !plain)
      report_.error(place(key_of(i, "plaintext_auth")), key_of(i, "plaintext_auth"), "has no meaning with TLS: remove it");
    files_of(listen, i, listen.transport == Transport::tls || listen.transport == Transport::wss);
    if (listen.endpoint.port == 0)
      report_.warn(place(key_of(i, "uri")), key_of(i, "uri"), "port 0 is another port after each start: for tests only");
    if (listen.plaintext_auth && plain && !is_loopback(listen.endpoint.address)) {
      report_.warn(place(key_of(i, "plaintext_auth")), key_of(i, "plaintext_auth"),
                   "users authenticate and write in clear: for labs, trusted networks and behind TLS terminators only");
    }
  }

  void files_of(const Listen& listen, std::size_t i, bool wanted) {
    const std::size_t certificates = listen.certificates.size();
    const std::size_t keys = listen.private_keys.size();
    if (report_.is_wrong(key_of(i, "certificate")) || report_.is_wrong(key_of(i, "private_key"))) return;
    if (!wanted) {
      for (const auto& [key, set] : {std::pair("certificate", certificates > 0), std::pair("private_key", keys > 0),
                                     std::pair("ocsp_response", !listen.statuses.empty())}) {
        if (set) report_.error(place(key_of(i, key)), key_of(i, key), "has no meaning without TLS: remove it, or listen on msrps://");
      }
    } else if (certificates == 0 || keys == 0) {
      const std::string key = certificates == 0 ? "certificate" : "private_key";
      report_.error(place(key_of(i, "uri")), key_of(i, key),
                    "missing: TLS needs a certificate and its private_key (tools/make-certs makes some to try it out)");
    } else if (certificates != keys) {
      report_.error(place(key_of(i, "private_key")), key_of(i, "private_key"),
                    std::to_string(certificates) + " certificates want as many keys, in the same order; there are " + std::to_string(keys));
    } else if (!listen.statuses.empty() && listen.statuses.size() != certificates) {
      report_.error(place(key_of(i, "ocsp_response")), key_of(i, "ocsp_response"),
                    std::to_string(certificates) + " certificates want as many, in the same order, \"\" for none; there are " +
                        std::to_string(listen.statuses.size()));
    }
  }

  static bool is_loopback(const base::IpAddress& address) {
    static const std::array networks{*base::Network::parse("127.0.0.0/8"), *base::Network::parse("::1/128")};
    return std::any_of(networks.begin(), networks.end(), [&](const base::Network& network) { return network.contains(address); });
  }
  static bool is_any(const base::IpAddress& address) {
    return std::all_of(address.octets().begin(), address.octets().end(), [](std::uint8_t octet) { return octet == 0; });
  }

  void listen_pair(std::size_t first, std::size_t second) {
    const Listen& a = config_.listens[first];
    const Listen& b = config_.listens[second];
    if (a.uri.empty() || b.uri.empty()) return;
    const std::string other = "listen[" + std::to_string(first) + "]" + where(key_of(first, "uri"));
    const bool named = loaded_.origin(key_of(first, "name")) != nullptr || loaded_.origin(key_of(second, "name")) != nullptr;
    if (a.name == b.name && named) {
      const bool own = loaded_.origin(key_of(second, "name")) != nullptr;
      const std::string key = key_of(second, own ? "name" : "uri");
      report_.error(place(key), key, "the name `" + b.name + "` is that of listen[" + std::to_string(first) + "], too");
    }
    if (a.endpoint.port != b.endpoint.port || b.endpoint.port == 0 || a.endpoint.address.is_v4() != b.endpoint.address.is_v4()) return;
    const std::string key = key_of(second, "uri");
    if (a.endpoint.address == b.endpoint.address) {
      report_.error(place(key), key, b.endpoint.to_string() + " is what " + other + " listens on already");
    } else if (is_any(a.endpoint.address) || is_any(b.endpoint.address)) {
      report_.error(place(key), key,
                    b.endpoint.to_string() + " overlaps with " + a.endpoint.to_string() + " of " + other + ": use another port");
    }
  }

  // Tells it at the key of the two that the file sets; at none if it sets neither, which defaults never need.
  void must_not_exceed(std::string_view smaller, base::Duration small, std::string_view larger, base::Duration large) {
    if (small <= large) return;
    exceeds(smaller, print_duration(small), larger, print_duration(large));
  }
  void exceeds(std::string_view smaller, const std::string& small, std::string_view larger, const std::string& large) {
    if (report_.is_wrong(smaller) || report_.is_wrong(larger)) return;
    const auto said = [&](std::string_view key, const std::string& value) {
      return std::string(key) + " (" + value + (loaded_.origin(key) == nullptr ? ", the default)" : ")");
    };
    const std::string_view key = loaded_.origin(smaller) != nullptr ? smaller : larger;
    report_.error(place(key), key, said(smaller, small) + " must not be above " + said(larger, large));
  }

  void expires() {
    must_not_exceed("session.expires_min", config_.expires_min, "session.expires", config_.expires);
    must_not_exceed("session.expires", config_.expires, "session.expires_max", config_.expires_max);
    const auto whole_seconds = [&](std::string_view key, base::Duration duration) {
      if (duration % 1s != 0s) report_.error(place(key), key, "whole seconds are wanted: that is what Expires can say");
    };
    whole_seconds("session.expires", config_.expires);
    whole_seconds("session.expires_min", config_.expires_min);
    whole_seconds("session.expires_max", config_.expires_max);
  }

  void buffers() {
    const auto within = [&](std::string_view key, std::size_t octets) {
      if (octets > config_.limits.core_buffer)
        exceeds(key, print_size(octets), "limits.core_buffer", print_size(config_.limits.core_buffer));
    };
    within("limits.session_buffer", config_.limits.session_buffer);
    within("limits.link_output", config_.limits.link_output);
  }

  void accounting() {
    const base::Duration interim = config_.accounting.interim;
    if (interim > 0s && interim < 1s)
      report_.error(place("accounting.interim"), "accounting.interim",
                    print_duration(interim) + " is too often: 1s at least, or 0s for none");
  }

  void warn_if(bool unwise, std::string_view key, std::string reason) {
    if (unwise) report_.warn(place(key), key, std::move(reason));
  }

  void unwise() {
    warn_if(config_.expires_min < expires_too_short, "session.expires_min", "some clients renew without end when they get less than 31s");
    warn_if(config_.expires_max > expires_too_long, "session.expires_max",
            "some clients renew without end when they get more than 2147512s");
    warn_if(config_.timers.transaction < 30s, "timers.transaction", "RFC 4975 gives a next hop 30s");
    warn_if(config_.timers.first_request > 30s, "timers.first_request", "RFC 4976 gives a new connection at most 30s");
    warn_if(config_.timers.idle < 1h, "timers.idle", "RFC 4976 lets a relay close connections that were idle for an hour, not sooner");
    warn_if(config_.limits.links > host_.open_files, "limits.links",
            "this process may open " + std::to_string(host_.open_files) + " files only: raise the limit (LimitNOFILE of the service)");
    const bool sha256_alone = config_.algorithms == std::vector{Algorithm::sha256};
    warn_if(sha256_alone, "users.algorithms", "clients that know RFC 4976 alone can only answer MD5");
    const bool anyone = std::any_of(config_.listens.begin(), config_.listens.end(),
                                    [](const Listen& listen) { return listen.plaintext_auth || listen.transport == Transport::tls; });
    // Where something is wrong, this may only be its consequence.
    if (!anyone && !config_.listens.empty() && !report_.any_wrong()) {
      report_.warn(place("listen[0]"), "listen",
                   "no listener takes AUTH: without TLS it needs plaintext_auth = true, so no client can use the relay");
    }
  }

  Loaded& loaded_;
  Config& config_;
  const Host& host_;
  Report& report_;
};

}  // namespace

void complete(Loaded& loaded, const Host& host, Report& report) { Completion(loaded, host, report).run(); }

}  // namespace config
