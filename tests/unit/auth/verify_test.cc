// The relay's side: challenges are answered by the client's side and by digests of another implementation.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "auth/digest.h"
#include "auth/hash.h"
#include "auth/parameters.h"
#include "counting_entropy.h"

using auth::Algorithm;
using auth::AuthFailure;
using base::Instant;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view realm = "example.org";
constexpr std::string_view uri = "msrp://relay.example.org:2855;tcp";

std::string line_of(const std::string& name, std::string_view in, const std::string& password, bool sha256) {
  std::string line = name + ":" + std::string(in) + ":";
  line += auth::hash(Algorithm::md5, {name, in, password}).view();
  if (sha256) line.append(":").append(auth::hash(Algorithm::sha256, {name, in, password}).view());
  return line + "\n";
}

struct Relay {
  explicit Relay(const std::string& users) {
    std::vector<auth::UserFault> faults;
    table = auth::UserTable::parse(users, faults);
    REQUIRE(table != nullptr);
    keys.keys[0].fill(1);
    keys.keys[1].fill(2);
    context.users = table.get();
    context.realm = realm;
    context.keys = &keys;
    context.binding = {{base::CoreId(0), {7, 1}}};
    context.now = Instant::from_nanoseconds(1'000'000'000'000);
  }
  // The challenges' values, in order.
  std::vector<std::string> challenges(bool stale = false) {
    std::vector<std::string> values;
    std::string lines = auth::challenge(context, stale, entropy);
    while (!lines.empty()) {
      constexpr std::string_view name = "WWW-Authenticate: ";
      REQUIRE(lines.starts_with(name));
      const std::size_t end = lines.find("\r\n");
      REQUIRE(end != std::string::npos);
      values.push_back(lines.substr(name.size(), end - name.size()));
      lines.erase(0, end + 2);
    }
    return values;
  }
  auth::Challenge challenge(std::size_t which = 0) { return *auth::parse_challenge(challenges().at(which)); }
  std::string answer(const auth::Challenge& to, std::string_view user = "alice", std::string_view password = "secret",
                     std::uint32_t nc = 1) {
    return auth::answer_challenge(to, user, base::Secret(password), uri, nc, entropy);
  }
  base::Result<auth::Verified, AuthFailure> verify(std::string_view authorization, std::string_view digest_uri = uri) {
    return auth::verify(context, authorization, digest_uri, counts);
  }
  AuthFailure failure(std::string_view authorization, std::string_view digest_uri = uri) {
    const auto verified = verify(authorization, digest_uri);
    REQUIRE_FALSE(verified);
    return verified.error();
  }

  std::shared_ptr<const auth::UserTable> table;
  auth::NonceKeys keys;
  auth::AuthContext context;
  auth::NonceCounts counts;
  CountingEntropy entropy;
};

const std::string alice = line_of("alice", realm, "secret", true);

std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a challenge by the letter: strongest first, qop and nonce quoted, algorithm and stale bare (R-151, R-162)") {
  Relay relay(alice);
  const auto values = relay.challenges();
  REQUIRE(values.size() == 2);
  const std::string start = "Digest realm=\"example.org\", nonce=\"";
  const std::string end = "\", qop=\"auth\", opaque=\"6d7372702d72656c6179\", algorithm=";
  CHECK(values[0].starts_with(start));
  CHECK(values[0].substr(start.size() + 64) == end + "SHA-256");
  CHECK(values[1].substr(start.size() + 64) == end + "MD5");
  CHECK(values[0].substr(start.size(), 64) == values[1].substr(start.size(), 64));
  CHECK(relay.challenges(true)[1].ends_with("algorithm=MD5, stale=true"));
}

TEST_CASE("SHA-256 is offered when all users have it, or when the configuration says so") {
  CHECK(Relay("").challenges().size() == 1);
  CHECK(Relay(alice + line_of("old", realm, "x", false)).challenges().size() == 1);
  CHECK(Relay(alice + line_of("old", "elsewhere", "x", false)).challenges().size() == 2);
  Relay relay(alice);
  const std::vector md5{Algorithm::md5};
  relay.context.configured = md5;
  REQUIRE(relay.challenges().size() == 1);
  CHECK(relay.challenge().algorithm == Algorithm::md5);
  const std::vector sha256{Algorithm::sha256};
  relay.context.configured = sha256;
  REQUIRE(relay.challenges().size() == 1);
  CHECK(relay.challenge().algorithm == Algorithm::sha256);
  relay.context.users = nullptr;
  CHECK(relay.failure(relay.answer(relay.challenge())) == AuthFailure::refused);
}

