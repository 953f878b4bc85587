// Each head lies right before a page that may not be touched. Expectations by hand; every ParseError has its vectors.
#include "msrp/head.h"

#include "framer_harness.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using msrp::FailureReport;
using msrp::Head;
using msrp::HeadLimits;
using msrp::Method;
using msrp::ParseError;

namespace {

struct Outcome {
  std::optional<ParseError> error;
  Head head;
  msrp::Answerable answerable;
  msrp_test::GuardedMemory memory{65536};
};

// Too big to hand about.
Outcome& parse(std::string_view text, bool has_body = false, const HeadLimits& limits = {}) {
  static Outcome outcome;
  const auto result = msrp::parse_head(outcome.memory.put(text), has_body, limits, outcome.head, &outcome.answerable);
  outcome.error = result ? std::nullopt : std::optional(result.error());
  return outcome;
}

const std::string to = "To-Path: msrp://bob.example.com:8888/9di4eae923wzd;tcp\r\n";
const std::string from = "From-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp\r\n";
const std::string id = "Message-ID: 12339sdqwer\r\n";
const std::string type = "Content-Type: text/plain\r\n";
std::string head_of(const std::string& method, const std::string& headers) { return "MSRP d93kswow " + method + "\r\n" + headers; }
std::string send(const std::string& headers) { return head_of("SEND", to + from + id + headers); }

}  // namespace

TEST_CASE("the SEND of RFC 4975 11.1") {
  const std::string text = head_of("SEND", to + from + id + "Byte-Range: 1-16/16\r\n" + type);
  const Outcome& o = parse(text, true);
  REQUIRE(!o.error);
  const Head& head = o.head;
  CHECK(head.octets == text);
  CHECK(head.transaction_id == "d93kswow");
  CHECK(!head.is_response);
  CHECK(head.method == Method::send);
  CHECK(head.method_name == "SEND");
  CHECK(head.has_body);
  CHECK(head.to_path.count == 1);
  CHECK(head.to_path.value == "msrp://bob.example.com:8888/9di4eae923wzd;tcp");
  CHECK(head.to_path.first().octets() == head.to_path.value);
  CHECK(head.to_path.last().octets() == head.to_path.value);
  CHECK(head.first_to.session == "9di4eae923wzd");
  CHECK(head.first_to.port == 8888);
  CHECK(head.first_from.host == "alicepc.example.com");
  CHECK(head.message_id == "12339sdqwer");
  REQUIRE(head.byte_range);
  CHECK(head.byte_range->end == 16);
  CHECK(head.byte_range_line == 3);
  CHECK(head.failure_report == FailureReport::yes);
  CHECK(!head.success_report);
  CHECK(head.content_type == "text/plain");
  CHECK(!head.expires);
  CHECK(!head.authorization);
  CHECK(!head.status);
  REQUIRE(head.line_count == 5);
  CHECK(head.lines[2].name == "Message-ID");
  CHECK(head.lines[2].value == "12339sdqwer");
  CHECK(head.lines[2].line == id);
  REQUIRE(head.find("byte-RANGE") != nullptr);
  CHECK(head.find("byte-RANGE")->value == "1-16/16");
  CHECK(head.find("Status") == nullptr);
}

TEST_CASE("a head that is parsed into again keeps nothing of the one before") {
  REQUIRE(!parse(send("Byte-Range: 1-2/2\r\nSuccess-Report: yes\r\nFailure-Report: no\r\nExpires: 5\r\nAuthorization: Digest x\r\n" + type),
                 true)
               .error);
  const Outcome& o = parse("MSRP abcd 200 OK\r\n" + to + from);
  REQUIRE(!o.error);
  CHECK(o.head.is_response);
  CHECK(o.head.method_name.empty());
  CHECK(!o.head.message_id);
  CHECK(!o.head.byte_range);
  CHECK(o.head.byte_range_line == 0);
  CHECK(!o.head.success_report);
  CHECK(o.head.failure_report == FailureReport::yes);
  CHECK(!o.head.content_type);
  CHECK(!o.head.expires);
  CHECK(!o.head.authorization);
  CHECK(o.head.line_count == 2);
}

