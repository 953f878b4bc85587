// REPORTs that the relay makes: to whom, about what; and what makes none.
#include <algorithm>

#include "conform/cases.h"

namespace conform {
namespace {

// alice's chunk fails at bob with 481; the REPORT.
Frame failed_chunk(Party& alice, Party& bob, const Frame& chunk) {
  alice.send(chunk);
  const Frame got = bob.receive();
  bob.answer(got, 481, "No Such Session");
  return alice.report_on(chunk);
}

void add_contents(Suite& suite) {
  struct Vector {
    const char* sent;
    const char* body;
    const char* reported;
  };
  for (const Vector& vector : {Vector{"1-5/5", "hello", "1-5/5"}, Vector{"1-*/5", "hello", "1-5/5"}, Vector{"1-*/*", "hello", "1-5/*"},
                               Vector{"11-15/100", "hello", "11-15/100"}, Vector{"11-*/100", "hello", "11-15/100"},
                               Vector{"1-9/9", "hello", "1-5/9"}, Vector{"4294967297-*/*", "hello", "4294967297-4294967301/*"}}) {
    suite.add("R-110", std::string("a chunk of 5 octets with Byte-Range ") + vector.sent + " is reported as " + vector.reported,
              [vector](Stage& stage) {
                auto [alice, bob] = two(stage);
                Frame chunk = alice.message(bob.path(), vector.body);
                const Frame report = failed_chunk(alice, bob, chunk.set("Byte-Range", vector.sent));
                expect_equal(vector.reported, report.value("Byte-Range"), "Byte-Range");
              });
  }
  suite.add("R-110", "a chunk without Byte-Range is reported from octet 1 on", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame chunk = alice.message(bob.path());
    const Frame report = failed_chunk(alice, bob, chunk.remove("Byte-Range"));
    const auto range = report.range();
    expect(range && range->start == 1 && range->end == 5U, "Byte-Range 1-5/5 or 1-5/*", report.value("Byte-Range"));
  });
  suite.add("R-109", "the REPORT is addressed to the whole From-Path of the SEND", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    Frame frame = anna.message(alice.path());
    frame.from = {anna.uri, "msrps://r.example.net:2855/r;tcp", "msrps://far.invalid:2855/f;tcp"};
    anna.send(frame);
    alice.answer(alice.receive(), 413, "Stop");
    const Frame report = anna.report_on(frame);
    expect_equal(join(frame.from), join(report.to), "To-Path");
    expect_equal(alice.use_path, join(report.from), "From-Path");
  });
  suite.add("R-109", "Status has namespace 000, the code of the next hop", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame report = failed_chunk(alice, bob, alice.message(bob.path()));
    expect(report.value("Status").starts_with("000 481"), "Status: 000 481", report.value("Status"));
  });
  suite.add("R-109", "a REPORT comes with the Message-ID of the SEND, and no body", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame chunk = alice.message(bob.path());
    const Frame report = failed_chunk(alice, bob, chunk);
    expect_equal(chunk.value("Message-ID"), report.value("Message-ID"), "Message-ID");
    expect(!report.body && report.flag == '$', "no body", describe(report));
  });
  suite.add("R-107 R-110", "each failing chunk of a message is reported with its own range", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string id = stage.id("m");
    for (int i = 0; i < 3; ++i) {
      Frame chunk = alice.message(bob.path(), "12345");
      chunk.set("Message-ID", id).set("Byte-Range", std::to_string(i * 5 + 1) + "-" + std::to_string(i * 5 + 5) + "/15");
      chunk.flag = i < 2 ? '+' : '$';
      alice.send(chunk);
      bob.answer(bob.receive(), 408, "No");
      const Frame report = alice.report_on(chunk);
      expect_equal(chunk.value("Byte-Range"), report.value("Byte-Range"), "Byte-Range");
    }
  });
  suite.add("R-107", "Success-Report has no influence on failures", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame chunk = alice.message(bob.path());
    failed_chunk(alice, bob, chunk.set("Success-Report", "yes"));
    stage.fence(bob, alice);
    alice.response_to(chunk, 200);
    alice.expect_nothing("one REPORT is enough");
  });
}

