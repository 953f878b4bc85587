#pragma once
// What is composed once and goes out many times with few octets changed: the head of a SEND as it goes on, and the 200 for it. Pure.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "msrp/byte_range.h"

namespace relay {

// For SENDs that differ in their transaction id, Message-ID and Byte-Range only.
class ReadySend {
 public:
  static constexpr std::size_t tid_at = 5;  // behind "MSRP "

  // `headers`: as msrp::write_forwarded_headers wrote them, Byte-Range left out; `before` of them stand before its place. `id`: the value
  // of Message-ID in them.
  void compose(std::string_view headers, std::size_t before, std::string_view id, const std::optional<msrp::ByteRange>& range);

  // The head of another one, with its empty line; the room of its transaction id (MintedTid::size at tid_at) is to be written to. Good
  // until the next call. `range` is there when it was there in compose().
  std::string_view with(std::string_view id, const std::optional<msrp::ByteRange>& range);

 private:
  void replace(std::size_t begin, std::size_t& size, std::string_view by, std::size_t& behind);

  std::string octets_;
  std::size_t id_begin_ = 0;
  std::size_t id_size_ = 0;
  std::size_t range_begin_ = 0;  // of the Byte-Range line
  std::size_t range_size_ = 0;
  std::optional<msrp::ByteRange> range_;
};

// For SENDs that differ in their transaction id only.
class ReadyResponse {
 public:
  void compose(std::string_view to_uri, std::string_view from_uri);
  // The whole response, good until the next call.
  std::string_view with(std::string_view transaction_id);

 private:
  std::string octets_;
  std::size_t end_at_ = 0;  // the id in the end-line
  std::size_t tid_size_ = 0;
};

}  // namespace relay
