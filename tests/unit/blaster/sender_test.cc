// The requests that a sender writes are compared, octet by octet, with vectors written by hand after RFC 4975 section 7.1; responses and
// REPORTs come as the head that the parser would make of them.
#include "blaster/sender.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "blaster/client.h"
#include "harness.h"

using namespace blaster;
using harness::at_ms;

namespace {

struct Stage {
  explicit Stage(std::uint64_t size, std::uint32_t window = 2, SendSettings with = {})
      : settings(with), content(Content::text(size)), ledger(window, tally) {
    sender.prepare("msrp://r.example.org:2855/s1;tcp msrp://b.example.org:9/b;tcp", "msrp://a.example.org:9/a;tcp");
  }
  std::string fill(std::int64_t milliseconds = 0) {
    sender.fill(outbox, at_ms(milliseconds));
    return harness::take(outbox);
  }
  void respond(const std::string& tid, std::uint16_t code) {
    msrp::Head head;
    head.is_response = true;
    head.transaction_id = tid;
    head.status_code = code;
    sender.on_response(head);
  }
  void report(const std::string& message_id, const std::string& status) {
    msrp::Head head;
    head.method = msrp::Method::report;
    head.message_id = message_id;
    head.status = status;
    sender.on_report(head);
  }
  std::string body(std::uint64_t number) const { return std::string(content.at(1, number, 0, content.size())); }

  harness::Chance chance;
  Tally tally;
  SendSettings settings;
  Content content;
  Ledger ledger;
  Sender sender{1, settings, content, ledger, chance};
  Outbox outbox;
};

std::string paths() {
  return "To-Path: msrp://r.example.org:2855/s1;tcp msrp://b.example.org:9/b;tcp\r\nFrom-Path: msrp://a.example.org:9/a;tcp\r\n";
}

}  // namespace

TEST_CASE("sender: nothing goes out before it is allowed", "[blaster]") {
  Stage stage(10);
  CHECK(stage.fill().empty());
  stage.sender.allow(1);
  CHECK_FALSE(stage.fill().empty());
  CHECK(stage.fill().empty());
  CHECK(stage.tally.messages_begun == 1);
}

TEST_CASE("sender: two small messages, octet by octet", "[blaster]") {
  Stage stage(10);
  stage.sender.allow(UINT64_MAX);
  const std::string expected = "MSRP t1 SEND\r\n" + paths() +
                               "Message-ID: 00000001.000000000000\r\nByte-Range: 1-10/10\r\nContent-Type: text/plain\r\n\r\n" +
                               stage.body(0) +
                               "\r\n-------t1$\r\n"
                               "MSRP t2 SEND\r\n" +
                               paths() + "Message-ID: 00000001.000000000001\r\nByte-Range: 1-10/10\r\nContent-Type: text/plain\r\n\r\n" +
                               stage.body(1) + "\r\n-------t2$\r\n";
  CHECK(harness::numbered(stage.fill()) == expected);
  CHECK(stage.tally.frames_sent == 2);
}

TEST_CASE("sender: report headers stand where they are asked for", "[blaster]") {
  Stage stage(1, 1, {.chunk = 0, .reports = {.success = 1, .failure_partial = 1}});
  stage.sender.allow(1);
  CHECK(harness::numbered(stage.fill()) ==
        "MSRP t1 SEND\r\n" + paths() +
            "Message-ID: 00000001.000000000000\r\nSuccess-Report: yes\r\nFailure-Report: partial\r\nByte-Range: 1-1/1\r\n" +
            "Content-Type: text/plain\r\n\r\n" + stage.body(0) + "\r\n-------t1$\r\n");
  Stage silent(1, 1, {.chunk = 0, .reports = {.failure_no = 1}});
  silent.sender.allow(1);
  CHECK(silent.fill().find("\r\nFailure-Report: no\r\n") != std::string::npos);
}

