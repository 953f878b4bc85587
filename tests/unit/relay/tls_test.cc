// TLS links that end in the middle: reset or cut off after any octet of what the client sends.
#include "secure_client.h"
#undef CHECK

#include <algorithm>
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
  const std::uint64_t links = scene.stage.worker().counters().links, failed_before = scene.stage.worker().counters().handshakes_failed;
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
  // Before the handshake is over it has failed; afterwards the end was cut off, or the connection was lost.
  const std::uint64_t failed = scene.stage.count(&relay::Counters::handshakes_failed) - failed_before;
  const std::uint64_t truncated = scene.stage.count(&relay::Counters::truncated);
  REQUIRE(failed > 0);
  REQUIRE(truncated > 0);
  REQUIRE(failed + 2 * truncated == 2 * (whole - 1));
  REQUIRE(scene.stage.count(&relay::Counters::records_failed) == 0);
  other.say(ask("auth0003"));
  REQUIRE(other.heard().find("MSRP auth0003 401") != std::string::npos);
}

TEST_CASE("TLS links: a FIN in the middle of the handshake is a failed handshake; one before the first octet is nothing at all") {
  SecureScene scene(ring::KernelTlsOutcome::refused);
  Party silent = scene.stage.connect("msrps://a.invalid:1/a;tcp");
  silent.finish();
  REQUIRE(silent.closed());
  REQUIRE(scene.stage.count(&relay::Counters::handshakes_failed) == 0);
  for (const std::string_view octets : {std::string_view("\x16\x03"), std::string_view("GET / HTTP/1.1\r\n")}) {
    const std::uint64_t before = scene.stage.count(&relay::Counters::handshakes_failed);
    Party one = scene.stage.connect("msrps://b.invalid:1/b;tcp");
    one.say(octets);
    one.finish();
    REQUIRE(one.closed());
    REQUIRE(scene.stage.count(&relay::Counters::handshakes_failed) == before + 1);
  }
  REQUIRE(scene.stage.count(&relay::Counters::truncated) == 0);
}

TEST_CASE("TLS links: handshakes take turns, and a crowd from one address makes no other one wait") {
  SecureScene scene(ring::KernelTlsOutcome::refused);
  transport::TlsEngine client(*scene.context, "relay.example.org", std::nullopt);
  client.start();
  std::vector<Party> crowd;
  for (int i = 0; i < 20; ++i) crowd.push_back(scene.stage.connect("msrps://a.invalid:1/a;tcp", 0, "192.0.2.50"));
  Party other = scene.stage.connect("msrps://b.invalid:1/b;tcp", 0, "192.0.2.60");
  for (Party& one : crowd) one.connection().inbox = client.output();
  other.connection().inbox = client.output();
  const auto answered = [&] {
    return std::count_if(crowd.begin(), crowd.end(), [](const Party& one) { return !one.connection().heard.empty(); });
  };
  // Two of the crowd and the other one, at once.
  for (int turn = 0; turn < 2 && other.connection().heard.empty(); ++turn) scene.stage.worker().turn();
  REQUIRE_FALSE(other.connection().heard.empty());
  REQUIRE(answered() <= 2);
  // Alone the crowd has all eight steps of a turn, and all of it is served without another event.
  scene.stage.worker().turn();
  REQUIRE(answered() <= 2 + 8);
  REQUIRE(scene.stage.count(&relay::Counters::handshakes_deferred) == 18);
  scene.stage.settle();
  REQUIRE(answered() == 20);
}
