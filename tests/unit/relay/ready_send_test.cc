// Heads that are composed once and changed: each as if it had been composed anew.
#include "relay/ready_send.h"

#include <array>
#include <random>
#include <string>

#include "msrp/tid.h"
#include "msrp/writer.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

namespace {

constexpr std::string_view paths = "To-Path: msrp://b.invalid:1/b;tcp\r\nFrom-Path: msrp://a.invalid:2/a;tcp\r\n";

struct Head {
  std::string headers;
  std::size_t before = 0;
  std::size_t id_at = 0;
};

// Message-ID before or behind the place of Byte-Range.
Head head_with(const std::string& id, bool id_first) {
  Head head;
  const std::string line = "Message-ID: ";
  head.headers = paths;
  if (id_first) {
    head.id_at = head.headers.size() + line.size();
    head.headers += line + id + "\r\n";
  }
  head.before = head.headers.size();
  if (!id_first) {
    head.id_at = head.headers.size() + line.size();
    head.headers += line + id + "\r\n";
  }
  head.headers += "Content-Type: text/plain\r\n";
  return head;
}

std::string whole(const Head& head, const std::optional<msrp::ByteRange>& range) {
  std::array<char, 96> room;
  msrp::Writer writer(room);
  if (range) msrp::write_byte_range(writer, *range);
  std::string text = "MSRP " + std::string(msrp::MintedTid::size, '-') + " SEND\r\n";
  text += head.headers.substr(0, head.before);
  text += writer.written();
  return text + head.headers.substr(head.before) + "\r\n";
}

}  // namespace

TEST_CASE("a SEND with another Message-ID and Byte-Range is what it would have been if composed anew") {
  std::mt19937_64 chance(1);
  const auto some_id = [&] { return std::string(1 + chance() % 40, static_cast<char>('a' + chance() % 26)); };
  const auto some_range = [&] {
    msrp::ByteRange range = *msrp::parse_byte_range("1-*/*");
    if (chance() % 2 == 0) range = *msrp::parse_byte_range("17-18446744073709551615/*");
    if (chance() % 2 == 0) range.total = range.end = 17 + chance() % 1'000'000;
    return range;
  };
  for (int life = 0; life < 200; ++life) {
    const bool id_first = chance() % 2 == 0;
    const bool ranged = chance() % 3 != 0;
    const auto range_or_none = [&] { return ranged ? std::optional(some_range()) : std::nullopt; };
    const Head first = head_with(some_id(), id_first);
    const std::string_view headers = first.headers;
    relay::ReadySend ready;
    ready.compose(headers, first.before, headers.substr(first.id_at, headers.find('\r', first.id_at) - first.id_at), range_or_none());
    for (int frame = 0; frame < 30; ++frame) {
      const std::string id = some_id();
      const auto range = range_or_none();
      REQUIRE(ready.with(id, range) == whole(head_with(id, id_first), range));
    }
  }
}

TEST_CASE("a 200 with another transaction id is what it would have been if composed anew") {
  constexpr std::string_view to = "msrp://a.invalid:2/a;tcp";
  constexpr std::string_view from = "msrp://r.invalid:3/token;tcp";
  relay::ReadyResponse ready;
  ready.compose(to, from);
  for (const std::string tid : {"abcd", "efgh", "abcdefghijklmnopqrstuvwxyz012345", "12345", "abcd", "a-.+"}) {
    std::array<char, 512> room;
    msrp::Writer writer(room);
    msrp::write_response(writer, tid, 200, "OK", to, from);
    CHECK(ready.with(tid) == writer.written());
  }
}
