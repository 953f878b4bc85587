// A receiver gets octets written by hand through a Client (so through the framer), whole and octet by octet; its answers are compared with
// hand-written ones.
#include "blaster/receiver.h"

#include <catch2/catch_test_macros.hpp>
#include <random>
#include <string>

#include "blaster/client.h"
#include "harness.h"

using namespace blaster;
using harness::at_ms;

namespace {

constexpr const char* own = "msrp://b.example.org:9/b;tcp";
constexpr const char* from = "msrp://r.example.org:2855/s2;tcp msrp://a.example.org:9/a;tcp";

struct Stage {
  explicit Stage(std::uint64_t size, std::size_t cut = SIZE_MAX) : content(Content::text(size)), ledger(4, tally), step(cut) {
    receiver.prepare(own, from);
    client.start(own);
  }
  void begin(int messages = 1) {
    for (int i = 0; i < messages; ++i) {
      Message& message = ledger.begin(at_ms(0));
      message.size = content.size();
      message.all_sent = true;
      message.unanswered = 0;
    }
  }
  std::string receive(const std::string& octets) {
    for (std::size_t i = 0; i < octets.size(); i += step)
      client.receive(harness::slice(std::string_view(octets).substr(i, step)), at_ms(3));
    return harness::take(client.outbox());
  }
  std::string frame(const std::string& tid, const std::string& id, const std::string& range, const std::string& body,
                    const std::string& more = "", char flag = '$') const {
    return "MSRP " + tid + " SEND\r\nTo-Path: " + own + "\r\nFrom-Path: " + from + "\r\nMessage-ID: " + id + "\r\n" + more +
           "Byte-Range: " + range + "\r\nContent-Type: text/plain\r\n\r\n" + body + "\r\n-------" + tid + flag + "\r\n";
  }
  std::string body(std::uint64_t number) const { return std::string(content.at(1, number, 0, content.size())); }

  harness::Chance chance;
  Tally tally;
  base::BufferPool pool{1024 * 1024};
  Content content;
  Ledger ledger;
  Receiver receiver{1, content, ledger};
  Client client{nullptr, nullptr, &receiver, tally, pool, chance};
  std::size_t step;
};

const std::string id0 = "00000001.000000000000", id1 = "00000001.000000000001";

std::string answer(const std::string& tid) {
  return "MSRP " + tid + " 200 OK\r\nTo-Path: msrp://r.example.org:2855/s2;tcp\r\nFrom-Path: msrp://b.example.org:9/b;tcp\r\n-------" +
         tid + "$\r\n";
}

}  // namespace

TEST_CASE("receiver: messages are delivered and answered, however they are cut", "[blaster]") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100}, SIZE_MAX}) {
    Stage stage(64, step);
    stage.begin(2);
    CHECK(stage.receive(stage.frame("aaaa", id0, "1-64/64", stage.body(0)) + stage.frame("bbbb", id1, "1-64/64", stage.body(1))) ==
          answer("aaaa") + answer("bbbb"));
    CHECK(stage.tally.messages_delivered == 2);
    CHECK(stage.tally.messages_done == 2);
    CHECK(stage.tally.frames_delivered == 2);
    CHECK(stage.tally.octets_delivered == 128);
    CHECK(stage.tally.latency.max() == 3'000'000);
    CHECK(stage.tally.faults_in_all() == 0);
  }
}

TEST_CASE("receiver: an empty message", "[blaster]") {
  Stage stage(0);
  stage.begin();
  const std::string frame = std::string("MSRP aaaa SEND\r\nTo-Path: ") + own + "\r\nFrom-Path: " + from + "\r\nMessage-ID: " + id0 +
                            "\r\nByte-Range: 1-0/0\r\n-------aaaa$\r\n";
  CHECK(stage.receive(frame) == answer("aaaa"));
  CHECK(stage.tally.messages_delivered == 1);
  CHECK(stage.tally.faults_in_all() == 0);
}

