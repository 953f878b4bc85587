// Method: an answer that `openssl ocsp -respout` made, cut and changed anywhere; what OpenSSL says of it. Answers that are shown come in
// tests/e2e.
#include "transport/certificate_status.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>

namespace {

const std::string hex =
    "3082013b0a0100a08201343082013006092b0601050507300101048201213082011d3081c4a11f301d311b301906035504030c126d7372702d72656c"
    "61792074657374204341180f32303236313132343034303732335a306b30693041300906052b0e03021a0500041486539753528e26faa924b5de958d"
    "4137c1489c4204140706fd0f0690c447fcc0b46cf42c968e7ded2a4702087e5ac6ee6ed94dfc8000180f32303236313132343034303732335aa01118"
    "0f32303236313230313034303732335aa1233021301f06092b0601050507300102041204101658fd3901993a20719dee8baf5f22de300a06082a8648"
    "ce3d0403020348003045022100b6b9269632c5c8e8bf25ecfd88c09de1a16bd1cbe94e3620005405bce78a6e2402207eb25943273ccf4b0a9e6f15a2"
    "9d32d5e46f4b6a2c9e1e65cfd6be3d35fc1647";

std::string octets_of(std::string_view digits) {
  std::string octets;
  for (std::size_t at = 0; at < digits.size(); at += 2)
    octets += static_cast<char>(std::stoi(std::string(digits.substr(at, 2)), nullptr, 16));
  return octets;
}

}  // namespace

TEST_CASE("certificate status: whom it is about, what it says, how long it is good") {
  const std::string answer = octets_of(hex);
  const auto status = transport::read_certificate_status(answer);
  REQUIRE(status);
  CHECK(status->serial == octets_of("7E5AC6EE6ED94DFC"));
  CHECK(status->good);
  using namespace std::chrono;
  CHECK(status->next_update == sys_days(year(2026) / 12 / 1) + hours(4) + minutes(7) + seconds(23));
}

TEST_CASE("certificate status: what is not whole is none, and no octet that is changed is read past the end") {
  const std::string answer = octets_of(hex);
  for (std::size_t size = 0; size < answer.size(); ++size) REQUIRE_FALSE(transport::read_certificate_status(answer.substr(0, size)));
  for (std::size_t at = 0; at < answer.size(); ++at) {
    for (const int octet : {0x00, 0x01, 0x30, 0x7F, 0x80, 0x84, 0xFF}) {
      std::string changed = answer;
      changed[at] = static_cast<char>(octet);
      const auto status = transport::read_certificate_status(changed);
      if (!status) continue;
      REQUIRE(status->serial.data() >= changed.data());
      REQUIRE(status->serial.data() + status->serial.size() <= changed.data() + changed.size());
    }
  }
  CHECK(transport::read_certificate_status(octets_of("30030a0106")).error() == "the issuer could not answer when it was asked");
}
