#pragma once
// One relay per address: SO_REUSEPORT would let two of the same user share a port and take half of each other's clients.
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"

namespace wiring {

// Held from before the ports are probed until the process ends. A name in the abstract socket space per address: it needs no writable
// folder, vanishes with the process, and is bound to the network namespace, as the ports are.
class InstanceLock {
 public:
  // Port 0 is never shared and takes no lock. Else the reason why not, for the operator.
  static std::expected<InstanceLock, std::string> take(std::span<const base::Endpoint> endpoints);
  InstanceLock(InstanceLock&& other) noexcept = default;
  InstanceLock& operator=(InstanceLock&&) = delete;
  ~InstanceLock();

 private:
  InstanceLock() = default;
  std::vector<int> descriptors_;
};

}  // namespace wiring
