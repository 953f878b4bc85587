#pragma once
// Which addresses this relay may dial (O-50): a relay that dials what it is told is a way into the operator's network. Asked with the
// address that is really connected, after names are resolved.
#include <cstdint>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace session {

enum class DestinationRefusal : std::uint8_t {
  special_network,  // loopback, private, link-local, multicast ... and not in [destinations] allow
  own_listener,     // this relay itself: its own URIs are never dialled
  name_server,      // one of [dns] servers
  port,             // 0, or below 1024 and outside [destinations] allow
};
const char* describe(DestinationRefusal refusal);

class DestinationGuard {
 public:
  // `listeners`: what this relay listens on; a wildcard address stands for every address with that port that is loopback or allowed.
  // `name_servers`: are spoken to by their own protocol only, whatever is allowed.
  DestinationGuard(std::vector<base::Network> allowed, std::vector<base::Endpoint> listeners,
                   std::vector<base::Endpoint> name_servers = {});
  base::Result<void, DestinationRefusal> check(const base::Endpoint& destination) const;

 private:
  std::vector<base::Network> allowed_;
  std::vector<base::Endpoint> listeners_;
  std::vector<base::Endpoint> name_servers_;
};

// Not to be reached from a public address: IANA's special-purpose registries for IPv4 and IPv6, and IPv4 addresses of those inside IPv6
// ones (mapped, compatible, NAT64, 6to4, Teredo).
bool is_special(const base::IpAddress& address);

}  // namespace session
