#include "control/needs_restart.h"

#include <tuple>

namespace control {
namespace {

// Every field of a [[listen]] table; a reference each, so that a new field is one line.
auto fields(const config::Listen& listen) {
  return std::tie(listen.name, listen.uri, listen.transport, listen.endpoint, listen.certificates, listen.private_keys, listen.statuses,
                  listen.advertise_host, listen.advertise_port, listen.realm, listen.plaintext_auth, listen.sip);
}

class Differences {
 public:
  template <class T>
  void compare(const char* key, const T& before, const T& now) {
    if (!(before == now)) keys_.emplace_back(key);
  }
  void add(std::string key) { keys_.push_back(std::move(key)); }
  std::vector<std::string> take() { return std::move(keys_); }

 private:
  std::vector<std::string> keys_;
};

void compare_listens(Differences& keys, const config::Config& before, const config::Config& now) {
  for (std::size_t i = 0; i < std::max(before.listens.size(), now.listens.size()); ++i) {
    const bool same = i < before.listens.size() && i < now.listens.size() && fields(before.listens[i]) == fields(now.listens[i]);
    if (!same) keys.add("listen[" + std::to_string(i) + "]");
  }
}

void compare_limits(Differences& keys, const config::Limits& before, const config::Limits& now) {
  keys.compare("limits.header_bytes", before.header_bytes, now.header_bytes);
  keys.compare("limits.header_lines", before.header_lines, now.header_lines);
  keys.compare("limits.uris_per_path", before.uris_per_path, now.uris_per_path);
  keys.compare("limits.links", before.links, now.links);
  keys.compare("limits.links_per_address", before.links_per_address, now.links_per_address);
  keys.compare("limits.sessions", before.sessions, now.sessions);
  keys.compare("limits.sessions_per_link", before.sessions_per_link, now.sessions_per_link);
  keys.compare("limits.sessions_per_user", before.sessions_per_user, now.sessions_per_user);
  keys.compare("limits.session_buffer", before.session_buffer, now.session_buffer);
  keys.compare("limits.link_output", before.link_output, now.link_output);
  keys.compare("limits.core_buffer", before.core_buffer, now.core_buffer);
  keys.compare("limits.transactions_per_link", before.transactions_per_link, now.transactions_per_link);
  keys.compare("limits.messages_per_session", before.messages_per_session, now.messages_per_session);
  keys.compare("limits.auth_failures", before.auth_failures, now.auth_failures);
  keys.compare("limits.links_per_relay", before.links_per_relay, now.links_per_relay);
  keys.compare("limits.body_prefix", before.body_prefix, now.body_prefix);
}

void compare_timers(Differences& keys, const config::Timers& before, const config::Timers& now) {
  keys.compare("timers.transaction", before.transaction, now.transaction);
  keys.compare("timers.first_request", before.first_request, now.first_request);
  keys.compare("timers.idle", before.idle, now.idle);
  keys.compare("timers.keepalive", before.keepalive, now.keepalive);
  keys.compare("timers.write_stall", before.write_stall, now.write_stall);
  keys.compare("timers.shutdown", before.shutdown, now.shutdown);
}

}  // namespace

std::vector<std::string> needs_restart(const config::Config& in_force, const config::Config& read_again) {
  Differences keys;
  keys.compare("relay.name", in_force.name, read_again.name);
  keys.compare("relay.realm", in_force.realm, read_again.realm);
  keys.compare("relay.cores", in_force.cores, read_again.cores);
  compare_listens(keys, in_force, read_again);
  keys.compare("users.file", in_force.users_file, read_again.users_file);
  keys.compare("users.algorithms", in_force.algorithms, read_again.algorithms);
  keys.compare("session.expires", in_force.expires, read_again.expires);
  keys.compare("session.expires_min", in_force.expires_min, read_again.expires_min);
  keys.compare("session.expires_max", in_force.expires_max, read_again.expires_max);
  keys.compare("relays.addresses", in_force.relay_addresses, read_again.relay_addresses);
  keys.compare("destinations.allow", in_force.destinations_allowed, read_again.destinations_allowed);
  keys.compare("tls.ktls", in_force.kernel_tls, read_again.kernel_tls);
  keys.compare("http.listen", in_force.http, read_again.http);
  keys.compare("tls.ca_file", in_force.ca_file, read_again.ca_file);
  keys.compare("tls.crl_file", in_force.crl_file, read_again.crl_file);
  keys.compare("tls.relays", in_force.relay_names, read_again.relay_names);
  keys.compare("accounting", in_force.accounting, read_again.accounting);
  keys.compare("control.socket", in_force.control.path, read_again.control.path);
  keys.compare("control.operators", in_force.control.operators, read_again.control.operators);
  keys.compare("control.observers", in_force.control.observers, read_again.control.observers);
  keys.compare("dns.hosts", in_force.dns_hosts, read_again.dns_hosts);
  keys.compare("dns.servers", in_force.dns_servers, read_again.dns_servers);
  compare_limits(keys, in_force.limits, read_again.limits);
  compare_timers(keys, in_force.timers, read_again.timers);
  return keys.take();
}

}  // namespace control
