#pragma once
// Heads and end-lines as octets. Writes into memory the caller gives, never allocates, never normalises a URI.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "msrp/head.h"
#include "msrp/tid.h"

namespace msrp {

// Appends to a fixed span; an overflow is remembered, not written. `good()` is asked once at the end.
class Writer {
 public:
  explicit Writer(std::span<char> room) : room_(room) {}
  // Here, so that what is put together from constants is put together by the compiler.
  Writer& put(std::string_view octets) {
    if (octets.size() > room_.size() - size_ || !good_) {
      good_ = false;
      return *this;
    }
    if (!octets.empty()) std::memcpy(room_.data() + size_, octets.data(), octets.size());
    size_ += octets.size();
    return *this;
  }
  Writer& put(char octet) { return put(std::string_view(&octet, 1)); }
  Writer& put_number(std::uint64_t number);
  bool good() const { return good_; }
  std::size_t size() const { return size_; }
  std::string_view written() const { return {room_.data(), size_}; }

 private:
  std::span<char> room_;
  std::size_t size_ = 0;
  bool good_ = true;
};

// A forwarded request is written in two parts around what differs from piece to piece when a chunk is cut:
//   "MSRP " tid " METHOD" CRLF   | To-Path, From-Path and the other headers up to Byte-Range |  Byte-Range  | the other headers after it
// `before` and `after` are made once per chunk, the rest once per piece.
struct ForwardedHead {
  std::string_view before;  // from "To-Path: " on
  std::string_view after;   // up to and with the CRLF of the last header line
};

// Moves the first `moved` To-Path URIs, one for each own hop, to the front of From-Path and copies every other header in its
// order, octet by octet, but Byte-Range, whose place is remembered. Writes before and after one behind the other into `writer`;
// returns the length of `before`. A head without Byte-Range gets its place before the first MIME header (Content-*), where R-134 may need
// one.
std::size_t write_forwarded_headers(Writer& writer, const Head& head, std::size_t moved = 1);

// The start line of a forwarded or own request.
void write_request_line(Writer& writer, const MintedTid& tid, std::string_view method_name);
// A Byte-Range line. end nullopt is "*" (interruptible, R-130).
void write_byte_range(Writer& writer, const ByteRange& range);

// The end-line. `after_body`: a CRLF that is not part of the body goes before it.
void write_end_line(Writer& writer, std::string_view tid, ContinuationFlag flag, bool after_body);
// The same with an id of ours: sizes that the compiler knows.
inline void write_end_line(Writer& writer, const MintedTid& tid, ContinuationFlag flag, bool after_body) {
  constexpr std::string_view begin = "\r\n-------";
  constexpr std::size_t line_end_of_body = 2;
  std::array<char, begin.size() + MintedTid::size + 3> line;
  begin.copy(line.data(), begin.size());
  tid.octets().copy(line.data() + begin.size(), MintedTid::size);
  line[line.size() - 3] = static_cast<char>(flag);
  line[line.size() - 2] = '\r';
  line[line.size() - 1] = '\n';
  const std::string_view text(line.data(), line.size());
  writer.put(after_body ? text : text.substr(line_end_of_body));
}

// A whole response, end-line included: To-Path `to_path` (R-051: first From-Path URI of a SEND, whole From-Path otherwise), From-Path
// `from_uri`. `extra_headers` are whole lines with CRLF, already checked by their maker.
void write_response(Writer& writer, std::string_view tid, std::uint16_t code, std::string_view comment, std::string_view to_path,
                    std::string_view from_uri, std::string_view extra_headers = {});

// A forwarded response: back to `to_path`, which was the From-Path of the request; `passed`, the URIs of ours that the request
// passed, in front of From-Path; the previous hop's tid; everything else as received, end-line included. The response's own To-Path is not
// looked at: some name but one URI in it.
void write_forwarded_response(Writer& writer, const Head& response, const PeerTid& tid, std::string_view to_path, std::string_view passed);

}  // namespace msrp
