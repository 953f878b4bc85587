// What a RepeatedHead matches must be what parse_head() would say: the same head but for the three fields. Heads are made by chance from
// pieces that are nearly alike, so that most of what could be confused is; one octet is changed in many of them.
#include "msrp/repeated_head.h"

#include "framer_harness.h"

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using msrp::Head;
using msrp::HeadFields;
using msrp::RepeatedHead;

namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33U) % bound;
  }
  template <class Item>
  const Item& one_of(const std::vector<Item>& items) {
    return items[below(items.size())];
  }

 private:
  std::uint64_t state_;
};

const std::string paths =
    "To-Path: msrp://relay.example.org:2855/AbCdEfGhIjKlMnOpQrStUvW;tcp msrp://192.0.2.7:7654/bob;tcp\r\n"
    "From-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp\r\n";

struct Sample {
  std::string octets;
  bool response = false;
};

// A frame up to behind its empty line, or a whole response.
Sample sample(Dice& dice) {
  const std::string tid = dice.one_of<std::string>({"d93kswow", "a786hjs2", "abcd", "0123456789abcdef0123456789abcdef", "d93ksw.w"});
  const std::string to = dice.below(4) == 0
                             ? "To-Path: msrp://relay.example.org:2855/AbCdEfGhIjKlMnOpQrStUvX;tcp msrp://192.0.2.7:7654/bob;tcp\r\n"
                               "From-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp\r\n"
                             : paths;
  if (dice.below(3) == 0) {
    const std::string status = dice.one_of<std::string>({"200 OK", "200 OK", "200", "413 Stop"});
    const std::string flag = dice.one_of<std::string>({"$", "$", "$", "+", "#"});
    const std::string more = dice.one_of<std::string>({"", "", "Message-ID: 1\r\n"});
    return {"MSRP " + tid + " " + status + "\r\n" + to + more + "-------" + tid + flag + "\r\n", true};
  }
  const std::string id =
      "Message-ID: " + dice.one_of<std::string>({"1", "12339sdqwer", "87652", "x.y-z+%=", std::string(128, 'm'), "a b", ""}) + "\r\n";
  const std::string range =
      dice.one_of<std::string>({"", "Byte-Range: 1-16/16\r\n", "Byte-Range: 1-8/8\r\n", "Byte-Range: 1-*/*\r\n",
                                "Byte-Range: 17-18446744073709551615/*\r\n", "Byte-Range: 0-1/2\r\n", "Byte-Range: 1-16/16x\r\n"});
  const std::string reports = dice.one_of<std::string>({"", "", "Failure-Report: no\r\n", "Success-Report: yes\r\n"});
  const std::string fields = dice.below(3) == 0 ? range + id : id + range;
  return {"MSRP " + tid + " " + dice.one_of<std::string>({"SEND", "SEND", "SEND", "REPORT", "XSEND"}) + "\r\n" + to + fields + reports +
          dice.one_of<std::string>(
              {"Content-Type: text/plain\r\n\r\n", "Content-Type: text/plain\r\n\r\n", "Content-Type: text/html\r\n\r\n"})};
}

struct Parsed {
  bool good = false;
  std::unique_ptr<Head> head = std::make_unique<Head>();
};

Parsed parse(const Sample& frame, const msrp::HeadLimits& limits = {}) {
  Parsed parsed;
  const std::size_t end = frame.response ? frame.octets.rfind("-------") : frame.octets.size() - 2;
  parsed.good = msrp::parse_head(std::string_view(frame.octets).substr(0, end), !frame.response, limits, *parsed.head, nullptr).has_value();
  if (!frame.octets.ends_with("\r\n")) parsed.good = false;
  const std::string end_line = "-------" + std::string(parsed.head->transaction_id) + "$\r\n";
  if (frame.response && (end == std::string::npos || frame.octets.substr(end) != end_line)) parsed.good = false;
  return parsed;
}

std::string line_names(const Head& head) {
  std::string names;
  for (const msrp::HeaderLine& line : head.all_lines()) names.append(line.name).append(",");
  return names;
}

// All but the fields.
bool same(const Head& a, const Head& b) {
  if (a.is_response != b.is_response || a.method_name != b.method_name || a.status_code != b.status_code || a.comment != b.comment)
    return false;
  if (a.to_path.value != b.to_path.value || a.from_path.value != b.from_path.value || line_names(a) != line_names(b)) return false;
  return a.failure_report == b.failure_report && a.success_report == b.success_report && a.content_type == b.content_type &&
         a.message_id.has_value() == b.message_id.has_value() && a.byte_range.has_value() == b.byte_range.has_value();
}

bool same_range(const std::optional<msrp::ByteRange>& a, const std::optional<msrp::ByteRange>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->start == b->start && a->end == b->end && a->total == b->total;
}

bool matches(const RepeatedHead& known, std::string_view input, HeadFields& fields, const msrp::HeadLimits& limits = {}) {
  const std::string_view tid = RepeatedHead::transaction_id_of(input);
  return !tid.empty() && RepeatedHead::has_key(input, tid) && known.matches(input, tid, limits, fields);
}

}  // namespace

