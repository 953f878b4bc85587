// What is written is compared with octets spelled out by hand (RFC 4976 section 3's flow among them).
#include "msrp/writer.h"

#include "framer_harness.h"

#include <array>
#include <string>

#include <catch2/catch_test_macros.hpp>

using msrp::ByteRange;
using msrp::ContinuationFlag;
using msrp::RangeStart;
using msrp::Writer;

namespace {

// Keeps the octets its head views.
struct Parsed {
  std::string octets;
  msrp::Head head;
  explicit Parsed(std::string text, bool has_body = false) : octets(std::move(text)) {
    const auto result = msrp::parse_head(octets, has_body, {}, head, nullptr);
    INFO(octets);
    REQUIRE(result);
  }
};

const std::string relayed_paths =
    "To-Path: msrps://b.example.net:9000/aeiug;tcp msrps://bob.example.net:8145/foo;tcp\r\n"
    "From-Path: msrps://a.example.org:9000/kjfjan;tcp msrps://alice.example.org:7965/bar;tcp\r\n";
const std::string moved_paths =
    "To-Path: msrps://bob.example.net:8145/foo;tcp\r\n"
    "From-Path: msrps://b.example.net:9000/aeiug;tcp msrps://a.example.org:9000/kjfjan;tcp msrps://alice.example.org:7965/bar;tcp\r\n";

std::pair<std::string, std::string> forwarded(const Parsed& parsed) {
  std::array<char, 4096> room;
  Writer writer(room);
  const std::size_t before = write_forwarded_headers(writer, parsed.head);
  REQUIRE(writer.good());
  return {std::string(writer.written().substr(0, before)), std::string(writer.written().substr(before))};
}

}  // namespace

TEST_CASE("an overflow is remembered and nothing is written behind it") {
  std::array<char, 8> room{};
  Writer writer(std::span<char>(room.data(), 6));
  writer.put("abc").put("defg").put("h");
  CHECK(!writer.good());
  CHECK(writer.written() == "abc");
  CHECK(room[6] == '\0');
  Writer exact(std::span<char>(room.data(), 6));
  exact.put("abc").put('d').put_number(12);
  CHECK(exact.good());
  CHECK(exact.written() == "abcd12");
  exact.put("");
  CHECK(exact.good());
  exact.put('x');
  CHECK(!exact.good());
}

TEST_CASE("numbers") {
  std::array<char, 64> room;
  Writer writer(room);
  writer.put_number(0).put(' ').put_number(UINT64_MAX);
  CHECK(writer.written() == "0 18446744073709551615");
}

TEST_CASE("RFC 4976 section 3: the URI moves, Byte-Range has its place, all else stays") {
  const Parsed parsed("MSRP juh76 SEND\r\n" + relayed_paths +
                          "Success-Report: yes\r\nMessage-ID: 87652\r\nByte-Range: 1-*/*\r\nContent-Type: text/plain\r\n",
                      true);
  const auto [before, after] = forwarded(parsed);
  CHECK(before == moved_paths + "Success-Report: yes\r\nMessage-ID: 87652\r\n");
  CHECK(after == "Content-Type: text/plain\r\n");
}

TEST_CASE("two own URIs move, the second foremost (R-055)") {
  const Parsed parsed(
      "MSRP juh76 SEND\r\nTo-Path: msrp://r:1/alice;tcp msrp://r:1/bob;tcp msrp://b:2/y;tcp msrp://c:3/z;tcp\r\n"
      "From-Path: msrp://a:4/x;tcp\r\nMessage-ID: 87652\r\n");
  std::array<char, 1024> room;
  Writer writer(room);
  write_forwarded_headers(writer, parsed.head, 2);
  CHECK(writer.written() ==
        "To-Path: msrp://b:2/y;tcp msrp://c:3/z;tcp\r\nFrom-Path: msrp://r:1/bob;tcp msrp://r:1/alice;tcp msrp://a:4/x;tcp\r\nMessage-ID: "
        "87652\r\n");
}

TEST_CASE("other headers are copied octet by octet, in their order (R-011)") {
  const std::string odd =
      "x-UPPER:  two  blanks \r\nEmpty: \r\nSubject: gr\xC3\xBC\xC3\x9F\t!\r\nbyte-range: 5-*/99\r\nKeep-Alive: "
      "yes\r\nContent-Disposition: inline\r\n";
  const Parsed parsed("MSRP juh76 SEND\r\n" + relayed_paths + "message-id: 87652\r\n" + odd + "content-TYPE: text/plain\r\n", true);
  const auto [before, after] = forwarded(parsed);
  CHECK(before == moved_paths + "message-id: 87652\r\nx-UPPER:  two  blanks \r\nEmpty: \r\nSubject: gr\xC3\xBC\xC3\x9F\t!\r\n");
  CHECK(after == "Keep-Alive: yes\r\nContent-Disposition: inline\r\ncontent-TYPE: text/plain\r\n");
}