TEST_CASE("requests of every method") {
  CHECK(parse(head_of("REPORT", to + from + id + "Byte-Range: 1-39/39\r\nStatus: 000 200 OK\r\n")).head.status == "000 200 OK");
  CHECK(!parse(head_of("REPORT", to + from + id + "Status: 000 200\r\n")).error);
  CHECK(parse("MSRP 49fh AUTH\r\nTo-Path: msrps://alice@intra.example.com;tcp\r\nFrom-Path: msrps://alice.example.com:9892/98cjs;tcp\r\n")
            .head.method == Method::auth);
  CHECK(!parse("MSRP 49fh AUTH\r\nTo-Path: msrps://alice@intra.example.com;tcp\r\nFrom-Path: msrps://alice.example.com:9892/98cjs;tcp\r\n")
             .error);
  const Outcome& nickname = parse(head_of("NICKNAME", to + from + "Use-Nickname: \"Alice\"\r\n"));
  CHECK(!nickname.error);
  CHECK(nickname.head.method == Method::other);
  CHECK(nickname.head.method_name == "NICKNAME");
  CHECK(!parse(head_of("X", to + from)).error);
  CHECK(!parse(head_of("NICKNAME", to + from + type), true).error);
}

TEST_CASE("AUTH with credentials and Expires") {
  const Outcome& o = parse(head_of("AUTH", to + from + "Expires: 900\r\nAuthorization: Digest username=\"alice\"\r\nExpires: 1\r\n"));
  REQUIRE(!o.error);
  CHECK(o.head.expires == "900");
  CHECK(o.head.authorization == "Digest username=\"alice\"");
}

TEST_CASE("responses, parsed") {
  const Outcome& o = parse("MSRP d93kswow 403 Not in my house\r\n" + to + from + "Use-Path: a b\r\n");
  REQUIRE(!o.error);
  CHECK(o.head.is_response);
  CHECK(o.head.status_code == 403);
  CHECK(o.head.comment == "Not in my house");
  CHECK(parse("MSRP d93kswow 200\r\n" + to + from).head.comment.empty());
  CHECK(!parse("MSRP d93kswow 200\r\n" + to + from).error);
  CHECK(!parse("MSRP d93kswow 200 \r\n" + to + from).error);
  CHECK(parse("MSRP d93kswow 999 x\r\n" + to + from).head.status_code == 999);
  CHECK(parse("MSRP d93kswow 000\r\n" + to + from).head.status_code == 0);
  CHECK(!parse("MSRP d93kswow 200 OK\r\n" + to + from + "Byte-Range: 1-5/5\r\n").error);
  // A relay answers AUTH with its own URI as the client wrote it, without a port.
  CHECK(!parse("MSRP d93kswow 401 Who\r\n" + to + "From-Path: msrps://relay.example.com;tcp\r\n").error);
  CHECK(parse("MSRP d93kswow 200 OK\r\n" + to + from, true).error == ParseError::end_line);
}

TEST_CASE("several URIs in a path") {
  const Outcome& o = parse(head_of(
      "SEND",
      "To-Path: msrp://a:1/x;tcp msrp://b:2/y;tcp msrp://c.invalid:3/z;ws\r\nFrom-Path: msrp://d:4/w;tcp msrp://e:5/v;tcp\r\n" + id));
  REQUIRE(!o.error);
  CHECK(o.head.to_path.count == 3);
  CHECK(o.head.to_path.uris[1].octets() == "msrp://b:2/y;tcp");
  CHECK(o.head.to_path.last().octets() == "msrp://c.invalid:3/z;ws");
  CHECK(o.head.second_to.session == "y");
  CHECK(o.head.from_path.count == 2);
  CHECK(o.head.from_path.value == "msrp://d:4/w;tcp msrp://e:5/v;tcp");
  // what lies further down is carried, not judged.
  CHECK(!parse(head_of("SEND", "To-Path: msrp://a:1/x;tcp msrp://b:2/y;tcp sctp:odd\r\n" + from + id)).error);
}