TEST_CASE("sender: an empty message has neither Content-Type nor body", "[blaster]") {
  Stage stage(0, 1);
  stage.sender.allow(1);
  CHECK(harness::numbered(stage.fill()) ==
        "MSRP t1 SEND\r\n" + paths() + "Message-ID: 00000001.000000000000\r\nByte-Range: 1-0/0\r\n-------t1$\r\n");
}

TEST_CASE("sender: a message in chunks", "[blaster]") {
  Stage stage(25, 1, {.chunk = 10});
  stage.sender.allow(1);
  const std::string body = stage.body(0);
  const std::string head = paths() + "Message-ID: 00000001.000000000000\r\nByte-Range: ";
  const std::string type = "\r\nContent-Type: text/plain\r\n\r\n";
  CHECK(harness::numbered(stage.fill()) == "MSRP t1 SEND\r\n" + head + "1-10/25" + type + body.substr(0, 10) + "\r\n-------t1+\r\n" +  //
                                               "MSRP t2 SEND\r\n" + head + "11-20/25" + type + body.substr(10, 10) + "\r\n-------t2+\r\n" +
                                               "MSRP t3 SEND\r\n" + head + "21-25/25" + type + body.substr(20) + "\r\n-------t3$\r\n");
}

TEST_CASE("sender: a chunk of more than 2048 octets is interruptible and comes in steps", "[blaster]") {
  Stage stage(1'000'000, 1);
  stage.sender.allow(1);
  std::string all = stage.fill();
  CHECK(stage.sender.has_more());
  CHECK(all.size() < 2 * Sender::outbox_octets);
  while (stage.sender.has_more()) all += stage.fill();
  const std::size_t body = all.find("\r\n\r\n") + 4;
  CHECK(all.find("Byte-Range: 1-*/1000000\r\n") != std::string::npos);
  CHECK(stage.content.matches(1, 0, 0, std::string_view(all).substr(body, 1'000'000)));
  CHECK(all.substr(body + 1'000'000) == "\r\n-------" + harness::transaction_ids(all).at(0) + "$\r\n");
}

