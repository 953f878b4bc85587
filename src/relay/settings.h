#pragma once
// What every core knows from the configuration: immutable, made once at start, shared by all cores.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/digest.h"
#include "base/address.h"
#include "base/ids.h"
#include "config/config.h"
#include "msrp/uri.h"
#include "ring/kernel_tls.h"
#include "session/destination_guard.h"

namespace relay {

// One [[listen]] as the walk needs it. The index in Settings::listeners is its ListenerId.
struct Listener {
  std::string name;
  std::string advertised_host;  // as it stands in minted URIs
  std::uint16_t advertised_port = 0;
  base::Endpoint bound;
  std::string realm;
  bool secure = false;  // msrps: minted URIs say so
  bool plaintext_auth = false;
  bool sip = false;  // SIP may arrive here, to be answered by a rule
};

struct Settings {
  std::string name;
  std::vector<Listener> listeners;
  config::Limits limits;
  config::Timers timers;
  std::int64_t expires_s = 1800;
  std::int64_t expires_min_s = 60;
  std::int64_t expires_max_s = 3600;
  std::vector<auth::Algorithm> algorithms;
  std::vector<base::IpAddress> relay_addresses;
  std::vector<std::string> relay_names;  // in certificates
  ring::KernelTls kernel_tls;            // what may be left to it; nothing when that is not wanted
  bool kernel_tls_required = false;      // links that it does not take are closed
  std::vector<std::pair<std::string, base::IpAddress>> dns_hosts;
  session::DestinationGuard guard;
  bool short_way = true;  // for frames that come again (known_frames.h); without it all go the long way, for tests that compare
  auth::NonceKeys nonce_keys;
  bool accounting = false;              // sessions are accounted for
  base::Duration accounting_interim{};  // 0: not while they last
  std::size_t cores = 1;
  std::array<base::CoreId, 256> core_of_shard{};  // total: every octet names a core
  // Limits of the process, divided: no core asks another, so the sum never exceeds what is configured.
  std::size_t links_per_core = 0;
  std::size_t links_per_address_and_core = 0;

  // Known as a relay by its address. The seam where its certificate will stand.
  bool is_relay(const base::IpAddress& address) const;
  base::CoreId core_of(base::Shard shard) const { return core_of_shard[shard.value()]; }
  // Is the authority of this URI ours: the advertised one of a listener, the address a listener is bound to, or `local`, where the link it
  // came on ends (a wildcard listener has many addresses)? A URI without port matches by host (R-037 allows it in AUTH).
  bool is_ours(const msrp::Uri& uri, const base::Endpoint& local) const;
};

// `bound[i]`: where listeners[i] of the configuration really listens (port 0 resolved). `open_files`: what the process may have.
Settings make_settings(const config::Config& config, const std::vector<base::Endpoint>& bound, std::size_t cores, std::size_t open_files,
                       const auth::NonceKeys& keys);

}  // namespace relay
