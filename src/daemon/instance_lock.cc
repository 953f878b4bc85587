#include "daemon/instance_lock.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace wiring {

InstanceLock::~InstanceLock() {
  for (const int descriptor : descriptors_) close(descriptor);
}

std::expected<InstanceLock, std::string> InstanceLock::take(std::span<const base::Endpoint> endpoints) {
  InstanceLock lock;
  for (const base::Endpoint& endpoint : endpoints) {
    if (endpoint.port == 0) continue;
    const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return std::unexpected(std::string("cannot make a socket: ") + std::strerror(errno));
    lock.descriptors_.push_back(descriptor);
    const std::string name = "msrp-relay " + endpoint.to_string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path + 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0) continue;
    if (errno == EADDRINUSE)
      return std::unexpected("another msrp-relay runs on " + endpoint.to_string() + "; stop it, or listen elsewhere");
    return std::unexpected("cannot take the lock for " + endpoint.to_string() + ": " + std::strerror(errno));
  }
  return lock;
}

}  // namespace wiring
