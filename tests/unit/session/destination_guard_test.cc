// A table of spellings: what a relay may be told to dial, and must not (O-50).
#include "session/destination_guard.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace {

base::Endpoint endpoint(std::string_view address, std::uint16_t port) { return {*base::IpAddress::parse(address), port}; }

}  // namespace

TEST_CASE("special addresses are known in every spelling") {
  for (const char* text : {"127.0.0.1",
                           "10.1.2.3",
                           "172.31.255.255",
                           "192.168.0.1",
                           "169.254.1.1",
                           "100.64.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "0.0.0.0",
                           "::",
                           "::1",
                           "::ffff:127.0.0.1",
                           "::127.0.0.1",
                           "64:ff9b::7f00:1",
                           "64:ff9b::a01:203",
                           "2002:7f00:1::1",
                           "2002:a01:203::",
                           "2001:0:1::1",
                           "fc00::1",
                           "fdff::1",
                           "fe80::1",
                           "ff02::1",
                           "2001:db8::1"}) {
    INFO(text);
    CHECK(session::is_special(*base::IpAddress::parse(text)));
  }
  for (const char* text :
       {"8.8.8.8", "172.32.0.1", "100.128.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2606:4700::1"}) {
    INFO(text);
    CHECK_FALSE(session::is_special(*base::IpAddress::parse(text)));
  }
}

TEST_CASE("the guard refuses special networks, own listeners and low ports") {
  const session::DestinationGuard guard({*base::Network::parse("10.0.0.0/8")}, {endpoint("8.8.4.4", 2855), endpoint("0.0.0.0", 2856)});
  CHECK(guard.check(endpoint("8.8.8.8", 2855)).has_value());
  CHECK(guard.check(endpoint("10.1.2.3", 443)).has_value());
  CHECK(guard.check(endpoint("192.168.0.1", 2855)).error() == session::DestinationRefusal::special_network);
  CHECK(guard.check(endpoint("8.8.4.4", 2855)).error() == session::DestinationRefusal::own_listener);
  CHECK(guard.check(endpoint("127.0.0.1", 2856)).error() == session::DestinationRefusal::own_listener);
  CHECK(guard.check(endpoint("10.1.2.3", 2856)).error() == session::DestinationRefusal::own_listener);
  CHECK(guard.check(endpoint("8.8.8.8", 22)).error() == session::DestinationRefusal::port);
  CHECK(guard.check(endpoint("10.1.2.3", 0)).error() == session::DestinationRefusal::port);
}
