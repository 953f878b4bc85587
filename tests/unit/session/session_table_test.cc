// Tokens, the table they lead to, and permits.
#include "session/session_table.h"

#include <string>

#include "session/permit.h"

#include <catch2/catch_test_macros.hpp>

namespace {

class CountingEntropy final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& octet : out) octet = next_ = static_cast<std::uint8_t>(next_ * 37 + 11);
  }

 private:
  std::uint8_t next_ = 1;
};

const base::Instant now = base::Instant::from_nanoseconds(1'000'000);

session::Session make(CountingEntropy& entropy, base::LinkId link, base::Instant expires, const char* user = "alice") {
  session::Session session;
  session.token = session::Token::mint(base::Shard(7), entropy);
  session.link = link;
  session.expires = expires;
  session.user = user;
  session.client_uri = "msrp://203.0.113.1:9000/alice;tcp";
  return session;
}

}  // namespace

TEST_CASE("a token has one spelling, and every altered one is another or none") {
  CountingEntropy entropy;
  const session::Token token = session::Token::mint(base::Shard(200), entropy);
  const std::string text(token.text().view());
  CHECK(text.size() == session::Token::text_size);
  REQUIRE(session::Token::parse(text));
  CHECK(*session::Token::parse(text) == token);
  CHECK(session::Token::parse(text)->shard() == base::Shard(200));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    const auto parsed = session::Token::parse(altered);
    CHECK((!parsed || *parsed != token));
  }
  CHECK_FALSE(session::Token::parse(text + "A"));
  CHECK_FALSE(session::Token::parse(text.substr(1)));
  CHECK_FALSE(session::Token::parse(text.substr(1) + "+"));
}

TEST_CASE("sessions end with their time, and limits hold") {
  CountingEntropy entropy;
  session::SessionTable table({.sessions = 3, .sessions_per_link = 2, .sessions_per_user = 2});
  const base::Instant soon = now + std::chrono::seconds(1);
  session::Session first = make(entropy, {1, 1}, soon);
  const session::Token token = first.token;
  REQUIRE(table.insert(std::move(first), 0).has_value());
  CHECK(table.find(token, now) != nullptr);
  CHECK(table.find(token, soon) == nullptr);
  CHECK(table.next_expiry() == soon);
  REQUIRE(table.insert(make(entropy, {1, 1}, soon + std::chrono::seconds(1)), 1).has_value());
  CHECK(table.insert(make(entropy, {1, 1}, soon, "bob"), 2).error() == session::SessionError::sessions_per_link);
  CHECK(table.insert(make(entropy, {2, 1}, soon), 0).error() == session::SessionError::sessions_per_user);
  REQUIRE(table.insert(make(entropy, {2, 1}, soon + std::chrono::seconds(9), "bob"), 0).has_value());
  CHECK(table.insert(make(entropy, {3, 1}, soon, "eve"), 0).error() == session::SessionError::sessions);
  const auto ended = table.expire_one(soon);
  REQUIRE(ended);
  CHECK(ended->token == token);
  CHECK_FALSE(table.expire_one(soon));
  CHECK_FALSE(table.erase(token));
  CHECK(table.size() == 2);
}

TEST_CASE("a bound peer is never bound again while its link lives") {
  CountingEntropy entropy;
  session::Session session = make(entropy, {1, 1}, now);
  const std::string_view octets = "msrp://198.51.100.9:9000/bob;tcp";
  const auto uri = msrp::parse_uri(octets);
  REQUIRE(uri.has_value());
  const base::LinkName right{base::CoreId(0), {5, 1}};
  const base::LinkName wrong{base::CoreId(0), {6, 1}};
  CHECK(session::SessionTable::bind(session, *uri, octets, right));
  CHECK_FALSE(session::SessionTable::bind(session, *uri, octets, wrong));
  CHECK(session::SessionTable::bound(session, *uri) == right);
  session::SessionTable::unbind(session, right);
  CHECK_FALSE(session::SessionTable::bound(session, *uri));
}

TEST_CASE("permits: from the client's own link, or to the client, and nothing else") {
  CountingEntropy entropy;
  session::Session session = make(entropy, {4, 2}, now);
  const auto client = msrp::parse_uri(session.client_uri);
  const auto other = msrp::parse_uri("msrp://198.51.100.9:9000/bob;tcp");
  REQUIRE(client.has_value());
  REQUIRE(other.has_value());
  CHECK(session::authorise(nullptr, base::LinkId{4, 2}, *other).error() == session::Refusal::no_session);
  CHECK(session::authorise(&session, base::LinkId{4, 2}, *other)->direction() == session::Direction::from_client);
  CHECK(session::authorise(&session, std::nullopt, *client)->direction() == session::Direction::to_client);
  CHECK(session::authorise(&session, base::LinkId{9, 1}, *client)->direction() == session::Direction::to_client);
  CHECK(session::authorise(&session, base::LinkId{4, 1}, *other).error() == session::Refusal::stranger);
  CHECK(session::authorise(&session, std::nullopt, *other).error() == session::Refusal::stranger);

  // The same again: the client's link is asked for, the URI is not.
  const auto from = session::authorise(&session, base::LinkId{4, 2}, *other);
  const auto to = session::authorise(&session, std::nullopt, *client);
  CHECK(session::authorise_again(*from, &session, base::LinkId{4, 2})->direction() == session::Direction::from_client);
  CHECK(session::authorise_again(*to, &session, std::nullopt)->direction() == session::Direction::to_client);
  CHECK(session::authorise_again(*from, nullptr, base::LinkId{4, 2}).error() == session::Refusal::no_session);
  CHECK(session::authorise_again(*to, nullptr, std::nullopt).error() == session::Refusal::no_session);
  CHECK(session::authorise_again(*from, &session, base::LinkId{4, 1}).error() == session::Refusal::stranger);
  CHECK(session::authorise_again(*from, &session, std::nullopt).error() == session::Refusal::stranger);
}

TEST_CASE("sessions have slots, for who looks at all of them; a slot used again has another generation") {
  CountingEntropy entropy;
  session::SessionTable table{session::SessionLimits()};
  const auto insert = [&] { return *table.insert(make(entropy, {1, 1}, now + std::chrono::hours(1)), 0); };
  const session::Session* const first = insert();
  const session::Session* const second = insert();
  REQUIRE(table.slots() == 2);
  CHECK(table.at(first->slot) == first);
  CHECK(table.at(second->slot) == second);
  CHECK(table.at(2) == nullptr);
  const std::uint32_t slot = first->slot;
  const std::uint32_t generation = table.generation(slot);
  REQUIRE(table.erase(session::Token(first->token)));
  CHECK(table.at(slot) == nullptr);
  const session::Session* const third = insert();
  CHECK(third->slot == slot);
  CHECK(table.generation(slot) != generation);
  CHECK(table.slots() == 2);
}