TEST_CASE("sender: with a known range a large chunk names its last octet", "[blaster]") {
  Stage stage(10'000, 1, {.chunk = 4096, .known_range = true});
  stage.sender.allow(1);
  const std::string all = stage.fill();
  for (const char* range : {"1-4096/10000", "4097-8192/10000", "8193-10000/10000"})
    CHECK(all.find("\r\nByte-Range: " + std::string(range) + "\r\n") != std::string::npos);
}

TEST_CASE("sender: the window opens when a message is delivered and answered, not before", "[blaster]") {
  Stage stage(10, 2);
  stage.sender.allow(UINT64_MAX);
  const auto tids = harness::transaction_ids(stage.fill());
  REQUIRE(tids.size() == 2);
  stage.respond(tids[0], 200);
  CHECK(stage.fill().empty());
  stage.ledger.deliver(*stage.ledger.find(0), at_ms(5));
  CHECK(stage.tally.messages_done == 1);
  CHECK(stage.tally.latency.max() == 5'000'000);
  CHECK(harness::transaction_ids(stage.fill(5)).size() == 1);
  // The other way round.
  stage.ledger.deliver(*stage.ledger.find(1), at_ms(6));
  CHECK(stage.fill().empty());
  stage.respond(tids[1], 200);
  CHECK(harness::transaction_ids(stage.fill(6)).size() == 1);
  CHECK(stage.tally.faults_in_all() == 0);
}

TEST_CASE("sender: without failure reports delivery alone opens the window", "[blaster]") {
  Stage stage(10, 1, {.chunk = 0, .reports = {.failure_no = 1}});
  stage.sender.allow(2);
  const auto tids = harness::transaction_ids(stage.fill());
  stage.ledger.deliver(*stage.ledger.find(0), at_ms(1));
  CHECK(stage.tally.messages_done == 1);
  CHECK(harness::transaction_ids(stage.fill()).size() == 1);
  stage.respond(tids[0], 200);
  CHECK(stage.tally.of(Fault::duplicated) == 1);
}

TEST_CASE("sender: a refusal is counted and gives the window back", "[blaster]") {
  Stage stage(10, 1);
  stage.sender.allow(UINT64_MAX);
  const auto tids = harness::transaction_ids(stage.fill());
  stage.respond(tids[0], 481);
  CHECK(stage.tally.of(Fault::refused) == 1);
  CHECK(stage.tally.last_refusal == 481);
  CHECK(stage.tally.messages_done == 0);
  CHECK(harness::transaction_ids(stage.fill()).size() == 1);
}

TEST_CASE("sender: after 413 no further chunk of the message goes out", "[blaster]") {
  Stage stage(1'000'000, 1, {.chunk = 100'000});
  stage.sender.allow(2);
  const auto tids = harness::transaction_ids(stage.fill());
  REQUIRE(tids.size() == 3);
  stage.respond(tids[0], 413);
  const std::string rest = stage.fill();
  CHECK(rest.find("Message-ID: 00000001.000000000000") == std::string::npos);
  CHECK(rest.find("Message-ID: 00000001.000000000001") != std::string::npos);
}

TEST_CASE("sender: answers that nobody waits for", "[blaster]") {
  Stage stage(10, 2);
  stage.sender.allow(UINT64_MAX);
  const auto tids = harness::transaction_ids(stage.fill());
  stage.respond(tids[0], 200);
  stage.respond(tids[0], 200);
  CHECK(stage.tally.of(Fault::duplicated) == 1);
  stage.respond("abcd", 200);
  CHECK(stage.tally.of(Fault::duplicated) == 2);
  stage.respond(std::string(16, 'a') + tids[1].substr(16), 481);
  CHECK(stage.tally.of(Fault::refused) == 1);
}

TEST_CASE("sender: reports of success and of failure", "[blaster]") {
  Stage stage(10, 1);
  stage.sender.allow(UINT64_MAX);
  const auto tids = harness::transaction_ids(stage.fill());
  stage.respond(tids[0], 200);
  stage.report("00000001.000000000000", "000 200 OK");
  CHECK(stage.tally.success_reports == 1);
  stage.report("00000001.000000000000", "000 408 Request Timeout");
  CHECK(stage.tally.of(Fault::reported) == 1);
  CHECK(stage.tally.last_refusal == 408);
  CHECK_FALSE(stage.fill().empty());
  stage.report("00000002.000000000000", "000 200");
  stage.report("anything", "000 200");
  CHECK(stage.tally.of(Fault::corrupted) == 2);
}

TEST_CASE("sender: what is under way at the end is told lost and unanswered", "[blaster]") {
  Stage stage(10, 4);
  stage.sender.allow(UINT64_MAX);
  const auto tids = harness::transaction_ids(stage.fill());
  stage.respond(tids[0], 200);
  stage.ledger.deliver(*stage.ledger.find(0), at_ms(1));
  stage.respond(tids[1], 200);
  stage.ledger.deliver(*stage.ledger.find(2), at_ms(1));
  stage.sender.stop();
  CHECK(stage.fill().empty());
  stage.ledger.close();
  CHECK(stage.tally.of(Fault::lost) == 2);
  CHECK(stage.tally.of(Fault::unanswered) == 2);
  CHECK(stage.tally.messages_under_way == 0);
}

TEST_CASE("sender: a message whose success is to be reported is done when it was", "[blaster]") {
  Stage stage(10, 2, {.chunk = 0, .reports = {.success = 1}});
  stage.sender.allow(2);
  const auto tids = harness::transaction_ids(stage.fill());
  for (const std::uint64_t number : {0U, 1U}) {
    stage.respond(tids.at(number), 200);
    stage.ledger.deliver(*stage.ledger.find(number), at_ms(1));
  }
  CHECK(stage.tally.messages_delivered == 2);
  CHECK(stage.tally.messages_done == 0);
  stage.report("00000001.000000000001", "000 200 OK");
  CHECK(stage.tally.messages_done == 1);
  stage.ledger.close();
  CHECK(stage.tally.of(Fault::unreported) == 1);
  CHECK(stage.tally.faults_in_all() == 1);
}

TEST_CASE("sender: in an open loop messages begin when they are due, and latency counts from then", "[blaster]") {
  const Schedule schedule(1000);
  SendSettings settings;
  settings.schedule = &schedule;
  settings.pairs = 4;  // this one, number 1, has every fourth: due at 1, 5, 9 ms
  Stage stage(10, 2, settings);
  stage.sender.allow(UINT64_MAX);
  stage.sender.start(at_ms(100));
  CHECK(stage.fill(100).empty());
  CHECK(harness::transaction_ids(stage.fill(101)).size() == 1);
  CHECK(stage.fill(104).empty());
  CHECK(stage.ledger.find(0)->begun == at_ms(101));
  // The driver looks late, and only one finds room: the other keeps its time until the window opens.
  CHECK(harness::transaction_ids(stage.fill(120)).size() == 1);
  CHECK(stage.ledger.find(1)->begun == at_ms(105));
  stage.ledger.spoil(*stage.ledger.find(0));
  CHECK(harness::transaction_ids(stage.fill(130)).size() == 1);
  CHECK(stage.ledger.find(2)->begun == at_ms(109));
}

TEST_CASE("sender: shares of the report headers", "[blaster]") {
  Stage stage(1, 500, {.chunk = 0, .reports = {.success = 0.5, .failure_no = 0.25, .failure_partial = 0.25}});
  stage.sender.allow(500);
  const std::string text = stage.fill();
  const auto count = [&](const std::string& line) {
    int found = 0;
    for (std::size_t at = 0; (at = text.find(line, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  const int successes = count("\r\nSuccess-Report: yes\r\n"), none = count("\r\nFailure-Report: no\r\n");
  CHECK((successes > 200 && successes < 300));
  CHECK((none > 85 && none < 165));
  CHECK(count("\r\nByte-Range: 1-1/1\r\n") == 500);
  std::uint64_t awaited = 0;
  for (std::uint64_t number = 0; number < 500; ++number) awaited += stage.ledger.find(number)->unanswered;
  CHECK(awaited == 500U - none - count("\r\nFailure-Report: partial\r\n"));
}

TEST_CASE("sender: the quick way for like responses tells the same as the framer", "[blaster]") {
  for (const std::size_t step : {std::size_t{1}, SIZE_MAX}) {
    Stage stage(10, 8);
    base::BufferPool pool(1024 * 1024);
    Client client(nullptr, &stage.sender, nullptr, stage.tally, pool, stage.chance);
    client.start("msrp://a.example.org:9/a;tcp");
    stage.sender.allow(8);
    const auto tids = harness::transaction_ids(stage.fill());
    REQUIRE(tids.size() == 8);
    const auto response = [](const std::string& tid, const std::string& status) {
      return "MSRP " + tid + " " + status +
             "\r\nTo-Path: msrp://a.example.org:9/a;tcp\r\nFrom-Path: msrp://r.example.org:2855/s1;tcp\r\n-------" + tid + "$\r\n";
    };
    std::string stream;
    for (const int number : {0, 1, 2, 2, 3}) stream += response(tids[static_cast<std::size_t>(number)], "200 OK");
    stream +=
        response(tids[4], "481 No Such Session") + response(tids[5], "200 OK") + response(tids[6], "200") + response("unknown", "200 OK");
    for (std::size_t i = 0; i < stream.size(); i += step)
      client.receive(harness::slice(std::string_view(stream).substr(i, step)), at_ms(2));
    for (std::uint64_t number = 0; number < 8; ++number)
      if (Message* const message = stage.ledger.find(number)) stage.ledger.deliver(*message, at_ms(2));
    CHECK(stage.tally.messages_done == 6);
    CHECK(stage.tally.of(Fault::duplicated) == 2);
    CHECK(stage.tally.of(Fault::refused) == 1);
    stage.ledger.close();
    CHECK(stage.tally.of(Fault::unanswered) == 1);
    CHECK(stage.tally.of(Fault::lost) == 0);
  }
}
