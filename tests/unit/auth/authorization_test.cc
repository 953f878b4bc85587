// Headers of RFC 4976 section 5.1, of deployed clients, and one fault each.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "auth/digest.h"

using auth::AuthFailure;

namespace {

const std::string good =
    "Digest username=\"Alice\", realm=\"intra.example.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", qop=auth, nc=00000001, "
    "cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\"";

bool malformed(const std::string& value) {
  const auto parsed = auth::parse_authorization(value);
  return !parsed && parsed.error() == AuthFailure::malformed;
}

std::string with(std::string_view from, std::string_view to) {
  std::string text = good;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the example of RFC 4976") {
  const auto parsed = auth::parse_authorization(good);
  REQUIRE(parsed);
  CHECK(parsed->username == "Alice");
  CHECK(parsed->realm == "intra.example.com");
  CHECK(parsed->nonce == "dcd98b7102dd2f0e8b11d0f600bfb0c093");
  CHECK(parsed->cnonce == "0a4f113b");
  CHECK(parsed->nc == "00000001");
  CHECK(parsed->count == 1);
  CHECK(parsed->response == "6629fae49393a05397450978507c4ef1");
  CHECK(parsed->algorithm == auth::Algorithm::md5);
  CHECK_FALSE(parsed->has_uri);
  CHECK_FALSE(parsed->has_opaque);
}

TEST_CASE("msrplib quotes nc and qop, Crocodile sends uri; both are read (clients.md 1)") {
  const std::string msrplib = with("qop=auth, nc=00000001", "qop=\"auth\", nc=\"0000002A\"");
  const auto quoted = auth::parse_authorization(msrplib);
  REQUIRE(quoted);
  CHECK(quoted->count == 42);
  const std::string crocodile = good + ", uri=\"msrp://h:1;tcp\", opaque=\"\", algorithm=MD5";
  const auto uri = auth::parse_authorization(crocodile);
  REQUIRE(uri);
  CHECK(uri->has_uri);
  CHECK(uri->uri == "msrp://h:1;tcp");
  CHECK(uri->has_opaque);
}

TEST_CASE("names without case, unknown parameters are passed over") {
  CHECK(auth::parse_authorization(with("username", "UserName") + ", userhash=false, x-y=\"z, \\\"\", x-y=1, AUTH-param=q"));
  CHECK(auth::parse_authorization(good + ", algorithm=\"md5\""));
}

TEST_CASE("SHA-256 has 64 digits") {
  const std::string digits(64, 'a');
  const auto parsed = auth::parse_authorization(with("6629fae49393a05397450978507c4ef1", digits) + ", algorithm=SHA-256");
  REQUIRE(parsed);
  CHECK(parsed->algorithm == auth::Algorithm::sha256);
  CHECK(malformed(good + ", algorithm=SHA-256"));
  CHECK(malformed(with("6629fae49393a05397450978507c4ef1", digits)));
}

TEST_CASE("what is required and lacking is malformed (R-156)") {
  for (const char* const part :
       {"username=\"Alice\", ", "realm=\"intra.example.com\", ", "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", ", "qop=auth, ",
        "nc=00000001, ", "cnonce=\"0a4f113b\", ", ", response=\"6629fae49393a05397450978507c4ef1\""}) {
    INFO(part);
    CHECK(malformed(with(part, "")));
  }
}

TEST_CASE("what is wrong is malformed") {
  const std::vector<std::pair<std::string, std::string>> changes{
      {"nc=00000001", "nc=1"},
      {"nc=00000001", "nc=000000001"},
      {"nc=00000001", "nc=0000000g"},
      {"nc=00000001", "nc=-0000001"},
      {"nc=00000001", "nc=0x000001"},
      {"nc=00000001", "nc=00000000"},
      {"qop=auth", "qop=auth-int"},
      {"qop=auth", "qop=\"auth,auth-int\""},
      {"cnonce=\"0a4f113b\"", "cnonce=\"\""},
      {"6629fae4", "6629FAE4"},
      {"6629fae4", "6629fae"},
      {"6629fae4", "6629faeg"},
      {"Digest ", "Basic "},
      {"Digest ", ""},
      {", realm", " realm"},
      {"username=\"Alice\"", "username=\"Alice\", username=\"Alice\""},
      {"qop=auth", "qop=auth, qop=auth"},
      {"qop=auth", "qop=auth, algorithm=MD5-sess"},
      {"qop=auth", "qop=auth, algorithm=SHA-512-256"},
      {"Alice", "Al\r\nX-Injected: yes"},
      {"0a4f113b", "0a4f\n113b"},
  };
  for (const auto& [from, to] : changes) {
    INFO(from << " -> " << to);
    CHECK(malformed(with(from, to)));
  }
  CHECK(malformed(""));
  CHECK(malformed("Digest "));
}

TEST_CASE("lengths are bounded, but for the URI's") {
  const std::string longest(auth::parameter_octets_max, 'x');
  for (const char* const value : {"Alice", "intra.example.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b"}) {
    CHECK(auth::parse_authorization(with(value, longest)));
    CHECK(malformed(with(value, longest + "x")));
  }
  CHECK(auth::parse_authorization(good + ", uri=\"" + std::string(5000, 'u') + "\""));
}