TEST_CASE("what matches is what the parser would say, and what differs in the three fields alone matches") {
  Dice dice(7);
  int learnt = 0;
  int matched = 0;
  int likes = 0;
  msrp_test::GuardedMemory memory{65536};
  for (int round = 0; round < 60'000; ++round) {
    const Sample first = sample(dice);
    const Parsed before = parse(first);
    if (!before.good) continue;
    RepeatedHead known;
    const bool may_be_learnt = before.head->is_response || before.head->method == msrp::Method::send;
    REQUIRE(known.learn(*before.head) == may_be_learnt);
    if (!may_be_learnt) continue;
    ++learnt;
    Sample second = sample(dice);
    if (dice.below(3) == 0) second.octets[dice.below(second.octets.size())] = "\r\n -$aZ0:/;\xC3\x00"[dice.below(12)];
    const Parsed after = parse(second);
    HeadFields fields;
    // What follows a frame plays no part, and nothing behind the octets is read.
    const bool more = dice.below(2) == 0;
    const std::string octets = second.octets + (more ? "hello, and more of it than an id" : "");
    const std::string_view input = memory.put(octets);
    INFO(first.octets << "\n" << second.octets);
    const bool good = matches(known, input, fields);
    const bool alike = after.good && first.response == second.response && same(*before.head, *after.head);
    likes += alike;
    if (good) {
      ++matched;
      REQUIRE(alike);
      CHECK(fields.size == second.octets.size());
      CHECK(fields.transaction_id == after.head->transaction_id);
      if (!second.response) CHECK(fields.message_id == after.head->message_id);
      CHECK(same_range(fields.byte_range, after.head->byte_range));
      CHECK(RepeatedHead::key_of(input, fields.transaction_id, 5) == RepeatedHead::key_of(first.octets, before.head->transaction_id, 5));
    }
  }
  CHECK(learnt > 20'000);
  CHECK(matched > 250);
  CHECK(likes == matched);
}

TEST_CASE("a head that is cut anywhere, or too long, is not matched; nothing is learnt from what has no usual form") {
  const std::string send = "MSRP d93kswow SEND\r\n" + paths + "Message-ID: 1\r\nByte-Range: 1-5/5\r\nContent-Type: text/plain\r\n\r\n";
  const std::string response = "MSRP d93kswow 200 OK\r\n" + paths + "-------d93kswow$\r\n";
  for (const Sample& frame : {Sample{send, false}, Sample{response, true}}) {
    const Parsed parsed = parse(frame);
    REQUIRE(parsed.good);
    RepeatedHead known;
    REQUIRE(known.learn(*parsed.head));
    HeadFields fields;
    for (std::size_t size = 0; size < frame.octets.size(); ++size) CHECK(!matches(known, frame.octets.substr(0, size), fields));
    CHECK(matches(known, frame.octets, fields));
    CHECK(!matches(known, frame.octets, fields, {.bytes = frame.octets.size() - 1}));
    CHECK(known.octets().substr(known.place_of(*parsed.head, parsed.head->from_path.value)).starts_with(parsed.head->from_path.value));
    // Another id in the end-line, another flag.
    if (frame.response) {
      std::string other = frame.octets;
      other[other.rfind('w')] = 'x';
      CHECK(!matches(known, other, fields));
      other = frame.octets;
      other[other.rfind('$')] = '+';
      CHECK(!matches(known, other, fields));
    }
  }
  RepeatedHead known;
  const Sample long_one{
      "MSRP d93kswow SEND\r\n" + paths + "Message-ID: 1\r\nX: " + std::string(600, 'x') + "\r\nContent-Type: text/plain\r\n\r\n", false};
  const Parsed parsed = parse(long_one);
  REQUIRE(parsed.good);
  CHECK(!known.learn(*parsed.head));
  HeadFields fields;
  CHECK(!matches(known, long_one.octets, fields));
}

TEST_CASE("an id is made of ident characters, whatever lies behind it") {
  const std::string all = [] {
    std::string octets;
    for (int c = 0; c < 256; ++c) octets += static_cast<char>(c);
    return octets;
  }();
  msrp_test::GuardedMemory memory{65536};
  for (std::size_t size = 1; size <= 33; ++size) {
    for (const char c : all) {
      // `c` in the last place of an id of that size.
      std::string id(size - 1, 'q');
      id += c;
      const bool ident = std::string_view(".-+%=").find(c) != std::string_view::npos || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                         (c >= 'A' && c <= 'Z');
      const bool begins = size > 1 || (ident && std::string_view(".-+%=").find(c) == std::string_view::npos);
      const std::string octets = "MSRP " + id + " SEND\r\nTo-Path: msrp://relay.example.org:2855/";
      const std::string_view found = RepeatedHead::transaction_id_of(memory.put(octets));
      const bool good = ident && begins && size >= 4 && size <= 32;
      // A blank ends the id before: then there is another blank behind it.
      const bool shorter = c == ' ' && size - 1 >= 4 && size - 1 <= 32;
      CHECK(found == (good ? std::string_view(id) : shorter ? std::string_view(id).substr(0, size - 1) : std::string_view()));
    }
  }
}
