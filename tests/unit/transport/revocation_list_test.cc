// Method: a list that `openssl ca -gencrl` made, cut and put together; what OpenSSL says of it. Lists in force come in tests/e2e.
#include "transport/revocation_list.h"

#include "pair.h"
#include "transport/der.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>

namespace {

// Of a CA that is nobody's; its next update was due on 1 February 2020.
const std::string old_list =
    "-----BEGIN X509 CRL-----\n"
    "MIG+MGYwCgYIKoZIzj0EAwIwHTEbMBkGA1UEAwwSbXNycC1yZWxheSB0ZXN0IENB\n"
    "Fw0yMDAxMDEwMDAwMDBaFw0yMDAyMDEwMDAwMDBaMBswGQIIW5wUG3y+7Z4XDTI2\n"
    "MTEyNDAzNTAyOFowCgYIKoZIzj0EAwIDSAAwRQIhAJh0byFm1DcwHm/f267OQyrM\n"
    "Ip574+NYCyAnnVu5ysdIAiBBhvamRrLFyLNhUsJg2sxpSmGq1W0DMne2BXMITCKG\n"
    "LA==\n"
    "-----END X509 CRL-----\n";

}  // namespace

TEST_CASE("revocation lists: each of a file by itself, with what stands between them left out") {
  const std::string file = "# two\n" + old_list + "between\n" + old_list;
  const auto lists = transport::split_revocation_lists(file);
  REQUIRE(lists);
  REQUIRE(lists->size() == 2);
  CHECK(std::string(lists->at(0)) + "\n" == old_list);
  CHECK(lists->at(1) == lists->at(0));
  CHECK(transport::split_revocation_lists("").error() == "no revocation list in PEM form is in it");
  CHECK(transport::split_revocation_lists(old_list + old_list.substr(0, 100)).error() == "its last revocation list is cut off");
}

TEST_CASE("revocation lists: when the next one is due") {
  using std::chrono::February;
  const auto next = transport::next_update(old_list);
  REQUIRE(next);
  CHECK(*next == std::chrono::sys_days(std::chrono::year(2020) / February / 1));
  CHECK_FALSE(transport::next_update(test::content("ca.pem")));
  CHECK_FALSE(transport::next_update(old_list.substr(0, 120) + "\n-----END X509 CRL-----\n"));
}

TEST_CASE("revocation lists: what is wrong with one is said") {
  transport::prepare_tls();
  CHECK(transport::check_revocation_lists(old_list, test::content("ca.pem")) ==
        "revocation list 1 in it is out of date: its next one is due");
  CHECK(transport::check_revocation_lists("", test::content("ca.pem")) == "no revocation list in PEM form is in it");
}

TEST_CASE("DER: elements, however long; nothing that is not whole") {
  using namespace std::string_literals;
  const std::string octets =
      "\x30\x03"
      "abc\x04\x81\x80"s +
      std::string(128, 'x') + "\x02\x82\x01\x00"s + std::string(256, 'y');
  std::string_view rest = octets;
  CHECK_FALSE(transport::take(rest, transport::der_integer));
  CHECK(transport::take(rest, transport::der_sequence) == "abc");
  CHECK(transport::take(rest, transport::der_octets)->size() == 128);
  CHECK(transport::take(rest, transport::der_integer)->size() == 256);
  CHECK(rest.empty());
  CHECK_FALSE(transport::take_element(rest));
  for (std::size_t size = 0; size < 5; ++size) {
    rest = std::string_view(octets).substr(0, size);
    CHECK_FALSE(transport::take_element(rest));
  }
  for (const std::string& wrong : {"\x30\x80"s, "\x30\x85\x00\x00\x00\x00\x00"s, "\x30\x84\xFF\xFF\xFF\xFF"s, "\x1F\x01\x00"s}) {
    rest = wrong;
    CHECK_FALSE(transport::take_element(rest));
  }
}
