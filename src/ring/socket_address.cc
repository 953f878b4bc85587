#include "ring/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ring {

socklen_t to_kernel(const base::Endpoint& endpoint, sockaddr_storage& address) {
  std::memset(&address, 0, sizeof address);
  const std::array<std::uint8_t, 16>& octets = endpoint.address.octets();
  if (endpoint.address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, octets.data(), 4);
    std::memcpy(&address, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(endpoint.port);
  std::memcpy(&v6.sin6_addr, octets.data(), 16);
  std::memcpy(&address, &v6, sizeof v6);
  return sizeof v6;
}

std::optional<base::Endpoint> from_kernel(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return base::Endpoint{base::IpAddress::from_octets4(octets), ntohs(v4.sin_port)};
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
    return base::Endpoint{base::IpAddress::from_octets16(octets), ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

}  // namespace ring
