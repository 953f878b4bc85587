// What a start needs of the kernel: listeners, randomness, the check.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <vector>

#include "ring/kernel_check.h"
#include "ring/kernel_entropy.h"
#include "ring/listener.h"
#include "ring/socket_address.h"

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

using ring::listen_on_all_cores;
using ring::Listening;

namespace {

base::Endpoint endpoint(const char* address, std::uint16_t port) { return {*base::IpAddress::parse(address), port}; }

void close_all(const std::vector<Listening>& listening) {
  for (const Listening& one : listening) {
    for (const ring::Socket socket : one.sockets) ::close(socket.descriptor);
  }
}

std::uint16_t port_of(ring::Socket socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(socket.descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ring::from_kernel(address)->port;
}

int open_descriptors() {
  int count = 0;
  for (int descriptor = 0; descriptor < 256; ++descriptor) count += ::dup2(descriptor, descriptor) == descriptor ? 1 : 0;
  return count;
}

bool has_ipv6() {
  const auto tried = listen_on_all_cores(std::array{endpoint("::1", 0)}, 1, 1);
  if (tried) close_all(*tried);
  return tried.has_value();
}

}  // namespace

TEST_CASE("all cores listen on one port, also on one the kernel chose") {
  const auto listening = listen_on_all_cores(std::array{endpoint("127.0.0.1", 0), endpoint("127.0.0.1", 0)}, 4, 16);
  REQUIRE(listening);
  REQUIRE(listening->size() == 2);
  for (const Listening& one : *listening) {
    REQUIRE(one.endpoint.port != 0);
    REQUIRE(one.sockets.size() == 4);
    for (const ring::Socket socket : one.sockets) {
      REQUIRE(port_of(socket) == one.endpoint.port);
      int listens = 0;
      socklen_t size = sizeof listens;
      REQUIRE(::getsockopt(socket.descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0);
      REQUIRE(listens == 1);
    }
  }
  REQUIRE((*listening)[0].endpoint.port != (*listening)[1].endpoint.port);
  close_all(*listening);
}

TEST_CASE("a second daemon is noticed, told by name, and leaves nothing open") {
  const auto first = listen_on_all_cores(std::array{endpoint("127.0.0.1", 0)}, 2, 16);
  REQUIRE(first);
  const base::Endpoint taken = first->front().endpoint;
  const int before = open_descriptors();
  const auto second = listen_on_all_cores(std::array{endpoint("127.0.0.1", 0), taken}, 2, 16);
  REQUIRE_FALSE(second);
  REQUIRE(second.error().endpoint == taken);
  REQUIRE(second.error().negative_errno == -EADDRINUSE);
  REQUIRE(second.error().text().find("cannot listen on " + taken.to_string() + ": Address already in use (EADDRINUSE)") == 0);
  REQUIRE(open_descriptors() == before);
  close_all(*first);
  // And a start right after the end of the first succeeds.
  const auto third = listen_on_all_cores(std::array{taken}, 2, 16);
  REQUIRE(third);
  close_all(*third);
}

TEST_CASE("an address that is not ours is told") {
  const auto listening = listen_on_all_cores(std::array{endpoint("192.0.2.77", 2855)}, 1, 16);
  REQUIRE_FALSE(listening);
  REQUIRE(listening.error().text().find("EADDRNOTAVAIL") != std::string::npos);
}

TEST_CASE("IPv6 and IPv4 listen on the same port side by side") {
  if (!has_ipv6()) SKIP("no IPv6 on this host");
  // The port that the kernel chose for IPv6 may be in use for IPv4 by somebody on this host: then another.
  bool side_by_side = false;
  for (int tries = 0; tries < 20 && !side_by_side; ++tries) {
    const auto v6 = listen_on_all_cores(std::array{endpoint("::", 0)}, 2, 16);
    REQUIRE(v6);
    const auto v4 = listen_on_all_cores(std::array{endpoint("0.0.0.0", v6->front().endpoint.port)}, 2, 16);
    side_by_side = v4.has_value();
    if (v4) close_all(*v4);
    if (!v4) REQUIRE(v4.error().negative_errno == -EADDRINUSE);
    close_all(*v6);
  }
  REQUIRE(side_by_side);
}

TEST_CASE("endpoints survive the kernel's spelling") {
  for (const char* address : {"192.0.2.7", "2001:db8::7", "::", "0.0.0.0"}) {
    sockaddr_storage kernel;
    ring::to_kernel(endpoint(address, 2855), kernel);
    REQUIRE(ring::from_kernel(kernel) == endpoint(address, 2855));
  }
  sockaddr_storage other{};
  other.ss_family = AF_UNIX;
  REQUIRE_FALSE(ring::from_kernel(other));
}

TEST_CASE("entropy of the kernel: every request is filled, nothing comes twice") {
  ring::KernelEntropy entropy;
  std::set<std::array<std::uint8_t, 16>> seen;
  for (int i = 0; i < 2000; ++i) {
    std::array<std::uint8_t, 16> token{};
    entropy.fill(token);
    REQUIRE(seen.insert(token).second);
  }
  // Across the buffer's end, and larger than it.
  for (const std::size_t size : {1UL, 4095UL, 4096UL, 4097UL, 10'000UL}) {
    std::vector<std::uint8_t> octets(size + 1, 0);
    std::vector<bool> changed(size, false);
    for (int round = 0; round < 12; ++round) {
      entropy.fill(std::span(octets).first(size));
      for (std::size_t i = 0; i < size; ++i) changed[i] = changed[i] || octets[i] != 0;
    }
    REQUIRE(std::count(changed.begin(), changed.end(), false) == 0);
    REQUIRE(octets.back() == 0);
  }
}

TEST_CASE("the floor is Linux 6.1") {
  REQUIRE(ring::kernel_is_new_enough("6.1.0-18-amd64"));
  REQUIRE(ring::kernel_is_new_enough("6.12"));
  REQUIRE(ring::kernel_is_new_enough("7.0.1"));
  REQUIRE(ring::kernel_is_new_enough("10.0"));
  REQUIRE_FALSE(ring::kernel_is_new_enough("6.0.19"));
  REQUIRE_FALSE(ring::kernel_is_new_enough("5.15.0"));
  REQUIRE_FALSE(ring::kernel_is_new_enough("6"));
  REQUIRE_FALSE(ring::kernel_is_new_enough(""));
  REQUIRE_FALSE(ring::kernel_is_new_enough("unknown"));
  REQUIRE_FALSE(ring::kernel_problem());
}

TEST_CASE("without io_uring the text says what to do") {
  const auto says = [](int negative_errno, int sysctl, const char* what) {
    return ring::explain_io_uring_failure(negative_errno, sysctl).find(what) != std::string::npos;
  };
  REQUIRE(says(-EPERM, 2, "sysctl kernel.io_uring_disabled=0"));
  REQUIRE(says(-EPERM, 1, "kernel.io_uring_group"));
  REQUIRE(says(-EPERM, 0, "seccomp"));
  REQUIRE(says(-EPERM, -1, "seccomp"));
  REQUIRE(says(-ENOSYS, -1, "seccomp"));
  REQUIRE(says(-EINVAL, 0, "Linux 6.1"));
  REQUIRE(says(-ENOMEM, 0, "LimitMEMLOCK"));
  REQUIRE(says(-EMFILE, 0, "LimitNOFILE"));
}
