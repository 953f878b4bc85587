// Known answers: the examples of RFC 2617 section 3.5 and RFC 7616 section 3.9.1, RFC 4231 case 2, and values from another implementation.
#include "auth/hash.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "auth/digest_response.h"

using auth::Algorithm;

namespace {

struct Example {
  Algorithm algorithm;
  std::string_view user, realm, password, nonce, cnonce, method, uri, response;
};

constexpr std::string_view nonce_7616 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
constexpr std::string_view cnonce_7616 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
constexpr std::string_view nonce_4976 = "dcd98b7102dd2f0e8b11d0f600bfb0c093";

const std::vector<Example> examples{
    {Algorithm::md5, "Mufasa", "testrealm@host.com", "Circle Of Life", nonce_4976, "0a4f113b", "GET", "/dir/index.html",
     "6629fae49393a05397450978507c4ef1"},
    {Algorithm::md5, "Mufasa", "http-auth@example.org", "Circle of Life", nonce_7616, cnonce_7616, "GET", "/dir/index.html",
     "8ca523f5e9506fed4657c9700eebdbec"},
    {Algorithm::sha256, "Mufasa", "http-auth@example.org", "Circle of Life", nonce_7616, cnonce_7616, "GET", "/dir/index.html",
     "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
    {Algorithm::md5, "Alice", "intra.example.com", "secret", nonce_4976, "0a4f113b", "AUTH", "msrps://alice@intra.example.com;tcp",
     "750e4fd73ea1221cef6d74424f4cd590"},
    {Algorithm::sha256, "Alice", "intra.example.com", "secret", nonce_4976, "0a4f113b", "AUTH", "msrps://alice@intra.example.com;tcp",
     "a42e80831892a0816d3c5b328d977976d5456b78c313e1d2dc2babcfaa192542"},
    {Algorithm::md5, "Alice", "intra.example.com", "secret", nonce_4976, "0a4f113b", "", "msrps://alice@intra.example.com;tcp",
     "a962aa47b6f93658341e5a8973ff8aa9"},
};

}  // namespace

TEST_CASE("digests are those of RFC 2617, RFC 7616 and of another implementation") {
  for (const Example& example : examples) {
    auth::Credentials credentials;
    credentials.algorithm = example.algorithm;
    credentials.nonce = example.nonce;
    credentials.cnonce = example.cnonce;
    credentials.nc = "00000001";
    const auth::HexDigest ha1 = auth::hash(example.algorithm, {example.user, example.realm, example.password});
    CHECK(auth::digest_response(credentials, ha1.view(), example.method, example.uri).view() == example.response);
  }
}

TEST_CASE("empty hashes are the well-known ones") {
  CHECK(auth::hash(Algorithm::md5, {}).view() == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(auth::hash(Algorithm::md5, {""}).view() == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(auth::hash(Algorithm::sha256, {}).view() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("HMAC-SHA-256") {
  const std::string key = "Jefe";
  const auto mac =
      auth::hmac_sha256({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}, {"what do ya want ", "", "for nothing?"});
  std::string text;
  auth::append_hex(text, mac);
  CHECK(text == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("hexadecimal digits are read back, lower case and whole only") {
  std::array<std::uint8_t, 3> octets{};
  CHECK(auth::read_hex("00ff1a", octets));
  CHECK(octets == std::array<std::uint8_t, 3>{0x00, 0xFF, 0x1A});
  CHECK_FALSE(auth::read_hex("00FF1A", octets));
  CHECK_FALSE(auth::read_hex("00ff1", octets));
  CHECK_FALSE(auth::read_hex("00ff1a2b", octets));
  CHECK_FALSE(auth::read_hex("00ff1g", octets));
  CHECK(auth::is_lower_hex("0123456789abcdef"));
  CHECK_FALSE(auth::is_lower_hex("A"));
}
