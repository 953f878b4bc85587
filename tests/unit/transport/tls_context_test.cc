// Method: which certificate a client gets; which pairs are taken; tickets over two servers as over two cores.
#include "transport/tls_context.h"

#include "pair.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

namespace {

transport::KeyKind chosen(const transport::TlsServer& server, const transport::ClientHello& hello,
                          const std::vector<transport::PemPair>& pairs) {
  // A context is told by what a client sees: here by its place.
  for (const transport::PemPair& pair : pairs) {
    const auto alone = transport::read_first_certificate(pair.chain);
    if (server.certificate_of(hello).names == alone->names && server.certificate_of(hello).key == alone->key) return alone->key;
  }
  return transport::KeyKind::other;
}

}  // namespace

TEST_CASE("the certificate fits the name asked for and the signatures understood, ECDSA before RSA") {
  transport::prepare_tls();
  const std::vector<transport::PemPair> pairs = {test::pem_pair("relay-rsa"), test::pem_pair("relay"), test::pem_pair("client")};
  const auto server = transport::TlsServer::make(pairs, test::trusting());
  REQUIRE(server);
  using transport::KeyKind;
  CHECK(chosen(**server, {"relay.example.org", true, true}, pairs) == KeyKind::ecdsa);
  CHECK(chosen(**server, {"relay.example.org", false, true}, pairs) == KeyKind::rsa);
  CHECK((*server)->certificate_of({"client.example.org", true, true}).names_host("client.example.org"));
  // Nobody's name: the first certificate's names, with the key that fits best.
  CHECK((*server)->certificate_of({"other.example.org", true, true}).names_host("relay.example.org"));
  CHECK(chosen(**server, {"", true, true}, pairs) == KeyKind::ecdsa);
  CHECK(chosen(**server, {"", false, true}, pairs) == KeyKind::rsa);
}

TEST_CASE("a pair is checked: certificate, key, and that they belong together") {
  transport::prepare_tls();
  const auto relay = test::pem_pair("relay");
  const auto rsa = test::pem_pair("relay-rsa");
  CHECK(transport::check_pair(relay));
  CHECK(transport::check_pair(rsa));
  CHECK(transport::check_pair({relay.chain, rsa.key}).error().find("key") != std::string::npos);
  CHECK(transport::check_pair({relay.chain, test::pem_pair("client").key}).error() == "the private key is not that of the certificate");
  CHECK(transport::check_pair({"", relay.key}).error() == "the certificate cannot be used: no certificate in PEM form is in it");
  CHECK(transport::check_pair({relay.chain, "x"}).error().starts_with("the private key cannot be read"));
}

TEST_CASE("the wolfSSL in use is described, and one of the groups is the faster one") {
  transport::prepare_tls();
  CHECK(transport::describe_tls().starts_with("wolfSSL "));
  const auto group = transport::faster_group();
  CHECK((group == transport::Group::x25519 || group == transport::Group::p256));
}
