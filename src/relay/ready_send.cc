#include "relay/ready_send.h"

#include <array>
#include <cstring>

#include "msrp/repeated_head.h"
#include "msrp/status.h"
#include "msrp/tid.h"
#include "msrp/writer.h"

namespace relay {
namespace {

constexpr std::size_t tid_at = ReadySend::tid_at;
using RangeRoom = std::array<char, 96>;

std::string_view range_line(const std::optional<msrp::ByteRange>& range, RangeRoom& room) {
  msrp::Writer writer(room);
  if (range) msrp::write_byte_range(writer, *range);
  return writer.written();
}

bool same(const std::optional<msrp::ByteRange>& a, const std::optional<msrp::ByteRange>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->start.value() == b->start.value() && a->end == b->end && a->total == b->total;
}

}  // namespace

void ReadySend::compose(std::string_view headers, std::size_t before, std::string_view id, const std::optional<msrp::ByteRange>& range) {
  RangeRoom room;
  const std::string_view line = range_line(range, room);
  const auto id_at = static_cast<std::size_t>(id.data() - headers.data());
  octets_.assign("MSRP ").append(msrp::MintedTid::size, '-').append(" SEND\r\n");
  id_begin_ = octets_.size() + id_at + (id_at < before ? 0 : line.size());
  id_size_ = id.size();
  octets_.append(headers.substr(0, before));
  range_begin_ = octets_.size();
  range_size_ = line.size();
  range_ = range;
  octets_.append(line).append(headers.substr(before)).append("\r\n");
}

// `behind`: a place that moves along when it is behind what changes.
void ReadySend::replace(std::size_t begin, std::size_t& size, std::string_view by, std::size_t& behind) {
  octets_.replace(begin, size, by);
  if (behind > begin) behind += by.size() - size;
  size = by.size();
}

std::string_view ReadySend::with(std::string_view id, const std::optional<msrp::ByteRange>& range) {
  if (id.size() == id_size_) {
    std::memcpy(octets_.data() + id_begin_, id.data(), id_size_);
  } else {
    replace(id_begin_, id_size_, id, range_begin_);
  }
  if (!same(range, range_)) {
    RangeRoom room;
    replace(range_begin_, range_size_, range_line(range, room), id_begin_);
    range_ = range;
  }
  return octets_;
}

void ReadyResponse::compose(std::string_view to_uri, std::string_view from_uri) {
  std::array<char, 2 * msrp::RepeatedHead::octets_max> room;
  msrp::Writer writer(room);
  msrp::write_response(writer, {}, msrp::status_ok, "OK", to_uri, from_uri);
  CHECK(writer.good());
  constexpr std::string_view behind = "$\r\n";
  octets_.assign(writer.written());
  end_at_ = octets_.size() - behind.size();
  tid_size_ = 0;
}

std::string_view ReadyResponse::with(std::string_view transaction_id) {
  if (transaction_id.size() == tid_size_) {
    std::memcpy(octets_.data() + tid_at, transaction_id.data(), tid_size_);
    std::memcpy(octets_.data() + end_at_, transaction_id.data(), tid_size_);
    return octets_;
  }
  octets_.replace(end_at_, tid_size_, transaction_id);
  octets_.replace(tid_at, tid_size_, transaction_id);
  end_at_ += transaction_id.size() - tid_size_;
  tid_size_ = transaction_id.size();
  return octets_;
}

}  // namespace relay