TEST_CASE("a head without Byte-Range gets its place before the first MIME header") {
  const Parsed mime("MSRP juh76 SEND\r\n" + relayed_paths + "Message-ID: 87652\r\nCONTENT-id: a\r\nX-Y: z\r\nContent-Type: text/plain\r\n",
                    true);
  CHECK(forwarded(mime).first == moved_paths + "Message-ID: 87652\r\n");
  CHECK(forwarded(mime).second == "CONTENT-id: a\r\nX-Y: z\r\nContent-Type: text/plain\r\n");
  const Parsed none("MSRP juh76 SEND\r\n" + relayed_paths + "Message-ID: 87652\r\n");
  CHECK(forwarded(none).first == moved_paths + "Message-ID: 87652\r\n");
  CHECK(forwarded(none).second.empty());
  const Parsed first("MSRP juh76 NICKNAME\r\n" + relayed_paths + "Byte-Range: 1-1/1\r\n");
  CHECK(forwarded(first).first == moved_paths);
  CHECK(forwarded(first).second.empty());
  const Parsed only_paths("MSRP juh76 AUTH\r\n" + relayed_paths);
  CHECK(forwarded(only_paths).first == moved_paths);
  CHECK(forwarded(only_paths).second.empty());
}

TEST_CASE("start line, Byte-Range line, end-line") {
  std::array<char, 512> room;
  const msrp::MintedTid tid(msrp_test::family(3), 7);
  Writer writer(room);
  write_request_line(writer, tid, "SEND");
  CHECK(writer.written() == "MSRP " + std::string(tid.octets()) + " SEND\r\n");

  Writer ranges(room);
  write_byte_range(ranges, ByteRange{RangeStart(1), 16, 16});
  write_byte_range(ranges, ByteRange{RangeStart(2049), {}, 4096});
  write_byte_range(ranges, ByteRange{RangeStart(1), 0, {}});
  CHECK(ranges.written() == "Byte-Range: 1-16/16\r\nByte-Range: 2049-*/4096\r\nByte-Range: 1-0/*\r\n");

  Writer ends(room);
  write_end_line(ends, "abcd", ContinuationFlag::more, true);
  write_end_line(ends, "efgh", ContinuationFlag::end, false);
  write_end_line(ends, "ijkl", ContinuationFlag::abort, false);
  CHECK(ends.written() == "\r\n-------abcd+\r\n-------efgh$\r\n-------ijkl#\r\n");
}

TEST_CASE("a response, written") {
  std::array<char, 1024> room;
  Writer writer(room);
  write_response(writer, "d93kswow", 200, "OK", "msrp://alicepc.example.com:7777/iau39soe2843z;tcp",
                 "msrp://bob.example.com:8888/9di4eae923wzd;tcp");
  CHECK(writer.written() ==
        "MSRP d93kswow 200 OK\r\n"
        "To-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp\r\n"
        "From-Path: msrp://bob.example.com:8888/9di4eae923wzd;tcp\r\n"
        "-------d93kswow$\r\n");
  Writer bare(room);
  write_response(bare, "d93kswow", 7, "", "a b", "c", "Expires: 900\r\n");
  CHECK(bare.written() == "MSRP d93kswow 007\r\nTo-Path: a b\r\nFrom-Path: c\r\nExpires: 900\r\n-------d93kswow$\r\n");
}

TEST_CASE("a forwarded response has the previous hop's id and its URIs, whatever To-Path says (R-053)") {
  const Parsed parsed("MSRP abcdefgh 401 Go away\r\n" + relayed_paths + "WWW-Authenticate: Digest realm=\"a\"\r\nByte-Range: 1-2/3\r\n");
  std::array<char, 1024> room;
  Writer writer(room);
  write_forwarded_response(writer, parsed.head, msrp::PeerTid("49fh"), "msrps://bob.example.net:8145/foo;tcp",
                           "msrps://b.example.net:9000/aeiug;tcp");
  CHECK(writer.good());
  CHECK(writer.written() ==
        "MSRP 49fh 401 Go away\r\n" + moved_paths + "WWW-Authenticate: Digest realm=\"a\"\r\nByte-Range: 1-2/3\r\n-------49fh$\r\n");
}
