// TLS links that end in the middle: reset or cut off after any octet of what the client sends.
#include "secure_client.h"
#undef CHECK

#include <catch2/catch_test_macros.hpp>

using namespace relay_test;  // NOLINT

namespace {

// How many octets a client sends to be answered.
std::size_t octets_of_a_whole_one(SecureScene& scene) {
  SecureClient client(scene.stage, *scene.context, 100'000);
  constexpr std::size_t plenty = 1'000'000;
  client.lose_after(plenty);
  client.agree(ask("auth0001"));
  REQUIRE(client.heard().find("MSRP auth0001 401") != std::string::npos);
  const std::size_t sent = plenty - client.may_still_send();
  client.reset();
  return sent;
}

}  // namespace

TEST_CASE("TLS links: reset or truncation after any octet ends the link, leaves nothing behind and harms nobody else") {
  SecureScene scene(ring::KernelTlsOutcome::refused);
  SecureClient other(scene.stage, *scene.context, 100'000);
  other.agree(ask("auth0001"));
  const std::size_t whole = octets_of_a_whole_one(scene);
  REQUIRE(whole > 300);
  const std::uint64_t links = scene.stage.worker().counters().links;
  for (const bool reset : {true, false}) {
    for (std::size_t octets = 1; octets < whole; ++octets) {
      INFO("octets " << octets << ", reset " << reset);
      SecureClient client(scene.stage, *scene.context, 100'000);
      client.lose_after(octets);
      client.agree(ask("auth0002"));
      REQUIRE(client.heard().find("MSRP auth0002") == std::string::npos);
      if (reset) {
        client.reset();
      } else {
        client.finish();
      }
      REQUIRE(client.closed());
      REQUIRE(scene.stage.worker().counters().links == links);
    }
  }
  REQUIRE(scene.stage.count(&relay::Counters::truncated) > 0);
  REQUIRE(scene.stage.count(&relay::Counters::records_failed) == 0);
  other.say(ask("auth0003"));
  REQUIRE(other.heard().find("MSRP auth0003 401") != std::string::npos);
}
