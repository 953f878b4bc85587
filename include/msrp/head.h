#pragma once
// The head of a frame: start line and header section, RFC 4975 section 9, RFC 4976 section 7. Views into contiguous octets, nothing copied.
//
// Not checked here: whether URIs are ours, permits, Expires bounds, digest parameters; URIs beyond the first two of To-Path and the first
// of From-Path are delimited and counted but parsed by whoever compares them.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "msrp/byte_range.h"
#include "msrp/uri.h"

namespace msrp {

enum class Method : std::uint8_t { send, report, auth, other };
enum class FailureReport : std::uint8_t { yes, no, partial };  // absent = yes
enum class ContinuationFlag : char { end = '$', more = '+', abort = '#' };

enum class ParseError : std::uint8_t {
  start_line,        // not "MSRP SP tid SP ...": unanswerable, the link is closed
  header_bytes,      // [limits] header_bytes
  header_lines,      // [limits] header_lines
  uris_per_path,     // [limits] uris_per_path
  header_syntax,     // no "Name: value", bare CR or LF, controls
  path_order,        // To-Path and From-Path are not the 1st and 2nd header
  duplicate_header,
  uri,               // a URI in a path is malformed
  byte_range,
  report_flag,
  content_type,      // body without Content-Type, Content-Type not last or without body
  message_id,        // SEND or REPORT without Message-ID, or a malformed one
  status,            // malformed Status of a REPORT
  end_line,          // bodiless frame not followed by its end-line, wrong flag, response with a body
};
const char* describe(ParseError error);

struct HeaderLine {
  std::string_view name;   // as received
  std::string_view value;  // after "Name: ", without CRLF
  std::string_view line;   // all of it, with its CRLF
};

struct HeadLimits {
  std::size_t bytes = 8192;  // start line and header section, with the blank line
  std::size_t lines = 64;    // header lines, the start line not counted; at most lines_capacity
  std::size_t uris = 16;     // per path; at most uris_capacity
};
constexpr std::size_t uris_capacity = 32;
constexpr std::size_t lines_capacity = 128;  // HeadLimits::lines is at most this
constexpr std::size_t message_id_max = 128;

// Room for a bounded list that is not cleared when a head is made: heads are made per frame, the room is kilobytes.
template <class Item, std::size_t capacity>
class Room {
 public:
  Room() {}  // NOLINT: leaves the items as they are, that is its purpose
  Item& operator[](std::size_t i) { return items_[i]; }
  const Item& operator[](std::size_t i) const { return items_[i]; }
  const Item* data() const { return items_; }

 private:
  union {
    Item items_[capacity];
  };
};

struct Path {
  std::string_view value;            // the whole header value
  Room<RawUri, uris_capacity> uris;  // the first `count` of them
  std::uint8_t count = 0;
  std::span<const RawUri> all() const { return {uris.data(), count}; }
  RawUri first() const { return uris[0]; }
  RawUri last() const { return uris[count - 1U]; }
};

struct Head {
  std::string_view octets;  // everything from "MSRP" to the CRLF of the last header line (no blank line)
  std::string_view transaction_id;
  bool is_response = false;
  Method method = Method::other;  // requests
  std::string_view method_name;   // requests
  std::uint16_t status_code = 0;  // responses, 0 to 999
  std::string_view comment;       // responses; may be empty
  bool has_body = false;          // a blank line follows (an empty body counts, R-006)

  Path to_path;
  Path from_path;
  std::optional<std::string_view> message_id;
  std::optional<ByteRange> byte_range;
  FailureReport failure_report = FailureReport::yes;
  bool success_report = false;
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> expires;
  std::optional<std::string_view> authorization;
  std::optional<std::string_view> status;

  // What the parser had to look into anyway: to_path.uris[0], to_path.uris[1] (when there are two) and from_path.uris[0].
  Uri first_to;
  Uri second_to;
  Uri first_from;

  // All header lines in order, To-Path and From-Path included.
  Room<HeaderLine, lines_capacity> lines;
  std::uint8_t line_count = 0;
  std::uint8_t byte_range_line = 0;  // its place in `lines`; 0: there is none
  std::span<const HeaderLine> all_lines() const { return {lines.data(), line_count}; }
  // The first header of that name (compared without case), or nullptr.
  const HeaderLine* find(std::string_view name) const;
};

// What can still be said of a head that is malformed: enough for an error response, or not.
struct Answerable {
  std::string_view transaction_id;
  std::string_view method_name;
  std::string_view first_to_uri;    // becomes From-Path of the response
  std::string_view from_path;       // whole value
  std::string_view first_from_uri;  // To-Path of the response to a SEND
  bool failure_report_no = false;   // then nothing is sent
  bool is_response = false;         // then nothing is sent either
};

// Parses a whole head. `octets` runs from "MSRP" to the CRLF of the last header line; `has_body` says that a blank line follows.
// The limits are those of R-018; Message-ID is not held to 32 octets (clients send UUIDs), but to ident-chars and message_id_max.
// On an error `*answerable`, when not null, is filled as far as the head could be read; transaction_id or either URI may be empty.
// `head` is an out-parameter because it is big and kept by the framer.
base::Result<void, ParseError> parse_head(std::string_view octets, bool has_body, const HeadLimits& limits, Head& head,
                                          Answerable* answerable);

}  // namespace msrp
