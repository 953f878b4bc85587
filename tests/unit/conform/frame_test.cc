// The suite's own writer and reader of frames: strict, whatever the cuts.
#include "conform/frame.h"

#include <catch2/catch_test_macros.hpp>

using conform::Frame;
using conform::FrameReader;

namespace {

const std::string head = "To-Path: msrp://a.example:1/x;tcp\r\nFrom-Path: msrp://b.example:2/y;tcp msrps://c.example:3/z;ws\r\n";

Frame sample() {
  Frame frame;
  frame.tid = "abc+1234";
  frame.method = "SEND";
  frame.to = {"msrp://a.example:1/x;tcp"};
  frame.from = {"msrp://b.example:2/y;tcp", "msrps://c.example:3/z;ws"};
  frame.headers = {{"Message-ID", "m123"}, {"Byte-Range", "1-*/9"}, {"Content-Type", "text/plain"}};
  frame.body = "a\r\n-------abc+1234!\r\n-------abc+123$\r\n";
  frame.flag = '+';
  return frame;
}

// What the reader says of octets that are no frame.
std::string fault_of(const std::string& octets) {
  FrameReader reader;
  reader.feed(octets);
  CHECK_FALSE(reader.next());
  return reader.fault();
}

}  // namespace

TEST_CASE("a frame is written as RFC 4975 spells it") {
  const Frame frame = sample();
  CHECK(frame.encode() == "MSRP abc+1234 SEND\r\n" + head +
                              "Message-ID: m123\r\nByte-Range: 1-*/9\r\nContent-Type: text/plain\r\n\r\n"
                              "a\r\n-------abc+1234!\r\n-------abc+123$\r\n\r\n-------abc+1234+\r\n");
}

TEST_CASE("what was written is read again, cut at any octet") {
  const Frame frame = sample();
  const std::string octets = frame.encode();
  for (std::size_t cut = 0; cut <= octets.size(); ++cut) {
    FrameReader reader;
    reader.feed(octets.substr(0, cut));
    auto got = reader.next();
    if (cut < octets.size()) {
      REQUIRE_FALSE(got);
      reader.feed(octets.substr(cut));
      got = reader.next();
    }
    REQUIRE(got);
    CHECK(got->encode() == octets);
    CHECK(got->method == "SEND");
    CHECK(got->from.size() == 2);
    CHECK(got->flag == '+');
    CHECK(reader.empty());
    CHECK(reader.fault().empty());
  }
}

TEST_CASE("no body and an empty body are two") {
  FrameReader reader;
  reader.feed("MSRP abcd SEND\r\n" + head + "Content-Type: a/b\r\n\r\n\r\n-------abcd$\r\nMSRP abcd SEND\r\n" + head + "-------abcd$\r\n");
  const auto empty = reader.next(), none = reader.next();
  REQUIRE(empty);
  REQUIRE(none);
  CHECK(empty->body == "");
  CHECK_FALSE(none->body);
}

TEST_CASE("responses, with and without a comment") {
  FrameReader reader;
  reader.feed("MSRP abcd 200\r\n" + head + "-------abcd$\r\nMSRP abcd 481 No Such\r\n" + head + "-------abcd$\r\n");
  const auto first = reader.next(), second = reader.next();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->is_response());
  CHECK(first->code == 200);
  CHECK(first->comment.empty());
  CHECK(second->code == 481);
  CHECK(second->comment == "No Such");
}

TEST_CASE("the head of a frame is there before its end") {
  FrameReader reader;
  const std::string octets = sample().encode();
  reader.feed(octets.substr(0, octets.find("\r\n\r\n") + 4 + 3));
  CHECK_FALSE(reader.next());
  REQUIRE(reader.in_progress() != nullptr);
  CHECK(reader.in_progress()->tid == "abc+1234");
  CHECK(reader.octets_of_body() == 3);
}

