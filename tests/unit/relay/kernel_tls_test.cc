// Links that go over to the kernel after their handshake: at the right octet, with nothing lost, and what comes then beside data.
#include "secure_client.h"
#undef CHECK

#include <catch2/catch_test_macros.hpp>

using namespace relay_test;  // NOLINT
using ring::KernelTlsOutcome;

namespace {

constexpr std::string_view close_notify("\x01\x00", 2);

}  // namespace

TEST_CASE("kernel TLS: the link goes over between two records, wherever TCP has cut them, and nothing is lost") {
  for (const std::size_t cut : {1U, 2U, 3U, 5U, 7U, 22U, 64U, 100'000U}) {
    INFO("cut " << cut);
    SecureScene scene(KernelTlsOutcome::taken);
    SecureClient client(scene.stage, *scene.context, cut);
    client.agree(ask("auth0001") + ask("auth0002"));
    REQUIRE(client.in_kernel());
    REQUIRE(client.at_a_record);
    client.say(ask("auth0003"));
    const std::string heard = client.heard();
    for (const char* answer : {"MSRP auth0001 401", "MSRP auth0002 401", "MSRP auth0003 401"})
      REQUIRE(heard.find(answer) != std::string::npos);
    REQUIRE(scene.stage.count(&relay::Counters::links_to_kernel) == 1);
    REQUIRE(scene.stage.count(&relay::Counters::links_not_to_kernel) == 0);
  }
}

TEST_CASE("kernel TLS: a kernel that refuses leaves the link in user space, or closes it where it is required") {
  SecureScene scene(KernelTlsOutcome::refused);
  SecureClient client(scene.stage, *scene.context, 100'000);
  client.agree(ask("auth0001"));
  client.say(ask("auth0002"));
  REQUIRE_FALSE(client.in_kernel());
  const std::string heard = client.heard();
  REQUIRE(heard.find("MSRP auth0001 401") != std::string::npos);
  REQUIRE(heard.find("MSRP auth0002 401") != std::string::npos);
  REQUIRE(scene.stage.count(&relay::Counters::links_not_to_kernel) == 1);

  SecureScene strict(KernelTlsOutcome::refused, true);
  SecureClient other(strict.stage, *strict.context, 100'000);
  other.agree(ask("auth0001"));
  REQUIRE(other.closed());

  SecureScene broken(KernelTlsOutcome::broken);
  SecureClient third(broken.stage, *broken.context, 100'000);
  third.agree(ask("auth0001"));
  REQUIRE(third.closed());
}

TEST_CASE("kernel TLS: control records") {
  SecureScene scene(KernelTlsOutcome::taken);
  const auto begin = [&] {
    auto client = std::make_unique<SecureClient>(scene.stage, *scene.context, 100'000);
    client->agree(ask("auth0001"));
    REQUIRE(client->in_kernel());
    REQUIRE_FALSE(client->closed());
    client->heard();
    return client;
  };
  SECTION("a close_notify ends the link in order, and is answered") {
    const auto client = begin();
    client->say(ask("auth0002"));
    client->control(ring::RecordType::alert, close_notify);
    REQUIRE(client->closed());
    REQUIRE(client->heard().find("MSRP auth0002 401") != std::string::npos);
    REQUIRE(client->heard_control().size() == 1);
    REQUIRE(client->heard_control()[0] == std::pair(ring::RecordType::alert, std::string(close_notify)));
    REQUIRE(scene.stage.count(&relay::Counters::truncated) == 0);
  }
  SECTION("new keys are refused where the kernel cannot change them") {
    const auto client = begin();
    client->control(ring::RecordType::handshake, std::string_view("\x18\x00\x00\x01\x00", 5));
    REQUIRE(client->closed());
    REQUIRE(scene.stage.count(&relay::Counters::key_updates_refused) == 1);
    REQUIRE(client->heard_control().back().second == close_notify);
  }
  SECTION("new keys, where the kernel can change them: for what comes at once, for what goes when the peer asks for it") {
    scene.stage.ring().changes_keys = true;
    const auto client = begin();
    client->control(ring::RecordType::handshake, std::string_view("\x18\x00\x00\x01\x00", 5));
    auto& changed = scene.stage.ring().changed_keys;
    REQUIRE(changed.size() == 1);
    REQUIRE(changed[0].first == ring::Direction::receiving);
    client->control(ring::RecordType::handshake, std::string_view("\x18\x00\x00\x01\x01", 5));
    REQUIRE(changed.size() == 3);
    REQUIRE(changed[1].first == ring::Direction::receiving);
    REQUIRE(changed[2].first == ring::Direction::sending);
    REQUIRE(changed[0].second.key != changed[1].second.key);
    REQUIRE(changed[0].second.iv != changed[1].second.iv);
    REQUIRE(changed[1].second.key != changed[2].second.key);
    for (const auto& [direction, keys] : changed) REQUIRE((keys.next_record == 0 && keys.tls13));
    // Ours goes out under the old key, and asks for nothing.
    REQUIRE(client->heard_control().size() == 1);
    REQUIRE(client->heard_control()[0] == std::pair(ring::RecordType::handshake, std::string("\x18\x00\x00\x01\x00", 5)));
    client->say(ask("auth0002"));
    REQUIRE(client->heard().find("MSRP auth0002 401") != std::string::npos);
    REQUIRE(scene.stage.count(&relay::Counters::key_updates) == 2);
    REQUIRE(scene.stage.count(&relay::Counters::key_updates_refused) == 0);
  }
  SECTION("another alert, and what has no place here, close the link") {
    const auto alerted = begin();
    alerted->control(ring::RecordType::alert, std::string_view("\x02\x14", 2));
    REQUIRE(alerted->closed());
    const std::vector<std::pair<ring::RecordType, std::string>> wrong = {
        {ring::RecordType::handshake, std::string("\x01\x00\x00\x00", 4)},
        {ring::RecordType::handshake, std::string("\x04\x00\x00\x02xy", 6)},
        {ring::RecordType::handshake, "\x18"},
        {ring::RecordType::handshake, std::string("\x18\x00\x00\x01\x02", 5)},
        {ring::RecordType::handshake, std::string("\x18\x00\x00\x01\x00\x04\x00\x00\x00", 9)},
        {ring::RecordType::change_cipher_spec, "\x01"}};
    for (const auto& [type, octets] : wrong) {
      const auto client = begin();
      client->control(type, octets);
      REQUIRE(client->closed());
      REQUIRE(client->heard_control().front().second == "\x02\x0a");
    }
    REQUIRE(scene.stage.count(&relay::Counters::records_failed) == 1 + wrong.size());
  }
}
