#pragma once
// As much of SIP (RFC 3261) as it takes to turn a SIP request away politely: find its end, and answer it in its own words. Pure.
//
// Not checked here: URIs, the order of headers, anything that only a SIP server needs to know.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/entropy.h"
#include "base/result.h"
#include "msrp/writer.h"

namespace sip {

// What the first octets of a link say: product.md's `protocols`.
enum class Opening : std::uint8_t {
  undecided,  // too few to tell
  msrp,       // "MSRP "
  sip,        // a method and a blank: RFC 3261's Request-Line, as far as it has come
  other,
};
Opening opening_of(std::string_view octets);

enum class RequestError : std::uint8_t {
  malformed,  // no Request-Line of SIP/2.0, or a header that an answer needs is missing: nobody to answer
  too_big,    // the header section exceeds the limit, or Content-Length what may be skipped
};

struct Request {
  std::string_view method;
  std::string_view headers;        // all header lines with their CRLF
  std::size_t head_octets = 0;     // up to and with the empty line
  std::size_t content_length = 0;  // octets of body behind it
  bool complete = false;           // false: the head has not come whole yet
};

// `octets` begins with a request. `head_max`: most octets of its head; a body of more than body_max is too_big.
constexpr std::size_t body_max = 64 * 1024;
base::Result<Request, RequestError> parse_request(std::string_view octets, std::size_t head_max);

// RFC 3261 8.2.6: Via, From, To, Call-ID and CSeq copied (long or compact names), To with a tag when it has none, Content-Length 0.
// `extra_headers`: whole lines with CRLF, already checked by their maker.
// An ACK has no answer: nothing is written.
void write_response(msrp::Writer& writer, const Request& request, std::uint16_t code, std::string_view reason,
                    std::string_view extra_headers, base::Entropy& entropy);

}  // namespace sip
