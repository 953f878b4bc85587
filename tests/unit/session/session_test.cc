// Method: tables of spellings and small stories with a clock and an entropy of the test's own; a property for tokens (one octet altered is
// another token).
#include "base/check.h"
#include "session/destination_guard.h"
#include "session/permit.h"
#include "session/session_table.h"
#include "session/token.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>

namespace {

using base::Instant;
using namespace std::chrono_literals;

class Counting final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out)
      octet = static_cast<std::uint8_t>(state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL, state_ >> 56);
  }

 private:
  std::uint64_t state_ = 1;
};

const Instant start = Instant::from_nanoseconds(1'000'000'000);

session::Session make(base::Entropy& entropy, const std::string& user, base::LinkId link, base::Duration life = 60s) {
  session::Session session;
  session.token = session::Token::mint(base::Shard(7), entropy);
  session.link = link;
  session.expires = start + life;
  session.user = user;
  session.client_uri = "msrp://" + user + ".invalid:2855/a;tcp";
  return session;
}

msrp::Uri uri(std::string_view text) {
  const auto parsed = msrp::parse_uri(text);
  REQUIRE(parsed);
  return *parsed;
}

base::Endpoint endpoint(std::string_view address, std::uint16_t port = 2855) {
  const auto parsed = base::IpAddress::parse(address);
  REQUIRE(parsed);
  return {*parsed, port};
}

}  // namespace

TEST_CASE("a token survives its text, and no other text names it (R-196)") {
  Counting entropy;
  std::set<std::string> texts;
  for (int i = 0; i < 200; ++i) {
    const auto token = session::Token::mint(base::Shard(static_cast<std::uint8_t>(i)), entropy);
    const std::string text(token.text().view());
    REQUIRE(text.size() == session::Token::text_size);
    CHECK(texts.insert(text).second);
    const auto back = session::Token::parse(text);
    REQUIRE(back);
    CHECK(*back == token);
    CHECK(back->shard() == base::Shard(static_cast<std::uint8_t>(i)));
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (const char other : {'A', 'B', '-', '_', '0', '+', '/', '=', '\0'}) {
        std::string altered = text;
        if (altered[at] == other) continue;
        altered[at] = other;
        const auto stranger = session::Token::parse(altered);
        CHECK((!stranger || !(*stranger == token)));
      }
    }
  }
  CHECK_FALSE(session::Token::parse(""));
  CHECK_FALSE(session::Token::parse(std::string(22, 'A')));
  CHECK_FALSE(session::Token::parse(std::string(24, 'A')));
}

TEST_CASE("a session is found until its time or its end (R-049, R-188)") {
  Counting entropy;
  session::SessionTable table({10, 10, 10});
  const auto made = make(entropy, "alice", {1, 1});
  const session::Token token = made.token;
  REQUIRE(table.insert(made, 0));
  CHECK(table.find(token, start) != nullptr);
  CHECK(table.find(token, start + 59s) != nullptr);
  CHECK(table.find(token, start + 60s) == nullptr);
  CHECK(table.next_expiry() == start + 60s);
  CHECK_FALSE(table.expire_one(start + 59s));
  const auto expired = table.expire_one(start + 60s);
  REQUIRE(expired);
  CHECK(expired->token == token);
  CHECK(expired->link == base::LinkId{1, 1});
  CHECK(table.size() == 0);
  CHECK_FALSE(table.erase(token));
}

TEST_CASE("each limit of the table has its own answer, and room comes back") {
  Counting entropy;
  session::SessionTable table({3, 2, 2});
  const auto first = make(entropy, "alice", {1, 1});
  REQUIRE(table.insert(first, 0));
  REQUIRE(table.insert(make(entropy, "alice", {1, 1}), 1));
  CHECK(table.insert(make(entropy, "bob", {1, 1}), 2).error() == session::SessionError::sessions_per_link);
  CHECK(table.insert(make(entropy, "alice", {2, 1}), 0).error() == session::SessionError::sessions_per_user);
  REQUIRE(table.insert(make(entropy, "bob", {2, 1}), 0));
  CHECK(table.insert(make(entropy, "carol", {3, 1}), 0).error() == session::SessionError::sessions);
  CHECK(table.erase(first.token));
  CHECK(table.insert(make(entropy, "alice", {2, 1}), 0));
}

