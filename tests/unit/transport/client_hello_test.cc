// Method: the hello of a real client, in all cuts and with octets changed: nothing is ever read beyond it, and a cut one waits.
#include "transport/client_hello.h"

#include "pair.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <random>

using transport::ClientHello;
using transport::HelloState;
using transport::read_client_hello;

TEST_CASE("name and signatures of a hello, whole and in all cuts") {
  test::Pair pair;
  const std::string octets = pair.client->output();
  ClientHello hello;
  REQUIRE(read_client_hello(octets, hello) == HelloState::complete);
  CHECK(hello.server_name == "relay.example.org");
  CHECK(hello.ecdsa);
  CHECK(hello.rsa);
  for (std::size_t size = 0; size < octets.size(); ++size) {
    REQUIRE(read_client_hello(octets.substr(0, size), hello) == HelloState::need_more);
  }
  test::Pair address({test::pem_pair("relay")}, std::nullopt, "127.0.0.1");
  REQUIRE(read_client_hello(address.client->output(), hello) == HelloState::complete);
  CHECK(hello.server_name.empty());
}

TEST_CASE("changed octets never lead outside the hello") {
  test::Pair pair;
  const std::string good = pair.client->output();
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string octets = good;
    for (unsigned change = 0; change <= random() % 4; ++change) octets[random() % octets.size()] = static_cast<char>(random());
    octets.shrink_to_fit();
    ClientHello hello;
    if (read_client_hello(octets, hello) != HelloState::complete || hello.server_name.empty()) continue;
    REQUIRE(hello.server_name.data() >= octets.data());
    REQUIRE(hello.server_name.data() + hello.server_name.size() <= octets.data() + octets.size());
  }
}
