#include "relay/settings.h"

#include <algorithm>

namespace relay {
namespace {

bool is_any(const base::IpAddress& address) {
  return std::all_of(address.octets().begin(), address.octets().end(), [](std::uint8_t octet) { return octet == 0; });
}

// By the rules of R-032; nearly always they are spelt alike.
bool is_host(const msrp::Uri& uri, std::string_view name) {
  if (uri.host == name) return true;
  msrp::Uri named;
  named.host = name;
  return msrp::same_host(uri, named);
}

bool listens_at(const Listener& listener, const base::IpAddress& address, const base::Endpoint& local) {
  return listener.bound.address == address || (is_any(listener.bound.address) && local.address == address);
}

}  // namespace

bool Settings::is_ours(const msrp::Uri& uri, const base::Endpoint& local) const {
  return std::any_of(listeners.begin(), listeners.end(), [&](const Listener& listener) {
    if (uri.secure != listener.secure) return false;
    if (uri.address) {
      // The port of a URI is the one advertised, or the one listened on behind a translator.
      return uri.port && (*uri.port == listener.bound.port || *uri.port == listener.advertised_port) &&
             (listens_at(listener, *uri.address, local) || is_host(uri, listener.advertised_host));
    }
    if (!is_host(uri, listener.advertised_host) && !is_host(uri, name)) return false;
    return !uri.port || *uri.port == listener.advertised_port || *uri.port == listener.bound.port;
  });
}

bool Settings::is_relay(const base::IpAddress& address) const {
  return std::find(relay_addresses.begin(), relay_addresses.end(), address) != relay_addresses.end();
}

Settings make_settings(const config::Config& config, const std::vector<base::Endpoint>& bound, std::size_t cores, std::size_t open_files,
                       const auth::NonceKeys& keys) {
  std::vector<Listener> listeners;
  for (std::size_t i = 0; i < config.listens.size(); ++i) {
    const config::Listen& listen = config.listens[i];
    Listener listener;
    listener.name = listen.name;
    listener.bound = bound[i];
    listener.advertised_host = listen.advertise_host.empty() ? config.name : listen.advertise_host;
    listener.advertised_port = listen.advertise_port == 0 ? bound[i].port : listen.advertise_port;
    listener.realm = listen.realm.empty() ? config.realm : listen.realm;
    listener.secure = listen.transport == config::Transport::tls || listen.transport == config::Transport::wss;
    listener.plaintext_auth = listen.plaintext_auth;
    listener.sip = listen.sip;
    listeners.push_back(std::move(listener));
  }
  // What the process needs beside its links: standard streams, rings, listeners, the control thread's own.
  const std::size_t reserved = 64 + cores * (4 + listeners.size());
  const std::size_t possible = open_files > reserved + cores ? open_files - reserved : cores;
  const std::size_t links = config.limits.links == 0 ? possible : std::min(config.limits.links, possible);

  Settings settings{
      .name = config.name,
      .listeners = std::move(listeners),
      .limits = config.limits,
      .timers = config.timers,
      .expires_s = std::chrono::duration_cast<std::chrono::seconds>(config.expires).count(),
      .expires_min_s = std::chrono::duration_cast<std::chrono::seconds>(config.expires_min).count(),
      .expires_max_s = std::chrono::duration_cast<std::chrono::seconds>(config.expires_max).count(),
      .algorithms = {},
      .relay_addresses = config.relay_addresses,
      .relay_names = config.relay_names,
      .kernel_tls = {},
      .kernel_tls_required = config.kernel_tls == config::KernelTls::required,
      .dns_hosts = config.dns_hosts,
      .guard = session::DestinationGuard(config.destinations_allowed, bound, config.dns_servers),
      .nonce_keys = keys,
      .accounting = !config.accounting.folder.empty(),
      .accounting_interim = config.accounting.interim,
      .cores = cores,
      .links_per_core = std::max<std::size_t>(1, links / cores),
      .links_per_address_and_core = (config.limits.links_per_address + cores - 1) / cores,
  };
  for (const config::Algorithm algorithm : config.algorithms) {
    settings.algorithms.push_back(algorithm == config::Algorithm::md5 ? auth::Algorithm::md5 : auth::Algorithm::sha256);
  }
  for (std::size_t shard = 0; shard < settings.core_of_shard.size(); ++shard) {
    settings.core_of_shard[shard] = base::CoreId(static_cast<std::uint16_t>(shard % cores));
  }
  return settings;
}

}  // namespace relay
