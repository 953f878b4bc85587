#pragma once
// Endpoints as the kernel spells them.
#include <sys/socket.h>

#include <optional>

#include "base/address.h"

namespace ring {

// Fills `address`; its length.
socklen_t to_kernel(const base::Endpoint& endpoint, sockaddr_storage& address);
// nullopt for what is neither IPv4 nor IPv6. Mapped IPv4 becomes IPv4.
std::optional<base::Endpoint> from_kernel(const sockaddr_storage& address);

}  // namespace ring
