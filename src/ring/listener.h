#pragma once
// The listening sockets of a start: one per address and core, all of an address sharing its port by SO_REUSEPORT.
//
// SO_REUSEPORT lets a second daemon of the same user silently take half the clients, so every address is first bound once without it, then
// on all cores, and only then do all of them listen (models 2.5 "Starting"). A lock file guards the moment in between; that is the daemon's
// part.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "ring/ring.h"

namespace ring {

struct ListenError {
  base::Endpoint endpoint;
  int negative_errno = 0;
  // One line for the operator: the address, the error by name, what to do about it.
  std::string text() const;
};

struct Listening {
  base::Endpoint endpoint;      // with the real port where 0 was asked for
  std::vector<Socket> sockets;  // one per core, in order; the caller closes them
};

// [::] takes IPv6 only (IPV6_V6ONLY): list 0.0.0.0 beside it. On an error nothing stays open. At start only: it calls the kernel directly.
// `backlog` is cut to net.core.somaxconn by the kernel. Accepted sockets inherit TCP_NODELAY.
base::Result<std::vector<Listening>, ListenError> listen_on_all_cores(std::span<const base::Endpoint> endpoints, std::size_t cores,
                                                                      int backlog);

}  // namespace ring