TEST_CASE("names are compared without case, and kept as spelled (R-022)") {
  const Outcome& o = parse(head_of("SEND",
                                   "TO-PATH: msrp://a:1/x;tcp\r\nfrom-path: msrp://d:4/w;tcp\r\nmessage-id: abcd\r\nBYTE-range: "
                                   "1-*/*\r\nfailure-Report: Partial\r\nSUCCESS-REPORT: YES\r\ncontent-type: a/b\r\n"),
                           true);
  REQUIRE(!o.error);
  CHECK(o.head.message_id == "abcd");
  CHECK(o.head.byte_range);
  CHECK(o.head.failure_report == FailureReport::partial);
  CHECK(o.head.success_report);
  CHECK(o.head.content_type == "a/b");
  CHECK(o.head.lines[3].name == "BYTE-range");
}

TEST_CASE("header values are utf8text (R-012)") {
  CHECK(!parse(send("Subject: gr\xC3\xBC\xC3\x9F\t\xE2\x82\xAC \xF0\x9F\x98\x80 ~\r\n")).error);
  CHECK(!parse(send("Subject: \r\n")).error);
  CHECK(!parse(send("Subject:  : \r\n")).error);
  for (const std::string& bad :
       std::vector<std::string>{"\x01", std::string(1, '\0'), "\x7F", "\x1F", "a\rb", "a\nb", "\n", "\xC3", "\xC3(", "\x80", "\xE2\x82",
                                "\xFE", "\xFF", "\xE2\x28\xA1", "a\r", "\xF0\x9F\x98"}) {
    INFO(bad);
    CHECK(parse(send("Subject: " + bad + "\r\n")).error == ParseError::header_syntax);
    CHECK(parse(send("Subject: " + std::string(40, 'x') + bad + std::string(40, 'y') + "\r\n")).error == ParseError::header_syntax);
  }
}

TEST_CASE("lines that are no headers") {
  for (const char* line : {"Subject\r\n", "Subject:x\r\n", "Subject:\r\n", "Subject : x\r\n", ": x\r\n", " folded: x\r\n", "\tfolded\r\n",
                           "Sub ject: x\r\n", "1ab: x\r\n", "a(b): x\r\n", "_x: y\r\n", "Message-ID:x\r\n"}) {
    INFO(line);
    CHECK(parse(send(line)).error == ParseError::header_syntax);
  }
  CHECK(!parse(send("X_1!#$%&'*+-.^`{|}~: y\r\n")).error);
  // Not a head by itself: half a line, an empty line, an end-line inside.
  CHECK(parse(send("Subject: x")).error == ParseError::header_syntax);
  CHECK(parse(send("\r\nSubject: x\r\n")).error == ParseError::header_syntax);
  CHECK(parse(send("-------d93kswow$\r\n")).error == ParseError::header_syntax);
}