TEST_CASE("the reader tells what is no frame") {
  const std::string start = "MSRP abcd SEND\r\n";
  CHECK(fault_of("HTTP/1.1 400 Bad\r\n").starts_with("no MSRP start line"));
  CHECK(fault_of("msrp").starts_with("no MSRP start line"));
  CHECK(fault_of("MSRP abc SEND\r\n" + head + "-------abc$\r\n").starts_with("transaction id"));
  CHECK(fault_of("MSRP .abc SEND\r\n" + head + "-------.abc$\r\n").starts_with("transaction id"));
  CHECK(fault_of("MSRP abcd send\r\n" + head + "-------abcd$\r\n").starts_with("method"));
  CHECK(fault_of("MSRP abcd 2000\r\n" + head + "-------abcd$\r\n").starts_with("status line"));
  CHECK(fault_of(start + "From-Path: msrp://b:2;tcp\r\nTo-Path: msrp://a:1;tcp\r\n-------abcd$\r\n").starts_with("To-Path and From-Path"));
  CHECK(fault_of(start + "To-Path: msrp://a:1;tcp\r\n-------abcd$\r\n").starts_with("a path header is missing"));
  CHECK(fault_of(start + "To-Path: msrp://a:1;tcp  msrp://b:2;tcp\r\nFrom-Path: msrp://a:1;tcp\r\n-------abcd$\r\n").starts_with("URI"));
  CHECK(fault_of(start + head + "No-Blank:x\r\n-------abcd$\r\n").starts_with("header line"));
  CHECK(fault_of(start + head + "X-Nul: \x01\r\n-------abcd$\r\n").starts_with("header value"));
  CHECK(fault_of(start + head + "X-Latin: \xe9\r\n-------abcd$\r\n").starts_with("header value"));
  CHECK(fault_of(start + head + "Byte-Range: 1-2\r\n-------abcd$\r\n").starts_with("Byte-Range"));
  CHECK(fault_of(start + head + "Content-Type: a/b\r\n-------abcd$\r\n").starts_with("Content-Type without"));
  CHECK(fault_of(start + head + "X-A: b\r\n\r\nbody\r\n-------abcd$\r\n").starts_with("body without"));
  CHECK(fault_of(start + head + "Content-Type: a/b\r\nX-A: b\r\n\r\nbody\r\n-------abcd$\r\n").starts_with("header behind"));
  CHECK(fault_of("MSRP abcd 200 OK\r\n" + head + "-------abcd+\r\n").starts_with("response that continues"));
  CHECK(fault_of("MSRP abcd 200 OK\r\n" + head + "Content-Type: a/b\r\n\r\nx\r\n-------abcd$\r\n").starts_with("response with a body"));
  CHECK(fault_of(start + head + "-------abcd!\r\n").starts_with("end-line"));
}

TEST_CASE("Byte-Range: numbers, stars, and nothing else") {
  REQUIRE(conform::parse_range("1-5/9"));
  CHECK(conform::parse_range("1-5/9")->end == 5U);
  CHECK_FALSE(conform::parse_range("1-*/*")->end);
  CHECK_FALSE(conform::parse_range("1-*/*")->total);
  CHECK(conform::parse_range("1-*/99999999999999999999999999")->total == UINT64_MAX);
  for (const char* bad : {"", "1", "1-5", "-5/9", "1-5/", "*-5/9", "1-5/9x", "a-b/c", "1/5-9"}) CHECK_FALSE(conform::parse_range(bad));
}

TEST_CASE("headers are put before Content-Type") {
  Frame frame = sample();
  frame.set("Failure-Report", "no").set("Byte-Range", "2-3/4").add("X-A", "1");
  CHECK(frame.headers.back().first == "Content-Type");
  CHECK(frame.value("failure-report") == "no");
  CHECK(frame.value("Byte-Range") == "2-3/4");
  CHECK(frame.remove("X-A").header("X-A") == nullptr);
}
