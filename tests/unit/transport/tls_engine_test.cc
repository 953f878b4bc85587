// Method: the engine against itself in memory, octets cut anywhere. Other people's engines come in tests/e2e.
#include "transport/tls_engine.h"

#include "pair.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <random>

namespace {

using transport::TlsEngine;
using State = transport::TlsEngine::State;

}  // namespace

TEST_CASE("a handshake and octets both ways, however they are cut") {
  for (const std::size_t cut : {std::size_t{1}, std::size_t{5}, std::size_t{333}, std::size_t{100'000}}) {
    test::Pair pair;
    pair.run(cut);
    REQUIRE(pair.server->state() == State::established);
    REQUIRE(pair.client->state() == State::established);
    CHECK(pair.server->version() == transport::TlsVersion::tls13);
    CHECK(transport::suite_name(pair.server->suite()) == "TLS_AES_128_GCM_SHA256");
    CHECK_FALSE(pair.server->peer());
    REQUIRE(pair.client->peer());
    CHECK(pair.client->peer()->names_host("relay.example.org"));
    std::string large(100'000, 'x');
    for (std::size_t at = 0; at < large.size(); ++at) large[at] = static_cast<char>(at * 7);
    REQUIRE(pair.client->seal("MSRP "));
    REQUIRE(pair.client->seal(large));
    REQUIRE(pair.server->seal(large));
    pair.run(cut);
    CHECK(pair.at_server.text == "MSRP " + large);
    CHECK(pair.at_client.text == large);
    CHECK(pair.pool.blocks_out() == 0);
  }
}

TEST_CASE("files that are read again do not disturb a handshake, whether it has begun or not") {
  for (const bool begun : {false, true}) {
    transport::TlsOptions options = test::trusting();
    auto tickets = std::make_shared<transport::TicketKeys>();
    tickets->keys.emplace_back().name.fill(1);
    options.tickets = tickets;
    test::Pair pair({test::pem_pair("relay")}, std::nullopt, "relay.example.org", options);
    const std::string hello = std::exchange(pair.client->output(), {});
    if (!begun) pair.server_context.reset();
    pair.server->receive(hello, pair.pool, pair.at_server);
    pair.server_context.reset();
    pair.client_context.reset();
    pair.run();
    CHECK(pair.server->state() == State::established);
    REQUIRE(pair.client->seal("as before"));
    pair.run();
    CHECK(pair.at_server.text == "as before");
  }
}

TEST_CASE("octets in the segment of the Finished are not lost") {
  test::Pair pair;
  // The client is ready as soon as it has the server's flight; what it says then travels with its Finished.
  const std::string hello = std::exchange(pair.client->output(), {});
  pair.server->receive(hello, pair.pool, pair.at_server);
  const std::string flight = std::exchange(pair.server->output(), {});
  pair.client->receive(flight, pair.pool, pair.at_client);
  REQUIRE(pair.client->state() == State::established);
  REQUIRE(pair.client->seal("early"));
  pair.run();
  CHECK(pair.server->state() == State::established);
  CHECK(pair.at_server.text == "early");
}

TEST_CASE("close_notify is told apart from silence; the other direction stays open") {
  test::Pair pair;
  pair.run();
  REQUIRE(pair.client->seal("last"));
  pair.client->close_notify();
  pair.run();
  CHECK(pair.at_server.text == "last");
  CHECK(pair.server->state() == State::ended);
  REQUIRE(pair.server->seal("an answer"));
  pair.run();
}

TEST_CASE("a sink whose link has ended gets nothing more") {
  test::Pair pair;
  pair.run();
  REQUIRE(pair.client->seal("one"));
  const std::string first = std::exchange(pair.client->output(), {});
  pair.at_server.ends = true;
  pair.server->receive(first, pair.pool, pair.at_server);
  CHECK(pair.at_server.text == "one");
  CHECK(pair.pool.blocks_out() == 0);
}

TEST_CASE("a peer's certificate that is good is known; one that nobody vouches for is as none (R-207)") {
  test::Pair good({test::pem_pair("relay")}, test::pem_pair("client"));
  good.run();
  REQUIRE(good.server->state() == State::established);
  REQUIRE(good.server->peer());
  CHECK(good.server->peer()->names_host("client.example.org"));

  transport::TlsOptions nobody;
  test::Pair unknown({test::pem_pair("relay")}, test::pem_pair("client"), "relay.example.org", nobody);
  unknown.run();
  REQUIRE(unknown.server->state() == State::established);
  CHECK_FALSE(unknown.server->peer());
}

TEST_CASE("a server that is not whom the URI names is refused (R-210)") {
  test::Pair wrong_name({test::pem_pair("relay")}, std::nullopt, "other.example.org");
  wrong_name.run();
  CHECK(wrong_name.client->state() == State::failed);
  CHECK(wrong_name.client->fault() == "the certificate is not for other.example.org");
  CHECK(wrong_name.server->state() == State::failed);  // by its alert

  test::Pair wrong_address({test::pem_pair("relay")}, std::nullopt, "192.0.2.7");
  wrong_address.run();
  CHECK(wrong_address.client->state() == State::failed);
  test::Pair address({test::pem_pair("relay")}, std::nullopt, "127.0.0.1");
  address.run();
  CHECK(address.client->state() == State::established);

  test::Pair untrusted({test::pem_pair("relay")}, std::nullopt, "relay.example.org", test::trusting(), {});
  untrusted.run();
  CHECK(untrusted.client->state() == State::failed);
  CHECK(untrusted.client->fault().starts_with("the certificate is not good"));
}

TEST_CASE("what is not TLS is said to be so at once") {
  for (const char* octets : {"MSRP a786hjs2 AUTH\r\n", "GET / HTTP/1.1\r\n", "\x16\x03\x01\x40\x01\x01", "\x15\x03\x01", "\x16\x02"}) {
    test::Pair pair;
    CHECK(pair.server->receive(octets, pair.pool, pair.at_server) == State::failed);
    CHECK(pair.server->fault() == "what came is not TLS");
    CHECK(pair.server->output().empty());
  }
}

TEST_CASE("an octet that is changed anywhere ends the connection, and nothing of its record comes out") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    test::Pair pair;
    pair.run();
    REQUIRE(pair.client->seal("MSRP a786hjs2 SEND"));
    std::string record = std::exchange(pair.client->output(), {});
    // A changed length may make it wait for more, for ever: that is the idle clock's matter.
    record[5 + random() % (record.size() - 5)] ^= static_cast<char>(1U << random() % 8);
    CHECK(pair.server->receive(record, pair.pool, pair.at_server) == State::failed);
    CHECK(pair.at_server.text.empty());
    CHECK_FALSE(pair.server->output().empty());  // an alert
  }
}

TEST_CASE("without a block for plaintext the link is told so") {
  test::Pair pair;
  pair.run();
  REQUIRE(pair.client->seal("x"));
  base::BufferPool empty(0);
  CHECK(pair.server->receive(pair.client->output(), empty, pair.at_server) == State::no_memory);
}