TEST_CASE("start lines (R-001, R-002)") {
  for (const char* start :
       {"MSRP abcd SEND", "MSRP a.-+%= SEND", "MSRP 0123456789abcdefghijklmnopqrstuv SEND", "MSRP 1+++ SEND", "MSRP A--- SEND"}) {
    INFO(start);
    CHECK(!parse(start + ("\r\n" + to + from + id)).error);
  }
  for (const char* start : {"",
                            "M",
                            "MSRP",
                            "MSRP ",
                            "MSRP abcd",
                            "MSRP abcd ",
                            "msrp abcd SEND",
                            "MSRP abc SEND",
                            "MSRP 0123456789abcdefghijklmnopqrstuvw SEND",
                            "MSRP -abc SEND",
                            "MSRP .abc SEND",
                            "MSRP ab_d SEND",
                            "MSRP  abcd SEND",
                            "MSRP abcd  SEND",
                            "MSRP abcd SEND ",
                            "MSRP abcd Send",
                            "MSRP abcd SEND2",
                            "MSRP abcd SEND x",
                            "MSRP abcd 20",
                            "MSRP abcd 2000",
                            "MSRP abcd 20x",
                            "MSRP abcd 200OK",
                            "MSRP\tabcd SEND",
                            "MSRPabcd SEND",
                            "GET / HTTP/1.1",
                            "SIP/2.0 200 OK"}) {
    INFO(start);
    CHECK(parse(start + ("\r\n" + to + from + id)).error == ParseError::start_line);
    CHECK(parse(start).error == ParseError::start_line);
  }
  // A comment's octets are header text.
  CHECK(parse("MSRP abcd 200 \x01\r\n" + to + from).error == ParseError::header_syntax);
  CHECK(!parse("MSRP abcd 200 gr\xC3\xBC\xC3\x9F\r\n" + to + from).error);
}

TEST_CASE("To-Path and From-Path come first (R-003)") {
  CHECK(parse(head_of("SEND", "")).error == ParseError::path_order);
  CHECK(parse(head_of("SEND", to)).error == ParseError::path_order);
  CHECK(parse(head_of("SEND", from + to + id)).error == ParseError::path_order);
  CHECK(parse(head_of("SEND", id + to + from)).error == ParseError::path_order);
  CHECK(parse(head_of("SEND", to + id + from)).error == ParseError::path_order);
  CHECK(parse(head_of("SEND", to + to + from + id)).error == ParseError::path_order);
  CHECK(parse(head_of("SEND", to + "X: y\r\n" + from + id)).error == ParseError::path_order);
}

TEST_CASE("headers given twice (R-022)") {
  for (const std::string& line :
       {to, from, id, std::string("Byte-Range: 1-1/1\r\n"), std::string("Failure-Report: no\r\n"), std::string("Success-Report: no\r\n")}) {
    INFO(line);
    const bool there = line == to || line == from || line == id;
    CHECK(parse(send(there ? line : line + line)).error == ParseError::duplicate_header);
  }
  CHECK(parse(send(type + "CONTENT-TYPE: text/plain\r\n"), true).error == ParseError::duplicate_header);
  CHECK(!parse(send("Subject: a\r\nSubject: b\r\n")).error);
}

TEST_CASE("malformed paths and URIs") {
  const auto with_to = [](const std::string& value) { return parse(head_of("SEND", "To-Path: " + value + "\r\n" + from + id)).error; };
  const auto with_from = [](const std::string& value) { return parse(head_of("SEND", to + "From-Path: " + value + "\r\n" + id)).error; };
  for (const char* value : {"", " ", " msrp://a:1/x;tcp", "msrp://a:1/x;tcp ", "msrp://a:1/x;tcp  msrp://a:1/x;tcp", "http://a:1/x;tcp",
                            "msrp://a:1/x", "msrp://a/x;tcp", "msrp://a:0/x;tcp", "msrp://a:65536/x;tcp", "msrp://a:b/x;tcp",
                            "msrp://192.0.2.1/x;tcp", "msrp://a:1/x;tcp\t", "msrp://a:1/x;tcp,msrp://b:1/x;tcp"}) {
    INFO(value);
    CHECK(with_to(value) == ParseError::uri);
    CHECK(with_from(value) == ParseError::uri);
  }
  CHECK(with_to("msrp://a:1/x;tcp msrp://b/y;tcp") == ParseError::uri);
  CHECK(!with_from("msrp://a:1/x;tcp msrp://b/y;tcp"));  // the first of From-Path alone is parsed here
}

