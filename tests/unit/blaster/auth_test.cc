// AUTH as a client sees it: relays' answers written by hand, digests computed apart with Python's hashlib.
#include "blaster/client.h"

#include <catch2/catch_test_macros.hpp>
#include <regex>
#include <string>

#include "harness.h"

using namespace blaster;
using harness::at_ms;

namespace {

constexpr const char* own = "msrp://127.0.0.1:40000/a;tcp";

struct Stage {
  explicit Stage(const std::string& realm = "") {
    account.relay_uri = "msrp://relay.example.org:2855;tcp";
    account.user = "alice";
    account.password = base::Secret("secret");
    account.realm = realm;
    client.start(own);
    request = harness::take(client.outbox());
  }
  // The relay answers the last request; `headers` with CRLF.
  std::string answer(const std::string& status, const std::string& headers = "") {
    const std::string tid = harness::transaction_ids(request).at(0);
    const std::string response = "MSRP " + tid + " " + status + "\r\nTo-Path: " + own +
                                 "\r\nFrom-Path: msrp://relay.example.org:2855;tcp\r\n" + headers + "-------" + tid + "$\r\n";
    client.receive(harness::slice(response), at_ms(0));
    const std::string next = harness::take(client.outbox());
    if (!next.empty()) request = next;
    return next;
  }
  std::string parameter(const std::string& name) const {
    std::smatch found;
    return std::regex_search(request, found, std::regex("[ ,]" + name + "=\"?([^\",\r]*)")) ? found[1].str() : "";
  }

  harness::Chance chance;
  Tally tally;
  base::BufferPool pool{1024 * 1024};
  Account account;
  Content content = Content::text(8);
  Ledger ledger{4, tally};
  SendSettings settings;
  Sender sender{0, settings, content, ledger, chance};
  Client client{&account, &sender, nullptr, tally, pool, chance};
  std::string request;
};

const std::string challenge_md5 = "WWW-Authenticate: Digest realm=\"example.org\", nonce=\"abc123\", qop=\"auth\", opaque=\"xyz\"\r\n";

}  // namespace

TEST_CASE("auth: the first request carries no credentials", "[blaster]") {
  Stage stage;
  CHECK(harness::numbered(stage.request) ==
        std::string("MSRP t1 AUTH\r\nTo-Path: msrp://relay.example.org:2855;tcp\r\nFrom-Path: ") + own + "\r\n-------t1$\r\n");
  CHECK(stage.client.state() == ClientState::authenticating);
}

TEST_CASE("auth: a challenge is answered, 200 gives the Use-Path", "[blaster]") {
  Stage stage;
  const std::string first = harness::transaction_ids(stage.request).at(0);
  const std::string second = stage.answer("401 Unauthorized", challenge_md5);
  CHECK(harness::transaction_ids(second).at(0) != first);
  CHECK(
      second.find("\r\nTo-Path: msrp://relay.example.org:2855;tcp\r\nFrom-Path: msrp://127.0.0.1:40000/a;tcp\r\nAuthorization: Digest ") !=
      std::string::npos);
  CHECK(stage.parameter("username") == "alice");
  CHECK(stage.parameter("realm") == "example.org");
  CHECK(stage.parameter("nonce") == "abc123");
  CHECK(stage.parameter("opaque") == "xyz");
  CHECK(stage.parameter("nc") == "00000001");
  CHECK(stage.parameter("qop") == "auth");
  // cnonce comes from the test's own chance and is always the same; the digest was computed with hashlib.
  CHECK(stage.parameter("cnonce") == "ddfa8c9f63c9960ef6e348a3");
  CHECK(stage.parameter("response") == "32cbced6f12ccc2f5b0f133da7eba011");
  stage.answer("200 OK",
               "Use-Path: msrp://relay.example.org:2855/s1;tcp\r\nExpires: 1800\r\nAuthentication-Info: "
               "rspauth=\"7ef696a7b3e2d4702baab927b0351de8\", "
               "cnonce=\"ddfa8c9f63c9960ef6e348a3\", nc=00000001, qop=auth\r\n");
  CHECK(stage.client.state() == ClientState::ready);
  CHECK(stage.client.use_path() == "msrp://relay.example.org:2855/s1;tcp");
  CHECK(stage.client.exchange().expires_s() == 1800);
}

TEST_CASE("auth: a relay that cannot prove itself is refused, one that does not try is not", "[blaster]") {
  Stage liar;
  liar.answer("401 Unauthorized", challenge_md5);
  liar.answer("200 OK",
              "Use-Path: msrp://r/s1;tcp\r\nAuthentication-Info: rspauth=\"00000000000000000000000000000000\", "
              "cnonce=\"ddfa8c9f63c9960ef6e348a3\", "
              "nc=00000001, qop=auth\r\n");
  CHECK(liar.client.state() == ClientState::refused);
  CHECK(liar.client.exchange().refusal() == AuthRefusal::authentication_info);
  Stage silent;
  silent.answer("401 Unauthorized", challenge_md5);
  silent.answer("200 OK", "Use-Path: msrp://r/s1;tcp\r\n");
  CHECK(silent.client.state() == ClientState::ready);
}