TEST_CASE("an answered challenge is accepted, and the answer proves that the relay knows the password") {
  Relay relay(alice);
  for (const std::size_t which : {0U, 1U}) {
    const std::string sent = relay.answer(relay.challenge(which));
    const auto verified = relay.verify(sent);
    REQUIRE(verified);
    CHECK(verified->user == "alice");
    CHECK(verified->algorithm == (which == 0 ? Algorithm::sha256 : Algorithm::md5));
    constexpr std::string_view name = "Authentication-Info: ";
    REQUIRE(verified->authentication_info.starts_with(name));
    REQUIRE(verified->authentication_info.ends_with(", nc=00000001, qop=auth\r\n"));
    const std::string info = verified->authentication_info.substr(name.size(), verified->authentication_info.size() - name.size() - 2);
    CHECK(auth::check_authentication_info(info, sent, base::Secret("secret")));
    CHECK_FALSE(auth::check_authentication_info(info, sent, base::Secret("other")));
  }
}

TEST_CASE("a digest of another implementation is accepted and answered") {
  // hashlib: user Alice, realm intra.example.com, password secret, cnonce 0a4f113b, the nonce that counting entropy makes.
  Relay relay("Alice:intra.example.com:228077dd83232f11146688d20e4810da\n");
  relay.context.realm = "intra.example.com";
  relay.context.binding = {{base::CoreId(1), {2, 3}}};
  for (std::size_t i = 0; i < 32; ++i) relay.keys.keys[0][i] = static_cast<std::uint8_t>(i);
  const auth::Challenge challenge = relay.challenge();
  CHECK(challenge.nonce == "000000e8d4a5100000010203040506079e6c5d84fab1868e272b367dbe00b748");
  const std::string sent = "Digest username=\"Alice\", realm=\"intra.example.com\", nonce=\"" + challenge.nonce +
                           "\", qop=\"auth\", nc=\"00000001\", cnonce=\"0a4f113b\", response=\"e52c581c0967da74a2c2141841a01416\"";
  const auto verified = relay.verify(sent, "msrps://alice@intra.example.com;tcp");
  REQUIRE(verified);
  CHECK(verified->authentication_info ==
        "Authentication-Info: rspauth=\"d3bd53b2538c750325110eb191ecb401\", cnonce=\"0a4f113b\", nc=00000001, qop=auth\r\n");
}

TEST_CASE("no credentials, malformed ones, a wrong uri") {
  Relay relay(alice);
  CHECK(relay.failure("") == AuthFailure::no_credentials);
  CHECK(relay.failure("Basic YWxpY2U6c2VjcmV0") == AuthFailure::malformed);
  CHECK(relay.failure("Digest username=\"alice\"") == AuthFailure::malformed);
  const std::string sent = relay.answer(relay.challenge());
  CHECK(relay.failure(sent, "msrp://relay.example.org:2855;TCP") == AuthFailure::uri_mismatch);
  CHECK(relay.verify(sent));
}

TEST_CASE("uri may be absent; the digest covers the To-Path URI all the same (R-154, R-155)") {
  Relay relay(alice);
  const std::string bare = with(relay.answer(relay.challenge()), ", uri=\"" + std::string(uri) + "\"", "");
  CHECK(relay.failure(bare, "msrp://other.example.org:2855;tcp") == AuthFailure::refused);
  CHECK(relay.verify(bare));
}

TEST_CASE("who is refused learns not why (R-161)") {
  Relay relay(alice + line_of("eve", "elsewhere", "secret", true) + line_of("old", realm, "secret", false));
  const auto challenge = relay.challenge();
  REQUIRE(challenge.algorithm == Algorithm::md5);
  CHECK(relay.failure(relay.answer(challenge, "alice", "wrong")) == AuthFailure::refused);
  CHECK(relay.failure(relay.answer(challenge, "nobody", "secret")) == AuthFailure::refused);
  CHECK(relay.failure(relay.answer(challenge, "eve", "secret")) == AuthFailure::refused);
  auth::Challenge foreign = challenge;
  foreign.realm = "elsewhere";
  CHECK(relay.failure(relay.answer(foreign, "eve", "secret")) == AuthFailure::refused);
  CHECK(relay.failure(with(relay.answer(challenge), "realm=\"example.org\"", "realm=\"Example.org\"")) == AuthFailure::refused);
  CHECK(relay.failure(with(relay.answer(challenge), "6d7372702d72656c6179", "other")) == AuthFailure::refused);
  // An algorithm that was not offered is no way round it, be it that the user has such a hash or not.
  auth::Challenge stronger = challenge;
  stronger.algorithm = Algorithm::sha256;
  stronger.names_algorithm = true;
  CHECK(relay.failure(relay.answer(stronger, "alice")) == AuthFailure::refused);
  CHECK(relay.failure(relay.answer(stronger, "old")) == AuthFailure::refused);
  // None of it was counted.
  CHECK(relay.counts.size() == 0);
  CHECK(relay.verify(relay.answer(challenge)));
}