TEST_CASE("where a URI may lack its port (R-037)") {
  const std::string bare = "To-Path: msrps://relay.example.com;tcp\r\n";
  CHECK(!parse(head_of("AUTH", bare + from)).error);
  CHECK(parse(head_of("SEND", bare + from + id)).error == ParseError::uri);
  CHECK(parse(head_of("REPORT", bare + from + id)).error == ParseError::uri);
  CHECK(parse(head_of("AUTH", "To-Path: msrps://192.0.2.1;tcp\r\n" + from)).error == ParseError::uri);
  CHECK(parse(head_of("AUTH", "To-Path: msrps://[2001:db8::1];tcp\r\n" + from)).error == ParseError::uri);
  CHECK(!parse(head_of("AUTH", "To-Path: msrps://192.0.2.1:2855;tcp\r\n" + from)).error);
  CHECK(parse(head_of("AUTH", to + "From-Path: msrps://relay.example.com;tcp\r\n")).error == ParseError::uri);
  CHECK(!parse(head_of("AUTH", "To-Path: msrps://a.example.com:1/x;tcp msrps://relay.example.com;tcp\r\n" + from)).error);
}

TEST_CASE("values of the headers the relay reads") {
  CHECK(parse(send("Byte-Range: 1-2\r\n")).error == ParseError::byte_range);
  CHECK(parse(send("Byte-Range: 0-2/2\r\n")).error == ParseError::byte_range);
  CHECK(parse(send("Byte-Range: 99999999999999999999-*/*\r\n")).error == ParseError::byte_range);
  CHECK(parse(send("Byte-Range: \r\n")).error == ParseError::byte_range);
  for (const char* value : {"", "maybe", "yes ", " yes", "partial", "y", "no,yes"})
    CHECK(parse(send(std::string("Success-Report: ") + value + "\r\n")).error == ParseError::report_flag);
  for (const char* value : {"", "maybe", "yes ", "part", "true"})
    CHECK(parse(send(std::string("Failure-Report: ") + value + "\r\n")).error == ParseError::report_flag);
  CHECK(parse(send("Failure-Report: no\r\n")).head.failure_report == FailureReport::no);
  CHECK(parse(send("Failure-Report: partial\r\n")).head.failure_report == FailureReport::partial);
  for (const char* value : {"", "a b", "a\tb", "<abc@d>",
                            "\xC3\xBC"
                            "abc",
                            "abc "}) {
    CHECK(parse(head_of("SEND", to + from + "Message-ID: " + value + "\r\n")).error == ParseError::message_id);
  }
  CHECK(parse(head_of("SEND", to + from + "Message-ID: " + std::string(129, 'a') + "\r\n")).error == ParseError::message_id);
  CHECK(!parse(head_of("SEND", to + from + "Message-ID: 550e8400-e29b-41d4-a716-446655440000\r\n")).error);
  CHECK(parse(head_of("SEND", to + from)).error == ParseError::message_id);
  CHECK(parse(head_of("REPORT", to + from + "Status: 000 200 OK\r\n")).error == ParseError::message_id);
  CHECK(!parse(head_of("NICKNAME", to + from)).error);
  for (const char* value : {"", "000", "000 ", "000 20", "000 2000", "00 200", "000  200", "abc 200", "000 20x", "000 200OK"}) {
    CHECK(parse(head_of("REPORT", to + from + id + "Status: " + value + "\r\n")).error == ParseError::status);
  }
}

TEST_CASE("Content-Type and body belong together (R-010)") {
  CHECK(!parse(send(type), true).error);
  CHECK(parse(send(""), true).error == ParseError::content_type);
  CHECK(parse(send(type), false).error == ParseError::content_type);
  CHECK(parse(send(type + "Subject: x\r\n"), true).error == ParseError::content_type);
  CHECK(parse(send("Content-Type: \r\n"), true).error == ParseError::content_type);
  CHECK(!parse(send("Content-Disposition: inline\r\n" + type), true).error);
}