TEST_CASE("a permit needs the client's link or the client as next hop (R-047, R-048, R-228)") {
  Counting entropy;
  session::SessionTable table({10, 10, 10});
  const auto inserted = table.insert(make(entropy, "alice", {1, 1}), 0);
  REQUIRE(inserted);
  const session::Session& alice = **inserted;
  const msrp::Uri client = uri("msrp://ALICE.invalid:2855/a;tcp");
  const msrp::Uri other = uri("msrp://mallory.invalid:2855/a;tcp");
  const auto from = session::authorise(&alice, base::LinkId{1, 1}, other);
  REQUIRE(from);
  CHECK(from->direction() == session::Direction::from_client);
  const auto to = session::authorise(&alice, base::LinkId{9, 1}, client);
  REQUIRE(to);
  CHECK(to->direction() == session::Direction::to_client);
  // Her own frame to herself goes to her link too, and is never dialled.
  CHECK(session::authorise(&alice, base::LinkId{1, 1}, client)->direction() == session::Direction::to_client);
  CHECK(session::authorise(&alice, base::LinkId{9, 1}, other).error() == session::Refusal::stranger);
  CHECK(session::authorise(&alice, base::LinkId{1, 2}, other).error() == session::Refusal::stranger);  // the slot's next link
  CHECK(session::authorise(&alice, std::nullopt, other).error() == session::Refusal::stranger);
  CHECK(session::authorise(nullptr, base::LinkId{1, 1}, other).error() == session::Refusal::no_session);
}

TEST_CASE("a peer is bound to the link it came on, once (R-232)") {
  Counting entropy;
  auto session = make(entropy, "alice", {1, 1});
  const std::string text = "msrp://bob.invalid:2855/b;tcp";
  const base::LinkName link{base::CoreId(0), {5, 1}};
  const base::LinkName thief{base::CoreId(0), {6, 1}};
  CHECK(session::SessionTable::bind(session, uri(text), text, link));
  CHECK_FALSE(session::SessionTable::bind(session, uri("msrp://BOB.invalid:2855/b;TCP"), "x", thief));
  CHECK(session::SessionTable::bound(session, uri(text)) == link);
  session::SessionTable::unbind(session, link);
  CHECK_FALSE(session::SessionTable::bound(session, uri(text)));
  for (std::size_t i = 0; i < session::SessionLimits::peers_per_session; ++i) {
    const std::string peer = "msrp://peer" + std::to_string(i) + ".invalid:2855/b;tcp";
    CHECK(session::SessionTable::bind(session, uri(peer), peer, link));
  }
  CHECK_FALSE(session::SessionTable::bind(session, uri(text), text, link));
}

TEST_CASE("addresses that no relay of strangers may dial, in every spelling (O-50)") {
  const session::DestinationGuard guard({}, {});
  for (const char* address : {"127.0.0.1",
                              "127.255.255.254",
                              "0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "192.0.0.8",
                              "192.0.2.1",
                              "198.18.0.1",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "::127.0.0.1",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a9fe:a9fe",
                              "2002:7f00:1::",
                              "2002:a00:1::1",
                              "2001::1",
                              "2001:db8::1",
                              "fc00::1",
                              "fdff::1",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1",
                              "100::1"}) {
    INFO(address);
    const auto refused = guard.check(endpoint(address));
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == session::DestinationRefusal::special_network);
  }
  for (const char* address :
       {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"}) {
    INFO(address);
    CHECK(guard.check(endpoint(address)));
  }
}

TEST_CASE("what the operator allows may be dialled, the relay itself never") {
  const session::DestinationGuard guard({*base::Network::parse("127.0.0.0/8"), *base::Network::parse("10.1.0.0/16")},
                                        {endpoint("127.0.0.1", 2855), endpoint("0.0.0.0", 2856)});
  CHECK(guard.check(endpoint("127.0.0.1", 9000)));
  CHECK(guard.check(endpoint("127.0.0.1", 80)));
  CHECK(guard.check(endpoint("10.1.2.3", 9000)));
  CHECK_FALSE(guard.check(endpoint("10.2.0.1", 9000)));
  CHECK(guard.check(endpoint("127.0.0.1", 2855)).error() == session::DestinationRefusal::own_listener);
  CHECK(guard.check(endpoint("::ffff:127.0.0.1", 2855)).error() == session::DestinationRefusal::own_listener);
  CHECK(guard.check(endpoint("10.1.2.3", 2856)).error() == session::DestinationRefusal::own_listener);
  CHECK(guard.check(endpoint("8.8.8.8", 80)).error() == session::DestinationRefusal::port);
  CHECK(guard.check(endpoint("8.8.8.8", 0)).error() == session::DestinationRefusal::port);
}
