#include "daemon/instance_lock.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <utility>

using wiring::InstanceLock;

namespace {

// Of this process alone: tests run side by side.
base::Endpoint endpoint(std::uint16_t port) {
  const auto process = static_cast<std::uint32_t>(getpid());
  base::Endpoint endpoint;
  endpoint.address = base::IpAddress::from_octets4(
      {127, static_cast<std::uint8_t>(process >> 16), static_cast<std::uint8_t>(process >> 8), static_cast<std::uint8_t>(process)});
  endpoint.port = port;
  return endpoint;
}

}  // namespace

TEST_CASE("an address has one holder, until it ends") {
  const base::Endpoint first[] = {endpoint(2855), endpoint(2856)};
  const base::Endpoint second[] = {endpoint(2857), endpoint(2856)};
  {
    const auto held = InstanceLock::take(first);
    REQUIRE(held);
    const auto refused = InstanceLock::take(second);
    REQUIRE(!refused);
    CHECK(refused.error().find(endpoint(2856).to_string()) != std::string::npos);
    // What the refused one held already is free again.
    const base::Endpoint third[] = {endpoint(2857)};
    CHECK(InstanceLock::take(third).has_value());
  }
  CHECK(InstanceLock::take(second).has_value());
}

TEST_CASE("port 0 is never shared") {
  const base::Endpoint any[] = {endpoint(0), endpoint(0)};
  CHECK(InstanceLock::take(any).has_value());
}