TEST_CASE("receiver: a message in chunks that a relay cut anew", "[blaster]") {
  Stage stage(30);
  stage.begin();
  const std::string body = stage.body(0);
  std::string answers = stage.receive(stage.frame("aaaa", id0, "1-*/30", body.substr(0, 7), "", '+'));
  answers += stage.receive(stage.frame("bbbb", id0, "8-*/30", "", "", '+'));
  CHECK(stage.tally.messages_delivered == 0);
  answers += stage.receive(stage.frame("cccc", id0, "8-30/30", body.substr(7)));
  CHECK(answers == answer("aaaa") + answer("bbbb") + answer("cccc"));
  CHECK(stage.tally.messages_delivered == 1);
  CHECK(stage.tally.frames_delivered == 3);
  CHECK(stage.tally.faults_in_all() == 0);
}

TEST_CASE("receiver: Failure-Report no and partial are not answered, Success-Report is reported", "[blaster]") {
  Stage stage(5);
  stage.begin(2);
  CHECK(stage.receive(stage.frame("aaaa", id0, "1-5/5", stage.body(0), "Failure-Report: no\r\n")).empty());
  const std::string report =
      stage.receive(stage.frame("bbbb", id1, "1-5/5", stage.body(1), "Failure-Report: partial\r\nSuccess-Report: yes\r\n"));
  CHECK(harness::numbered(report) == std::string("MSRP t1 REPORT\r\nTo-Path: ") + from + "\r\nFrom-Path: " + own +
                                         "\r\nMessage-ID: " + id1 + "\r\nByte-Range: 1-5/5\r\nStatus: 000 200 OK\r\n-------t1$\r\n");
}

TEST_CASE("receiver: a wrong octet is corruption, and the frame is answered all the same", "[blaster]") {
  Stage stage(64);
  stage.begin();
  std::string body = stage.body(0);
  body[40] ^= 1;
  CHECK(stage.receive(stage.frame("aaaa", id0, "1-64/64", body)) == answer("aaaa"));
  CHECK(stage.tally.of(Fault::corrupted) == 1);
  CHECK(stage.tally.messages_delivered == 0);
}

TEST_CASE("receiver: too short, too long, a gap, a wrong total", "[blaster]") {
  for (const auto& [range, change] : {std::pair<std::string, int>{"1-63/64", -1}, {"1-65/64", 1}, {"2-65/64", 0}, {"1-64/65", 0}}) {
    Stage stage(64);
    stage.begin();
    std::string body = stage.body(0);
    if (change < 0) body.pop_back();
    if (change > 0) body += 'x';
    // "1-65/64" is no Byte-Range at all.
    stage.receive(stage.frame("aaaa", id0, range, body));
    CHECK(stage.tally.messages_delivered == 0);
    CHECK(stage.tally.faults_in_all() == 1);
  }
}

TEST_CASE("receiver: a message twice is a duplicate, while its slot lives and after", "[blaster]") {
  Stage stage(8);
  stage.begin();
  const std::string frame = stage.frame("aaaa", id0, "1-8/8", stage.body(0));
  stage.receive(frame);
  stage.receive(frame);
  CHECK(stage.tally.of(Fault::duplicated) == 1);
  CHECK(stage.tally.messages_delivered == 1);
  Stage unanswered(8);
  unanswered.begin();
  unanswered.ledger.find(0)->unanswered = 1;
  unanswered.receive(frame);
  unanswered.receive(frame);
  CHECK(unanswered.tally.of(Fault::duplicated) == 1);
  CHECK(unanswered.tally.messages_delivered == 1);
}

TEST_CASE("receiver: loss, duplication, corruption and wrong order are told apart", "[blaster]") {
  const auto faults = [](std::initializer_list<int> order) {
    Stage stage(20);
    stage.begin(2);
    const std::string frames[] = {stage.frame("aaaa", id0, "1-10/20", stage.body(0).substr(0, 10), "", '+'),
                                  stage.frame("bbbb", id0, "11-20/20", stage.body(0).substr(10)),
                                  stage.frame("cccc", id1, "1-20/20", stage.body(1))};
    for (const int at : order) stage.receive(frames[at]);
    stage.ledger.close();
    return stage.tally;
  };
  CHECK(faults({0, 1, 2}).faults_in_all() == 0);
  const auto is_only = [](const Tally& tally, Fault fault) { return tally.of(fault) == 1 && tally.faults_in_all() == 1; };
  CHECK(is_only(faults({1, 0, 2}), Fault::misordered));     // chunks
  CHECK(is_only(faults({2, 0, 1}), Fault::misordered));     // messages
  CHECK(is_only(faults({1, 2}), Fault::lost));              // the first chunk never comes
  CHECK(is_only(faults({0, 2}), Fault::lost));              // the second
  CHECK(is_only(faults({0, 1}), Fault::lost));              // a whole message
  CHECK(is_only(faults({0, 0, 1, 2}), Fault::duplicated));  // a chunk
  CHECK(is_only(faults({0, 1, 2, 2}), Fault::duplicated));  // a message
}

