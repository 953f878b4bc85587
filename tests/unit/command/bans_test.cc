#include "command/bans.h"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using command::Bans;

namespace {

base::IpAddress address(unsigned number) {
  return base::IpAddress::from_octets4({192, 0, static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)});
}
const Bans::Time begin = Bans::Time() + 1h;

}  // namespace

TEST_CASE("bans end with their time, or never") {
  Bans bans;
  CHECK(bans.add(address(3), begin + 10s));
  CHECK(bans.add(address(1), std::nullopt));
  CHECK(bans.add(address(2), begin + 20s));
  CHECK(bans.addresses() == std::vector{address(1), address(2), address(3)});
  CHECK(!bans.expire(begin + 9s));
  CHECK(bans.expire(begin + 10s));
  CHECK(bans.addresses() == std::vector{address(1), address(2)});
  CHECK(bans.add(address(2), std::nullopt));  // the new end counts
  CHECK(!bans.expire(begin + 1h));
  CHECK(bans.remove(address(2)));
  CHECK(!bans.remove(address(2)));
}

TEST_CASE("so many bans, and no more") {
  Bans bans;
  for (unsigned i = 0; i < Bans::bans_max; ++i) REQUIRE(bans.add(address(i), std::nullopt));
  CHECK(!bans.add(address(Bans::bans_max), std::nullopt));
  CHECK(bans.add(address(0), begin));
}