TEST_CASE("limits (R-018)") {
  std::string many = send("");
  for (int i = 0; i < 61; ++i) many += "X: y\r\n";
  CHECK(!parse(many).error);
  CHECK(parse(many).head.line_count == 64);
  CHECK(parse(many + "X: y\r\n").error == ParseError::header_lines);
  CHECK(!parse(send("X: y\r\n"), false, {8192, 4, 16}).error);
  CHECK(parse(send("X: y\r\nX: y\r\n"), false, {8192, 4, 16}).error == ParseError::header_lines);

  const std::string big = send("X: ");
  CHECK(!parse(big + std::string(8192 - big.size() - 2, 'x') + "\r\n").error);
  CHECK(parse(big + std::string(8192 - big.size() - 1, 'x') + "\r\n").error == ParseError::header_bytes);

  std::string path = "To-Path: msrp://a:1/x;tcp";
  for (int i = 1; i < 16; ++i) path += " msrp://b:1/y;tcp";
  CHECK(parse(head_of("SEND", path + "\r\n" + from + id)).head.to_path.count == 16);
  CHECK(parse(head_of("SEND", path + " msrp://b:1/y;tcp\r\n" + from + id)).error == ParseError::uris_per_path);
  CHECK(parse(head_of("SEND", to + "From-Path: msrp://a:1/x;tcp msrp://a:1/x;tcp\r\n" + id), false, {8192, 64, 1}).error ==
        ParseError::uris_per_path);
  // More than the arrays have room for is never taken, whatever the limits say.
  std::string longest = "To-Path: msrp://a:1/x;tcp";
  for (int i = 1; i < 40; ++i) longest += " msrp://b:1/y;tcp";
  CHECK(parse(head_of("SEND", longest + "\r\n" + from + id), false, {60000, 1000, 1000}).error == ParseError::uris_per_path);
  std::string lines = send("");
  for (int i = 0; i < 126; ++i) lines += "X: y\r\n";
  CHECK(parse(lines, false, {60000, 1000, 1000}).error == ParseError::header_lines);
}

TEST_CASE("what can be answered of a malformed head (R-014)") {
  const auto& good = parse(head_of(
      "SEND", "To-Path: msrp://a:1/x;tcp msrp://b:2/y;tcp\r\nFrom-Path: msrp://d:4/w;tcp msrp://e:5/v;tcp\r\nByte-Range: x\r\n" + id));
  REQUIRE(good.error == ParseError::byte_range);
  CHECK(good.answerable.transaction_id == "d93kswow");
  CHECK(good.answerable.method_name == "SEND");
  CHECK(good.answerable.first_to_uri == "msrp://a:1/x;tcp");
  CHECK(good.answerable.from_path == "msrp://d:4/w;tcp msrp://e:5/v;tcp");
  CHECK(good.answerable.first_from_uri == "msrp://d:4/w;tcp");
  CHECK(!good.answerable.failure_report_no);
  CHECK(!good.answerable.is_response);

  const auto& reversed = parse(head_of("SEND", from + to + "Failure-Report: NO\r\n"));
  CHECK(reversed.answerable.first_to_uri == "msrp://bob.example.com:8888/9di4eae923wzd;tcp");
  CHECK(reversed.answerable.first_from_uri == "msrp://alicepc.example.com:7777/iau39soe2843z;tcp");
  CHECK(reversed.answerable.failure_report_no);

  CHECK(parse("MSRP abcd 2000\r\n" + to + from).answerable.transaction_id.empty());
  CHECK(parse("MSRP abcd 200 \x01\r\n" + to + from).answerable.is_response);
  const auto& dirty = parse(head_of("SEND", "To-Path: msrp://a:1/\x01;tcp\r\n" + from + id));
  CHECK(dirty.error == ParseError::header_syntax);
  CHECK(dirty.answerable.first_to_uri.empty());
  CHECK(!dirty.answerable.first_from_uri.empty());
  CHECK(parse(send("")).answerable.transaction_id.empty());  // nothing to say of a good one
  CHECK(!msrp::parse_head(head_of("SEND", from), false, {}, parse("").head, nullptr));
}
