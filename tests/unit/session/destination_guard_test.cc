// A table of spellings: what a relay may be told to dial, and must not (O-50).
#include "session/destination_guard.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
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

// What leads to an IPv4 address, spelt as people and machines do it; `random` chooses among the spellings.
static std::string spelt(const std::array<unsigned, 4>& v4, std::minstd_rand& random) {
  const bool upper = random() % 2 == 0, padded = random() % 2 == 0;
  const auto group = [&](unsigned a, unsigned b) {
    std::array<char, 8> digits{};
    std::string text(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), a << 8U | b, 16).ptr);
    if (padded) text.insert(0, 4 - text.size(), '0');
    if (upper) std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    return text;
  };
  const std::string dotted =
      std::to_string(v4[0]) + "." + std::to_string(v4[1]) + "." + std::to_string(v4[2]) + "." + std::to_string(v4[3]);
  const std::string groups = group(v4[0], v4[1]) + ":" + group(v4[2], v4[3]);
  switch (random() % 12) {
    case 0: return dotted;
    case 1: return "::ffff:" + dotted;
    case 2: return "::FFFF:" + groups;
    case 3: return "0:0:0:0:0:ffff:" + dotted;
    case 4: return "0000:0000:0000:0000:0000:FFFF:" + groups;
    case 5: return "64:ff9b::" + dotted;
    case 6: return "64:FF9B:0:0:0:0:" + groups;
    case 7: return "0064:ff9b::0:0:" + groups;
    case 8: return "2002:" + groups + "::";
    case 9: return "2002:" + groups + "::1";
    case 10: return "2002:" + groups + ":0:1:2:3:4";
    default: return "2002:" + groups + "::" + dotted;
  }
}

TEST_CASE("a million spellings: what leads to a special address is refused in all of them, what leads elsewhere in none") {
  struct Block {
    std::array<unsigned, 4> octets;
    int bits;
  };
  static constexpr std::array<Block, 10> blocks = {{{{10, 0, 0, 0}, 8},
                                                    {{127, 0, 0, 0}, 8},
                                                    {{169, 254, 0, 0}, 16},
                                                    {{172, 16, 0, 0}, 12},
                                                    {{192, 168, 0, 0}, 16},
                                                    {{100, 64, 0, 0}, 10},
                                                    {{224, 0, 0, 0}, 4},
                                                    {{240, 0, 0, 0}, 4},
                                                    {{0, 0, 0, 0}, 8},
                                                    {{198, 18, 0, 0}, 15}}};
  const session::DestinationGuard guard({*base::Network::parse("10.0.0.0/8")}, {endpoint("8.8.4.4", 2855)}, {endpoint("9.9.9.9", 5353)});
  std::minstd_rand random(1);
  std::size_t wrong = 0;
  std::string example;
  const auto expect = [&](bool right, const std::string& text) {
    if (right) return;
    ++wrong;
    example = text;
  };
  for (int round = 0; round < 1'000'000; ++round) {
    const Block& block = blocks[random() % blocks.size()];
    const auto drawn = static_cast<std::uint32_t>(random());
    const std::uint32_t mask = ~std::uint32_t{0} >> static_cast<unsigned>(block.bits);
    const std::uint32_t whole = (block.octets[0] << 24U | block.octets[1] << 16U | block.octets[2] << 8U) | (drawn & mask);
    const std::array<unsigned, 4> special = {whole >> 24U, whole >> 16U & 255U, whole >> 8U & 255U, whole & 255U};
    const std::array<unsigned, 4> elsewhere = {11 + drawn % 89, drawn >> 8U & 255U, drawn >> 16U & 255U, 1 + (drawn & 127U)};
    const std::string text = spelt(special, random);
    const auto address = base::IpAddress::parse(text);
    expect(address.has_value(), text);
    if (!address) continue;
    // What is allowed is allowed as an IPv4 address, not as somebody else's translation of it.
    const bool allowed = special[0] == 10 && address->is_v4();
    expect(guard.check({*address, 2855}).has_value() == allowed, text);
    const std::string other = spelt(elsewhere, random);
    expect(guard.check({*base::IpAddress::parse(other), 2855}).has_value(), other);
    const std::string own = spelt({8, 8, 4, 4}, random);
    expect(guard.check({*base::IpAddress::parse(own), 2855}) == base::fail(session::DestinationRefusal::own_listener), own);
    const std::string server = spelt({9, 9, 9, 9}, random);
    expect(guard.check({*base::IpAddress::parse(server), 5353}) == base::fail(session::DestinationRefusal::name_server), server);
  }
  INFO(example);
  CHECK(wrong == 0);
}

TEST_CASE("other spellings of IPv4 are no addresses") {
  for (const char* text :
       {"127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.01", "127.0.0.1.", "127.0.0.1 ", " 127.0.0.1",
        "127.0.0.256", "::ffff:127.1", "::ffff:0x7f000001", "fe80::1%lo", "::1%0", "[::1]"}) {
    INFO(text);
    CHECK_FALSE(base::IpAddress::parse(text).has_value());
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