TEST_CASE("the stand-in for a missing hash opens no door") {
  Relay relay(alice);
  const auth::Challenge challenge = relay.challenge(1);
  const std::string zeros(32, '0');
  const auto a2 = auth::hash(Algorithm::md5, {"AUTH", uri});
  const auto response = auth::hash(Algorithm::md5, {zeros, challenge.nonce, "00000001", "c", "auth", a2.view()});
  const std::string sent = "Digest username=\"nobody\", realm=\"example.org\", nonce=\"" + challenge.nonce +
                           "\", qop=auth, nc=00000001, cnonce=\"c\", response=\"" + std::string(response.view()) + "\"";
  CHECK(relay.failure(sent) == AuthFailure::refused);
}

TEST_CASE("the same nc again is stale, a higher one is good (R-159)") {
  Relay relay(alice);
  const auto challenge = relay.challenge();
  const std::string first = relay.answer(challenge);
  CHECK(relay.verify(first));
  CHECK(relay.failure(first) == AuthFailure::stale);
  CHECK(relay.verify(relay.answer(challenge, "alice", "secret", 3)));
  CHECK(relay.failure(relay.answer(challenge, "alice", "secret", 2)) == AuthFailure::stale);
  CHECK(relay.failure(relay.answer(challenge, "alice", "wrong", 2)) == AuthFailure::refused);
}

TEST_CASE("stale is for right digests only (R-160)") {
  Relay relay(alice);
  const auto challenge = relay.challenge();
  const std::string right = relay.answer(challenge);
  const std::string wrong = relay.answer(challenge, "alice", "wrong");
  SECTION("too old") { relay.context.now = relay.context.now + auth::nonce_life + 1ns; }
  SECTION("of another link") { relay.context.binding = {{base::CoreId(0), {7, 2}}}; }
  SECTION("of another process") {
    relay.keys.keys[0].fill(9);
    relay.keys.keys[1].fill(9);
  }
  CHECK(relay.failure(right) == AuthFailure::stale);
  CHECK(relay.failure(wrong) == AuthFailure::refused);
  CHECK(relay.counts.size() == 0);
  CHECK(relay.verify(relay.answer(relay.challenge())));
}

TEST_CASE("an invented nonce with a right digest is asked once more") {
  Relay relay(alice);
  auth::Challenge invented = relay.challenge();
  invented.nonce = "invented";
  CHECK(relay.failure(relay.answer(invented)) == AuthFailure::stale);
}

TEST_CASE("names with quotes and backslashes") {
  Relay relay(line_of("al\"i\\ce", realm, "pass word:\"x", true));
  const auto verified = relay.verify(relay.answer(relay.challenge(), "al\"i\\ce", "pass word:\"x"));
  REQUIRE(verified);
  CHECK(verified->user == "al\"i\\ce");
}

TEST_CASE("a cnonce is echoed as it stood") {
  Relay relay(alice);
  const auto challenge = relay.challenge(1);
  const auto a2 = auth::hash(Algorithm::md5, {"AUTH", uri});
  const auto ha1 = auth::hash(Algorithm::md5, {"alice", realm, "secret"});
  const auto response = auth::hash(Algorithm::md5, {ha1.view(), challenge.nonce, "00000001", R"(c\"x)", "auth", a2.view()});
  const std::string sent = "Digest username=\"alice\", realm=\"example.org\", nonce=\"" + challenge.nonce +
                           R"(", qop=auth, nc=00000001, cnonce="c\"x", response=")" + std::string(response.view()) + "\"";
  const auto verified = relay.verify(sent);
  REQUIRE(verified);
  CHECK(verified->authentication_info.find(R"(, cnonce="c\"x", nc=)") != std::string::npos);
}
