// Method: certificates of tools/make-certs, and what is none.
#include "transport/certificate.h"

#include <set>

#include "pair.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

TEST_CASE("what a certificate says: names, addresses, kind of key, dates") {
  const auto relay = transport::read_first_certificate(test::content("relay.pem"));
  REQUIRE(relay);
  CHECK(std::set<std::string>(relay->names.begin(), relay->names.end()) == std::set<std::string>{"relay.example.org", "localhost"});
  CHECK(relay->addresses.size() == 2);
  CHECK(relay->names_address(*base::IpAddress::parse("::1")));
  CHECK(relay->names_authority("anything", base::IpAddress::parse("127.0.0.1")));
  CHECK_FALSE(relay->names_authority("localhost", base::IpAddress::parse("127.0.0.2")));
  CHECK(relay->key == transport::KeyKind::ecdsa);
  CHECK(relay->not_before < std::chrono::system_clock::now());
  const auto days = std::chrono::duration_cast<std::chrono::hours>(relay->not_after - relay->not_before).count() / 24;
  CHECK(days == 825);
  CHECK(transport::read_first_certificate(test::content("relay-rsa.pem"))->key == transport::KeyKind::rsa);
}

TEST_CASE("what is no certificate is a fault") {
  CHECK_FALSE(transport::read_first_certificate(""));
  CHECK_FALSE(transport::read_first_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  CHECK_FALSE(transport::read_first_certificate(test::content("relay.key")));
  CHECK_FALSE(transport::read_certificate("0"));
}

TEST_CASE("a star stands for one whole label at the left, of a name with three or more") {
  using transport::matches_name;
  CHECK(matches_name("a.example.org", "A.Example.ORG"));
  CHECK(matches_name("*.example.org", "a.example.org"));
  CHECK_FALSE(matches_name("*.example.org", "example.org"));
  CHECK_FALSE(matches_name("*.example.org", ".example.org"));
  CHECK_FALSE(matches_name("*.example.org", "b.a.example.org"));
  CHECK_FALSE(matches_name("*.org", "example.org"));
  CHECK_FALSE(matches_name("*", "example"));
  CHECK_FALSE(matches_name("a*.example.org", "ab.example.org"));
  CHECK_FALSE(matches_name("", ""));
}