void add_none(Suite& suite) {
  suite.add("R-113", "Success-Report yes: the relay makes no success REPORT of its own", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    deliver(alice, bob, frame.set("Success-Report", "yes"));
    alice.response_to(frame, 200);
    stage.fence(bob, alice);
    alice.expect_nothing("success REPORTs come from the receiver only");
  });
  suite.add("R-113", "nor does it hold back the receiver's", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    const Frame got = deliver(alice, bob, frame.set("Success-Report", "yes"));
    bob.send(bob.report(got));
    expect(alice.report_on(frame).value("Status").starts_with("000 200"), "Status: 000 200", "another");
  });
  suite.add("R-116", "a REPORT that the receiver answers by mistake makes no REPORT", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame got = deliver(alice, bob, alice.message(bob.path()));
    bob.send(bob.report(got));
    const Frame report = alice.receive("REPORT");
    alice.answer(report, 481, "By mistake");
    stage.fence(alice, bob);
    bob.expect_nothing("no REPORT about a REPORT, and no response to one");
  });
  suite.add("R-116", "an error to another method makes no REPORT", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.send(alice.message(bob.path(), "x", "NICKNAME"));
    bob.answer(bob.receive("NICKNAME"), 481, "No");
    alice.response_to(sent, 481);
    stage.fence(bob, alice);
    alice.expect_nothing("the response is all");
  });
  suite.add("R-116 C-8", "a response that matches nothing draws nothing, and the connection stays", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame stray;
    stray.tid = stage.id();
    stray.code = 481;
    stray.to = {bob.use_path};
    stray.from = {bob.uri};
    bob.send(stray);
    stage.exchange(alice, bob);
    bob.expect_nothing("a response is not answered");
  });
  suite.add("R-116 R-255", "a failing REPORT of the receiver makes none", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    const Frame got = deliver(carol, bob, carol.message(bob.path()));
    carol.close();
    stage.settle();
    bob.send(bob.report(got));
    stage.fence(alice, bob);
    bob.expect_nothing("no REPORT about a REPORT");
  });
}

void add_while_coming(Suite& suite) {
  for (const int code : {413, 481}) {
    suite.add("R-117", std::to_string(code) + " while the chunk is still coming is reported at once", [code](Stage& stage) {
      auto [alice, bob] = two(stage);
      Frame frame = alice.message(bob.path(), "");
      frame.set("Byte-Range", "1-*/1000000");
      alice.write(frame.head() + std::string(50'000, 'x'));
      stage.wait([&] { return bob.octets_of_body() > 0 || !bob.inbox().empty(); }, Milliseconds(1000));
      if (bob.octets_of_body() == 0 && bob.inbox().empty()) throw Skipped{"the relay waits for the whole chunk"};
      const Frame head = bob.inbox().empty() ? bob.receive_head() : bob.receive();
      bob.answer(head, code, "Stop");
      const Frame report = alice.report_on(frame);
      expect(report.value("Status").starts_with("000 " + std::to_string(code)), "Status: 000 " + std::to_string(code),
             report.value("Status"));
      const auto range = report.range();
      expect(range && range->start == 1 && range->end && *range->end <= 50'000, "Byte-Range 1-N/1000000, N at most 50000",
             report.value("Byte-Range"));
      // The sender stops: the rest of the chunk is short.
      frame.flag = '#';
      alice.write(frame.end_line());
      stage.exchange(bob, alice);
    });
  }
  suite.add("R-112", "requests are passed on while earlier ones are unanswered, in order", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    std::vector<Frame> sent;
    for (int i = 0; i < 50; ++i) sent.push_back(alice.send(alice.message(bob.path(), std::to_string(i))));
    for (const Frame& frame : sent) expect_equal(*frame.body, bob.receive().body.value_or(""), "the next body");
  });
  suite.add("R-114", "a thousand unanswered requests, and the next ones are served", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    for (int i = 0; i < 1000; ++i) {
      Frame frame = alice.message(bob.path());
      alice.queue(frame.set("Failure-Report", i % 2 == 0 ? "partial" : "no").encode());
    }
    stage.exchange(alice, bob);
  });
}

}  // namespace

void add_report_cases(Suite& suite) {
  add_contents(suite);
  add_none(suite);
  add_while_coming(suite);
}

}  // namespace conform
