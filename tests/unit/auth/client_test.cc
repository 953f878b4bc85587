// The client's side alone: what relays send, and what is made of it.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "auth/digest.h"
#include "counting_entropy.h"

using auth::Algorithm;

namespace {

const std::string challenge_4976 = "Digest realm=\"intra.example.com\", qop=\"auth\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";

bool refused(const std::string& value) { return !auth::parse_challenge(value); }

}  // namespace

TEST_CASE("the challenge of RFC 4976 section 5.1") {
  const auto challenge = auth::parse_challenge(challenge_4976);
  REQUIRE(challenge);
  CHECK(challenge->realm == "intra.example.com");
  CHECK(challenge->nonce == "dcd98b7102dd2f0e8b11d0f600bfb0c093");
  CHECK(challenge->qop == "auth");
  CHECK(challenge->opaque.empty());
  CHECK(challenge->algorithm == Algorithm::md5);
  CHECK_FALSE(challenge->names_algorithm);
  CHECK_FALSE(challenge->stale);
}

TEST_CASE("everything a challenge may say") {
  const auto challenge = auth::parse_challenge(
      R"(Digest realm="a \"b\"", domain="x", nonce="n", opaque="o\"", stale=TRUE, algorithm=SHA-256, qop="auth-int , auth", charset=UTF-8)");
  REQUIRE(challenge);
  CHECK(challenge->realm == "a \"b\"");
  CHECK(challenge->opaque == "o\\\"");
  CHECK(challenge->algorithm == Algorithm::sha256);
  CHECK(challenge->names_algorithm);
  CHECK(challenge->stale);
}

TEST_CASE("challenges that cannot be answered are passed over") {
  CHECK(refused(""));
  CHECK(refused("Basic realm=\"x\""));
  CHECK(refused("Digest nonce=\"n\", qop=\"auth\""));
  CHECK(refused("Digest realm=\"r\", qop=\"auth\""));
  CHECK(refused("Digest realm=\"r\", nonce=\"\", qop=\"auth\""));
  CHECK(refused("Digest realm=\"r\", nonce=\"n\""));
  CHECK(refused("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\""));
  CHECK(refused("Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=MD5-sess"));
  CHECK(refused("Digest realm=\"r\", nonce=\"" + std::string(2000, 'n') + "\", qop=\"auth\""));
  CHECK(refused(challenge_4976 + ", x"));
}

TEST_CASE("an answer by the letter, compared with another implementation") {
  CountingEntropy entropy;
  const auto challenge = auth::parse_challenge(challenge_4976);
  REQUIRE(challenge);
  CHECK(auth::answer_challenge(*challenge, "Alice", base::Secret("secret"), "msrps://alice@intra.example.com;tcp", 0x2A, entropy) ==
        "Digest username=\"Alice\", realm=\"intra.example.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
        "uri=\"msrps://alice@intra.example.com;tcp\", qop=auth, nc=0000002a, cnonce=\"000102030405060708090a0b\", "
        "response=\"bfd5a28f35cec887b2c00762bf72764f\"");
  auto stronger = *challenge;
  stronger.algorithm = Algorithm::sha256;
  stronger.names_algorithm = true;
  stronger.opaque = "o";
  const std::string answer =
      auth::answer_challenge(stronger, "Alice", base::Secret("secret"), "msrps://alice@intra.example.com;tcp", 1, entropy);
  CHECK(
      answer.ends_with("cnonce=\"0c0d0e0f1011121314151617\", "
                       "response=\"a0b23c6b94376f8f67ae44f8ed6283f1322d6b70b4ed3cc9ad1f0077dcdc4303\", opaque=\"o\", algorithm=SHA-256"));
}

TEST_CASE("Authentication-Info proves the relay or does not") {
  const std::string sent =
      "Digest username=\"Alice\", realm=\"intra.example.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
      "uri=\"msrps://alice@intra.example.com;tcp\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
      "response=\"750e4fd73ea1221cef6d74424f4cd590\"";
  const base::Secret password("secret");
  const auto proves = [&](const std::string& info) { return auth::check_authentication_info(info, sent, password); };
  const std::string rspauth = "rspauth=\"a962aa47b6f93658341e5a8973ff8aa9\"";
  CHECK(proves(rspauth));
  CHECK(proves("nextnonce=\"x\"," + rspauth + ", cnonce=\"0a4f113b\", nc=00000001, qop=auth"));
  CHECK_FALSE(proves(rspauth + ", cnonce=\"other\""));
  CHECK_FALSE(proves(rspauth + ", nc=00000002"));
  CHECK_FALSE(proves(rspauth + ", qop=auth-int"));
  CHECK_FALSE(proves(rspauth + ", x"));
  CHECK_FALSE(proves("rspauth=\"750e4fd73ea1221cef6d74424f4cd590\""));
  CHECK_FALSE(proves("rspauth=\"\""));
  CHECK_FALSE(proves(""));
  CHECK_FALSE(auth::check_authentication_info(rspauth, "", password));
}