TEST_CASE("receiver: messages of many sizes are held to their own", "[blaster]") {
  Stage stage(0);
  stage.content = Content::mix({Kind{.name = "some", .smallest = 10, .largest = 90}});
  for (std::uint64_t number = 0; number < 2; ++number) {
    Message& message = stage.ledger.begin(at_ms(0));
    message.size = stage.content.shape_of(1, number).size;
    message.all_sent = true;
  }
  const std::uint64_t size = stage.ledger.find(0)->size;
  const std::string text = std::to_string(size), body(stage.content.at(1, 0, 0, size));
  stage.receive(stage.frame("aaaa", id0, "1-" + text + "/" + text, body));
  CHECK(stage.tally.messages_done == 1);
  const std::uint64_t more = stage.ledger.find(1)->size + 1;
  const std::string total = std::to_string(more);
  stage.receive(stage.frame("bbbb", id1, "1-" + total + "/" + total, std::string(stage.content.at(1, 1, 0, more))));
  CHECK(stage.tally.of(Fault::corrupted) == 1);
}

TEST_CASE("receiver: messages of others, and paths that are not what they should be", "[blaster]") {
  Stage stage(8);
  stage.begin();
  stage.receive(stage.frame("aaaa", "00000002.000000000000", "1-8/8", stage.body(0)));
  stage.receive(stage.frame("bbbb", "00000001.000000000009", "1-8/8", stage.body(0)));
  stage.receive(stage.frame("cccc", "stranger", "1-8/8", stage.body(0)));
  CHECK(stage.tally.of(Fault::corrupted) == 3);
  std::string frame = stage.frame("dddd", id0, "1-8/8", stage.body(0));
  frame.replace(frame.find("/s2;tcp"), 3, "/s3");
  stage.receive(frame);
  CHECK(stage.tally.of(Fault::misaddressed) == 1);
}

TEST_CASE("receiver: an aborted chunk", "[blaster]") {
  Stage stage(8);
  stage.begin();
  CHECK(stage.receive(stage.frame("aaaa", id0, "1-*/8", stage.body(0).substr(0, 4), "", '#')) == answer("aaaa"));
  CHECK(stage.tally.of(Fault::aborted) == 1);
  CHECK(stage.tally.messages_delivered == 0);
}

TEST_CASE("receiver: the quick way for like frames tells the same as the framer, whatever is wrong with them", "[blaster]") {
  std::mt19937 random(42);
  for (int run = 0; run < 300; ++run) {
    // Whole slices go the quick way, single octets never do.
    Stage quick(64), slow(64, 1);
    std::string stream;
    for (std::uint64_t number = 0; number < 4; ++number) {
      std::string frame = quick.frame("tid" + std::to_string(1000 + number), "00000001.00000000000" + std::to_string(number), "1-64/64",
                                      quick.body(number));
      if (random() % 4 == 0) frame += frame;
      // Octets of the body, of the Message-ID and of the paths; other ones make frames that the framer refuses, which ends the comparison.
      if (run > 0 && random() % 3 == 0) {
        const std::size_t at = random() % 3 == 0   ? frame.find("Message-ID: ") + 12 + random() % 21
                               : random() % 2 == 0 ? frame.find("/s2;tcp") + 2
                                                   : frame.find("\r\n\r\n") + 4 + random() % 64;
        frame[at] = static_cast<char>('0' + random() % 10);
      }
      stream += frame;
    }
    quick.begin(4);
    slow.begin(4);
    const std::string quick_answers = quick.receive(stream), slow_answers = slow.receive(stream);
    REQUIRE(quick_answers == slow_answers);
    REQUIRE(quick.tally.faults == slow.tally.faults);
    REQUIRE(quick.tally.messages_delivered == slow.tally.messages_delivered);
    REQUIRE(quick.tally.frames_delivered == slow.tally.frames_delivered);
    REQUIRE(quick.tally.octets_delivered == slow.tally.octets_delivered);
    if (run == 0) REQUIRE(quick.tally.messages_delivered == 4);
  }
}
