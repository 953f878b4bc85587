// Spellings and values by hand, from RFC 4291 2.2, RFC 5952 4 and what inet_aton would wrongly accept.
#include "base/address.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using base::Endpoint;
using base::IpAddress;
using base::Network;

TEST_CASE("IPv4 is four decimal parts and nothing else") {
  const auto address = IpAddress::parse("192.0.2.7");
  REQUIRE(address);
  CHECK(address->is_v4());
  CHECK(address->octets()[0] == 192);
  CHECK(address->octets()[1] == 0);
  CHECK(address->octets()[2] == 2);
  CHECK(address->octets()[3] == 7);
  CHECK(address->octets()[4] == 0);
  CHECK(*address == IpAddress::from_octets4({192, 0, 2, 7}));
  CHECK(IpAddress::parse("0.0.0.0") == IpAddress());
  CHECK(IpAddress::parse("255.255.255.255")->to_string() == "255.255.255.255");
  for (const char* text : {"",         ".",        "1",          "1.2.3",      "1.2.3.4.5",
                           "1.2.3.",   ".1.2.3",   "1..2.3",     "256.1.1.1",  "01.2.3.4",
                           "1.2.3.04", "1.2.3.4 ", " 1.2.3.4",   "0x7f.0.0.1", "1.2.3.-4",
                           "1.2.3.+4", "127.1",    "2130706433", "1.2.3.4/32", "1.2.3.99999999999",
                           "a.b.c.d"}) {
    INFO(text);
    CHECK(!IpAddress::parse(text));
  }
  CHECK(!IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST_CASE("IPv6 is written as RFC 5952 says, whatever way it was read") {
  const std::vector<std::pair<const char*, const char*>> spellings{
      {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
      {"2001:DB8::2:1", "2001:db8::2:1"},
      {"2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one zero group is not shortened
      {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},   // though "::" may stand for one
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of equals
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"1:0:0:0:0:0:0:0", "1::"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"},
      {"fe80::a:b", "fe80::a:b"},
  };
  for (const auto& [text, written] : spellings) {
    INFO(text);
    const auto address = IpAddress::parse(text);
    REQUIRE(address);
    CHECK(!address->is_v4());
    CHECK(address->to_string() == written);
    CHECK(IpAddress::parse(address->to_string()) == address);
  }
}

TEST_CASE("what is no IPv6 address is refused") {
  for (const char* text : {":",
                           ":::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           "1:2:3:4::5:6:7:8",
                           "::1:2:3:4:5:6:7:8",
                           "12345::",
                           "g::",
                           "[::1]",
                           "::1%eth0",
                           "1:2:3:4:5:6:7:8:",
                           ":1:2:3:4:5:6:7:8",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::1.2.3",
                           "::1.2.3.256",
                           "::1.2.3.4:5",
                           "1.2.3.4::",
                           "::-1",
                           "::+1",
                           ":: ",
                           "::0x1",
                           "1:::2"}) {
    INFO(text);
    CHECK(!IpAddress::parse(text));
  }
}

TEST_CASE("an IPv4 address mapped into IPv6 is the IPv4 address") {
  const auto mapped = IpAddress::parse("::ffff:192.0.2.7");
  REQUIRE(mapped);
  CHECK(mapped->is_v4());
  CHECK(*mapped == *IpAddress::parse("192.0.2.7"));
  CHECK(*IpAddress::parse("::ffff:c000:207") == *mapped);
  CHECK(*IpAddress::parse("::192.0.2.7") != *mapped);
  CHECK(mapped->to_string() == "192.0.2.7");
}

TEST_CASE("families do not mix") {
  CHECK(IpAddress::from_octets16({}) != IpAddress());
  CHECK(IpAddress::from_octets16({}).to_string() == "::");
}

TEST_CASE("endpoints") {
  CHECK(Endpoint{*IpAddress::parse("192.0.2.7"), 2855}.to_string() == "192.0.2.7:2855");
  CHECK(Endpoint{*IpAddress::parse("2001:db8::1"), 65535}.to_string() == "[2001:db8::1]:65535");
  CHECK(Endpoint{*IpAddress::parse("::1"), 1} != Endpoint{*IpAddress::parse("::1"), 2});
}

TEST_CASE("networks contain what their prefix says") {
  const auto contains = [](const char* network, const char* address) {
    return Network::parse(network)->contains(*IpAddress::parse(address));
  };
  CHECK(contains("192.0.2.0/24", "192.0.2.0"));
  CHECK(contains("192.0.2.0/24", "192.0.2.255"));
  CHECK(!contains("192.0.2.0/24", "192.0.3.0"));
  CHECK(contains("10.128.0.0/9", "10.255.255.255"));
  CHECK(!contains("10.128.0.0/9", "10.127.255.255"));
  CHECK(contains("0.0.0.0/0", "203.0.113.9"));
  CHECK(!contains("0.0.0.0/0", "::1"));
  CHECK(!contains("::/0", "1.2.3.4"));
  CHECK(contains("::/0", "2001:db8::1"));
  CHECK(contains("127.0.0.1", "127.0.0.1"));
  CHECK(!contains("127.0.0.1", "127.0.0.2"));
  CHECK(contains("127.0.0.0/8", "::ffff:127.0.0.1"));
  CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK(!contains("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(contains("fe80::/10", "febf::1"));
  CHECK(!contains("fe80::/10", "fec0::1"));
  CHECK(contains("::1/128", "::1"));
  CHECK(!contains("::1", "::2"));
}

TEST_CASE("networks are written and refused") {
  CHECK(Network::parse("192.0.2.0/24")->to_string() == "192.0.2.0/24");
  CHECK(Network::parse("192.0.2.1")->to_string() == "192.0.2.1/32");
  CHECK(Network::parse("2001:DB8::/32")->to_string() == "2001:db8::/32");
  for (const char* text : {"", "/", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/024", "192.0.2.0/-1", "192.0.2.0/24/24",
                           "2001:db8::/129", "2001:db8::1/64", "0.0.0.1/0", "host/8", "192.0.2.0/ 24"}) {
    INFO(text);
    CHECK(!Network::parse(text));
  }
}
