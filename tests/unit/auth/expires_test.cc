//
#include "auth/expires.h"

#include <catch2/catch_test_macros.hpp>

namespace {

constexpr auth::ExpiresBounds bounds{1800, 60, 3600};

void refused(std::string_view asked, std::string_view line) {
  const auto answer = auth::negotiate_expires(asked, bounds);
  INFO(asked);
  REQUIRE_FALSE(answer);
  CHECK_FALSE(answer.error().malformed);
  CHECK(answer.error().header_line == line);
}

}  // namespace

TEST_CASE("what lies in the bounds is granted, no more and no less") {
  CHECK(auth::negotiate_expires(std::nullopt, bounds) == 1800);
  CHECK(auth::negotiate_expires("60", bounds) == 60);
  CHECK(auth::negotiate_expires("61", bounds) == 61);
  CHECK(auth::negotiate_expires("3600", bounds) == 3600);
  CHECK(auth::negotiate_expires("00000000000000000000000600", bounds) == 600);
}

TEST_CASE("what lies outside is answered with the bound") {
  refused("0", "Min-Expires: 60\r\n");
  refused("59", "Min-Expires: 60\r\n");
  refused("3601", "Max-Expires: 3600\r\n");
  refused("9223372036854775807", "Max-Expires: 3600\r\n");
  refused("9223372036854775808", "Max-Expires: 3600\r\n");
  refused("99999999999999999999999999999999", "Max-Expires: 3600\r\n");
}

TEST_CASE("what is no number is malformed") {
  for (const char* const asked : {"", "abc", "-1", "+60", "60 ", " 60", "6 0", "60.5", "1e3", "0x60"}) {
    const auto answer = auth::negotiate_expires(asked, bounds);
    INFO(asked);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().malformed);
  }
}

TEST_CASE("bounds of one value and of the largest") {
  CHECK(auth::negotiate_expires("7", auth::ExpiresBounds{7, 7, 7}) == 7);
  CHECK(auth::negotiate_expires("9223372036854775807", auth::ExpiresBounds{1, 1, INT64_MAX}) == INT64_MAX);
}