TEST_CASE("auth: the first challenge that can be answered is", "[blaster]") {
  Stage stage;
  stage.answer("401 Unauthorized",
               "WWW-Authenticate: Digest realm=\"example.org\", nonce=\"n0\", qop=\"auth\", algorithm=SHA-512-256\r\n"
               "WWW-Authenticate: Digest realm=\"example.org\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256\r\n" +
                   challenge_md5);
  CHECK(stage.parameter("nonce") == "n1");
  CHECK(stage.parameter("algorithm") == "SHA-256");
  CHECK(stage.parameter("response").size() == 64);
}

TEST_CASE("auth: a second 401 is a wrong password, unless the nonce was stale", "[blaster]") {
  Stage wrong;
  wrong.answer("401 Unauthorized", challenge_md5);
  CHECK(wrong.answer("401 Unauthorized", challenge_md5).empty());
  CHECK(wrong.client.state() == ClientState::refused);
  CHECK(wrong.client.exchange().refusal() == AuthRefusal::credentials);

  Stage stale;
  const std::string stale_challenge = "WWW-Authenticate: Digest realm=\"example.org\", nonce=\"new\", qop=\"auth\", stale=true\r\n";
  stale.answer("401 Unauthorized", challenge_md5);
  CHECK_FALSE(stale.answer("401 Unauthorized", stale_challenge).empty());
  CHECK(stale.parameter("nonce") == "new");
  CHECK(stale.answer("401 Unauthorized", stale_challenge).empty());
  CHECK(stale.client.exchange().refusal() == AuthRefusal::credentials);
}

TEST_CASE("auth: other refusals are told apart", "[blaster]") {
  Stage forbidden;
  forbidden.answer("403 Forbidden");
  CHECK(forbidden.client.exchange().refusal() == AuthRefusal::forbidden);
  Stage bounds;
  bounds.answer("423 Interval Out-of-Bounds", "Min-Expires: 60\r\n");
  CHECK(bounds.client.exchange().refusal() == AuthRefusal::status);
  CHECK(bounds.client.exchange().status() == 423);
  Stage none;
  none.answer("401 Unauthorized");
  CHECK(none.client.exchange().refusal() == AuthRefusal::no_challenge);
  Stage no_path;
  no_path.answer("200 OK");
  CHECK(no_path.client.exchange().refusal() == AuthRefusal::no_use_path);
  Stage realm("other.example.org");
  realm.answer("401 Unauthorized", challenge_md5);
  CHECK(realm.client.exchange().refusal() == AuthRefusal::realm);
  CHECK(realm.client.exchange().foreign_realm() == "example.org");
}

TEST_CASE("auth: an answer to nobody's request changes nothing", "[blaster]") {
  Stage stage;
  stage.client.receive(
      harness::slice("MSRP abcd 200 OK\r\nTo-Path: msrp://127.0.0.1:40000/a;tcp\r\nFrom-Path: msrp://r.example.org:2855;tcp\r\nUse-Path: "
                     "msrp://r/s;tcp\r\n-------abcd$\r\n"),
      at_ms(0));
  CHECK(stage.client.state() == ClientState::authenticating);
}

TEST_CASE("client: what is no MSRP breaks the link", "[blaster]") {
  Stage stage;
  stage.client.receive(harness::slice("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), at_ms(0));
  CHECK(stage.client.state() == ClientState::broken);
  CHECK(stage.tally.of(Fault::malformed) == 1);
}

TEST_CASE("client: URIs of its own", "[blaster]") {
  harness::Chance chance;
  const std::string first = mint_client_uri("msrp", "[2001:db8::1]:2855", "", chance),
                    second = mint_client_uri("msrp", "[2001:db8::1]:2855", "", chance);
  CHECK(first != second);
  CHECK(std::regex_match(first, std::regex("msrp://\\[2001:db8::1\\]:2855/[0-9a-f]{20};tcp")));
  const std::string uri = mint_client_uri("msrp", "192.0.2.1:9", receiver_prefix(0x1234), chance);
  CHECK(pair_of_first_frame("MSRP abcd SEND\r\nTo-Path: " + uri + "\r\nFrom-Path: x\r\n") == 0x1234U);
  CHECK(pair_of_first_frame("MSRP abcd SEND\r\nTo-Path: msrp://r/s;tcp " + uri + "\r\nFrom-Path: x\r\n") == 0x1234U);
  CHECK_FALSE(pair_of_first_frame("MSRP abcd SEND\r\nTo-Path: " + uri));
  CHECK_FALSE(pair_of_first_frame("MSRP abcd SEND\r\nTo-Path: msrp://r/s;tcp\r\n"));
  CHECK_FALSE(pair_of_first_frame("GET / HTTP/1.1\r\n\r\n"));
}

TEST_CASE("auth: an answer that is no good MSRP ends the wait", "[blaster]") {
  Stage stage;
  const std::string tid = harness::transaction_ids(stage.request).at(0);
  stage.client.receive(
      harness::slice("MSRP " + tid + " 400 Bad Request\r\nTo-Path: nonsense\r\nFrom-Path: nonsense\r\n-------" + tid + "$\r\n"), at_ms(0));
  CHECK(stage.client.state() == ClientState::broken);
}
