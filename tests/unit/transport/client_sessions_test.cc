// Method: clients that come back to servers in memory; the table alone. Other people's servers come in tests/e2e.
#include "transport/client_sessions.h"

#include "pair.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <chrono>

namespace {

using std::chrono::hours;
using std::chrono::sys_seconds;
using transport::TlsEngine;
using State = transport::TlsEngine::State;

constexpr sys_seconds some_day{std::chrono::days(20'000)};

transport::ClientSession good_until(sys_seconds time) { return {.session = nullptr, .peer = {}, .verified_until = time}; }

std::shared_ptr<const transport::TicketKeys> ticket_keys(std::uint8_t secret) {
  auto keys = std::make_shared<transport::TicketKeys>();
  keys->keys.emplace_back().secret.fill(secret);
  keys->keys.back().name.fill(secret);
  return keys;
}

// A server, and a client that may come again.
struct Again {
  explicit Again(const std::optional<transport::PemPair>& own = std::nullopt, std::size_t sessions = 4) {
    transport::prepare_tls();
    transport::TlsOptions options = test::trusting();
    options.client_sessions = sessions;
    client = *transport::TlsClient::make(own, options);
    serve(1);
  }
  void serve(std::uint8_t secret) {
    transport::TlsOptions options = test::trusting();
    options.tickets = ticket_keys(secret);
    server = *transport::TlsServer::make({test::pem_pair("relay")}, options);
  }
  // Was it resumed, by what both say?
  bool visit(std::string_view endpoint = "192.0.2.1:2855", std::string_view host = "relay.example.org") {
    TlsEngine there(server);
    TlsEngine here(*client, host, std::nullopt, endpoint);
    here.start();
    run(here, there);
    REQUIRE(here.state() == State::established);
    REQUIRE(there.state() == State::established);
    REQUIRE(here.resumed() == there.resumed());
    REQUIRE(here.peer());
    REQUIRE(here.peer()->names_host("relay.example.org"));
    REQUIRE_FALSE(here.awaits_ticket());
    displaced = here.take_displaced();
    return here.resumed();
  }
  void run(TlsEngine& here, TlsEngine& there) {
    while (!here.output().empty() || !there.output().empty()) {
      there.receive(std::exchange(here.output(), {}), pool, text);
      here.receive(std::exchange(there.output(), {}), pool, text);
    }
  }

  base::BufferPool pool{1 << 20};
  test::Text text;
  std::shared_ptr<transport::TlsServer> server;
  std::unique_ptr<transport::TlsClient> client;
  bool displaced = false;
};

}  // namespace

TEST_CASE("sessions: one for each server, given out once, the oldest goes for a new one, none after its verification's time") {
  transport::ClientSessions sessions(2);
  CHECK_FALSE(sessions.remember("a", good_until(some_day)));
  CHECK_FALSE(sessions.remember("a", good_until(some_day + hours(1))));
  CHECK_FALSE(sessions.remember("b", good_until(some_day)));
  CHECK(sessions.size() == 2);
  CHECK(sessions.remember("c", good_until(some_day)));
  CHECK(sessions.size() == 2);
  CHECK_FALSE(sessions.take("a", some_day - hours(1)));
  CHECK_FALSE(sessions.take("b", some_day));
  CHECK(sessions.take("c", some_day - hours(1)));
  CHECK_FALSE(sessions.take("c", some_day - hours(1)));
  CHECK(sessions.size() == 0);
}

TEST_CASE("a client comes back with its ticket, again and again, and knows whom it speaks with") {
  Again again;
  CHECK_FALSE(again.visit());
  for (int i = 0; i < 5; ++i) CHECK(again.visit());
  CHECK(again.client->sessions()->size() == 1);
}

TEST_CASE("a ticket that comes together with the end of the connection is kept") {
  Again again;
  TlsEngine there(again.server);
  TlsEngine here(*again.client, "relay.example.org", std::nullopt, "192.0.2.1:2855");
  here.start();
  while (here.state() == State::handshake) {
    there.receive(std::exchange(here.output(), {}), again.pool, again.text);
    here.receive(std::exchange(there.output(), {}), again.pool, again.text);
  }
  CHECK(here.awaits_ticket());
  there.receive(std::exchange(here.output(), {}), again.pool, again.text);
  there.close_notify();
  CHECK(here.receive(std::exchange(there.output(), {}), again.pool, again.text) == State::ended);
  CHECK(again.visit());
}

TEST_CASE("a session is of one name and one endpoint") {
  Again again;
  CHECK_FALSE(again.visit("192.0.2.1:2855"));
  CHECK_FALSE(again.visit("192.0.2.2:2855"));
  CHECK_FALSE(again.visit("192.0.2.1:2856"));
  CHECK_FALSE(again.visit("192.0.2.1:2855", "localhost"));
  CHECK(again.visit("192.0.2.1:2855"));
  // Four are kept; without an endpoint none is.
  CHECK_FALSE(again.displaced);
  CHECK_FALSE(again.visit(""));
  CHECK_FALSE(again.visit("192.0.2.5:2855"));
  CHECK(again.displaced);
  CHECK(again.client->sessions()->size() == 4);
}

TEST_CASE("a server that has forgotten its ticket keys gets a full handshake, and so does one that wants to see the certificate") {
  Again again;
  CHECK_FALSE(again.visit());
  again.serve(2);
  CHECK_FALSE(again.visit());
  CHECK(again.visit());
  // Our own servers give who has shown a certificate a ticket that opens nothing.
  Again known(test::pem_pair("client"));
  for (int i = 0; i < 3; ++i) CHECK_FALSE(known.visit());
}

TEST_CASE("coming back adds no time to what was verified") {
  transport::prepare_tls();
  Again again;
  CHECK_FALSE(again.visit());
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string server = "relay.example.org|192.0.2.1:2855";
  auto session = again.client->sessions()->take(server, now);
  REQUIRE(session);
  CHECK(session->verified_until <= now + transport::ClientSessions::verification_lives);
  const sys_seconds until = now + std::chrono::minutes(5);
  session->verified_until = until;
  again.client->sessions()->remember(server, std::move(*session));
  CHECK(again.visit());
  session = again.client->sessions()->take(server, now);
  REQUIRE(session);
  CHECK(session->verified_until == until);
}
