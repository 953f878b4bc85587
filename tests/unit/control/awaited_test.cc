// Method: the cores' words, in every order that matters.
#include "control/awaited.h"

#include <catch2/catch_test_macros.hpp>

namespace {

relay::DoneMail done(unsigned core, std::uint32_t version) {
  return {base::CoreId(static_cast<std::uint16_t>(core)), relay::MailKind::users, version};
}

TEST_CASE("Awaited: an order is carried out when the last core says so, once", "[control]") {
  control::Awaited awaited;
  REQUIRE_FALSE(awaited.any());
  REQUIRE_FALSE(awaited.completed_by(done(0, 1)));
  awaited.expect(1, 2);
  REQUIRE(awaited.any());
  REQUIRE_FALSE(awaited.completed_by(done(1, 1)));
  REQUIRE_FALSE(awaited.completed_by(done(1, 1)));
  REQUIRE(awaited.completed_by(done(0, 1)));
  REQUIRE_FALSE(awaited.any());
  REQUIRE_FALSE(awaited.completed_by(done(0, 1)));
}

TEST_CASE("Awaited: a newer order makes the words on older ones void", "[control]") {
  control::Awaited awaited;
  awaited.expect(1, 2);
  REQUIRE_FALSE(awaited.completed_by(done(0, 1)));
  awaited.expect(2, 2);
  REQUIRE_FALSE(awaited.completed_by(done(1, 1)));
  REQUIRE_FALSE(awaited.completed_by(done(1, 2)));
  REQUIRE(awaited.completed_by(done(0, 2)));
}

}  // namespace
