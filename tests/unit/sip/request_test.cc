// Method: RFC 3261 requests written out by hand, whole and cut at every octet; answers compared octet by octet but for the tag, which a
// counting Entropy makes known.
#include "sip/request.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace {

class Counting final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = next_++;
  }

 private:
  std::uint8_t next_ = 0xA0;
};

const std::string options =
    "OPTIONS sip:relay.example.org SIP/2.0\r\n"
    "Via: SIP/2.0/TCP a.example.org;branch=z9hG4bK77\r\n"
    "v: SIP/2.0/TCP b.example.org;branch=z9hG4bK78\r\n"
    "Max-Forwards: 70\r\n"
    "From: \"A\" <sip:a@example.org>;tag=1\r\n"
    "To: <sip:relay.example.org;tag=no>\r\n"
    "Call-ID: 1@example.org\r\n"
    "CSeq: 1 OPTIONS\r\n"
    "Content-Length: 3\r\n"
    "\r\n";

std::string answer(const std::string& text) {
  const auto request = sip::parse_request(text, 8192);
  REQUIRE(request);
  REQUIRE(request->complete);
  char room[2048];
  msrp::Writer writer(room);
  Counting entropy;
  sip::write_response(writer, *request, 403, "No SIP Here", {}, entropy);
  REQUIRE(writer.good());
  return std::string(writer.written());
}

}  // namespace

TEST_CASE("the first octets tell MSRP from SIP") {
  CHECK(sip::opening_of("") == sip::Opening::undecided);
  CHECK(sip::opening_of("M") == sip::Opening::undecided);
  CHECK(sip::opening_of("MSRP ") == sip::Opening::msrp);
  CHECK(sip::opening_of("MESSAGE ") == sip::Opening::sip);
  CHECK(sip::opening_of("INVITE sip:") == sip::Opening::sip);
  CHECK(sip::opening_of("\x16\x03\x01") == sip::Opening::other);
  CHECK(sip::opening_of(" INVITE") == sip::Opening::other);
  CHECK(sip::opening_of(std::string(40, 'A')) == sip::Opening::other);
}

TEST_CASE("a request is answered in its own words") {
  CHECK(answer(options) ==
        "SIP/2.0 403 No SIP Here\r\n"
        "Via: SIP/2.0/TCP a.example.org;branch=z9hG4bK77\r\n"
        "v: SIP/2.0/TCP b.example.org;branch=z9hG4bK78\r\n"
        "From: \"A\" <sip:a@example.org>;tag=1\r\n"
        "To: <sip:relay.example.org;tag=no>;tag=a0a1a2a3a4a5a6a7\r\n"
        "Call-ID: 1@example.org\r\n"
        "CSeq: 1 OPTIONS\r\n"
        "Content-Length: 0\r\n\r\n");
  const auto request = sip::parse_request(options, 8192);
  CHECK(request->content_length == 3);
  CHECK(request->head_octets == options.size());
}

TEST_CASE("a To that has a tag keeps it, folded lines are copied whole") {
  const std::string text =
      "BYE sip:x SIP/2.0\r\nv: SIP/2.0/TCP a;branch=1,\r\n SIP/2.0/TCP b;branch=2\r\nf: <sip:a>;tag=1\r\nt: <sip:b> ; Tag=2\r\ni: "
      "c\r\nCSeq: 2 BYE\r\n\r\n";
  CHECK(answer(text) ==
        "SIP/2.0 403 No SIP Here\r\nv: SIP/2.0/TCP a;branch=1,\r\n SIP/2.0/TCP b;branch=2\r\nf: <sip:a>;tag=1\r\nt: <sip:b> ; Tag=2\r\ni: "
        "c\r\nCSeq: 2 BYE\r\n"
        "Content-Length: 0\r\n\r\n");
}

TEST_CASE("an ACK is never answered") {
  const std::string text = "ACK sip:x SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: i\r\nCSeq: 1 ACK\r\n\r\n";
  CHECK(answer(text).empty());
}

TEST_CASE("a head that is cut waits for its rest") {
  for (std::size_t size = 0; size < options.size(); ++size) {
    const auto request = sip::parse_request(options.substr(0, size), 8192);
    REQUIRE(request);
    CHECK_FALSE(request->complete);
  }
}

TEST_CASE("what cannot be answered, or is too big, is an error") {
  const auto error_of = [](const std::string& text, std::size_t limit = 8192) {
    const auto request = sip::parse_request(text, limit);
    REQUIRE_FALSE(request);
    return request.error();
  };
  CHECK(error_of("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == sip::RequestError::malformed);
  CHECK(error_of("INVITE sip:x SIP/2.0\r\n\r\n") == sip::RequestError::malformed);
  CHECK(error_of("OPTIONS sip:x SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: i\r\n\r\n") == sip::RequestError::malformed);
  CHECK(error_of(options, 100) == sip::RequestError::too_big);
  std::string big = options;
  big.replace(big.find("Length: 3"), 9, "Length: 99999999");
  CHECK(error_of(big) == sip::RequestError::too_big);
  big.replace(big.find("99999999"), 8, "99999999999999999999999999");
  CHECK(error_of(big) == sip::RequestError::too_big);
  std::string letters = options;
  letters.replace(letters.find("Length: 3"), 9, "Length: x");
  CHECK(error_of(letters) == sip::RequestError::malformed);
}
