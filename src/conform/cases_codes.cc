// What the relay itself answers, and when it says nothing.
#include "conform/cases.h"

namespace conform {
namespace {

std::string unknown_session(Stage& stage, const std::string& use_path) {
  return use_path.substr(0, use_path.rfind('/') + 1) + stage.id("never") + ";tcp";
}

void add_successes(Suite& suite) {
  for (const bool spelt : {false, true}) {
    suite.add("R-085", std::string("Failure-Report ") + (spelt ? "yes" : "absent") + ": 200 at once, though the receiver is silent",
              [spelt](Stage& stage) {
                auto [alice, bob] = two(stage);
                Frame frame = alice.message(bob.path());
                if (spelt) frame.set("Failure-Report", "yes");
                alice.send(frame);
                alice.response_to(frame, 200);
                bob.receive();
              });
  }
  suite.add("R-085", "200 to a SEND to a peer that does not answer", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const Frame frame = alice.send(alice.message(door.uri));
    alice.response_to(frame, 200);
    door.accept().receive();
  });
  suite.add("R-085", "200 to a peer's SEND to a client that does not answer", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    const Frame frame = anna.send(anna.message(alice.path()));
    anna.response_to(frame, 200);
    alice.receive();
  });
  suite.add("R-085", "one 200 to each chunk of a message", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string id = stage.id("m");
    std::vector<Frame> chunks;
    for (int i = 0; i < 4; ++i) {
      Frame& chunk = chunks.emplace_back(alice.message(bob.path(), "12345"));
      chunk.set("Message-ID", id).set("Byte-Range", std::to_string(i * 5 + 1) + "-" + std::to_string(i * 5 + 5) + "/20");
      chunk.flag = i < 3 ? '+' : '$';
      alice.send(chunk);
    }
    for (const Frame& chunk : chunks) alice.response_to(chunk, 200);
    bob.receive_message(id);
    stage.fence(bob, alice);
    alice.expect_nothing("each chunk has had its response");
  });
  suite.add("R-085 R-006", "200 to a SEND without a body", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame frame = alice.send(alice.message(bob.path(), std::nullopt));
    alice.response_to(frame, 200);
  });
  suite.add("R-013 R-085", "a 200 has no body, no Content-Type and ends in $", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame answer = alice.response_to(alice.send(alice.message(bob.path())), 200);  // the reader is strict
    expect(!answer.body && answer.flag == '$' && answer.header("Content-Type") == nullptr, "no body", describe(answer));
  });
  for (const char* value : {"no", "partial"}) {
    suite.add(std::string_view(value) == "no" ? "R-086" : "R-087", std::string("Failure-Report ") + value + ": delivered, and no 200",
              [value](Stage& stage) {
                auto [alice, bob] = two(stage);
                Frame frame = alice.message(bob.path());
                deliver(alice, bob, frame.set("Failure-Report", value));
                stage.fence(bob, alice);
                alice.expect_nothing(std::string("Failure-Report: ") + value);
              });
  }
}

void add_unknown_sessions(Suite& suite) {
  suite.add_policy("R-090", "a URI of the relay's without a session: 481", [](Stage& stage) {
    Party& alice = stage.client();
    Frame frame = alice.message("msrp://bob.invalid:2855/x;tcp");
    frame.to[0] = unknown_session(stage, frame.to[0]);
    alice.send(frame);
    alice.response_to(frame, 481);
  });
  suite.add_policy("R-090", "the same as second URI of To-Path, where the first is the sender's: 481", [](Stage& stage) {
    Party& alice = stage.client();
    Frame frame = alice.message(unknown_session(stage, alice.use_path) + " msrp://bob.invalid:2855/x;tcp");
    alice.send(frame);
    alice.response_to(frame, 481);
  });
  suite.add_policy("R-090", "a stranger's SEND to a URI without a session: 481", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    const Frame frame = anna.send(anna.message(unknown_session(stage, alice.use_path) + " msrp://bob.invalid:2855/x;tcp"));
    anna.response_to(frame, 481);
  });
  suite.add_policy("R-090 R-045", "the connection serves on after an unknown session", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    frame.to[0] = unknown_session(stage, frame.to[0]);
    alice.send(frame);
    stage.exchange(alice, bob);
  });
  suite.add("R-086", "Failure-Report no and an unknown session: no answer and no REPORT", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    frame.to[1] = unknown_session(stage, bob.use_path);
    alice.send(frame.set("Failure-Report", "no"));
    stage.fence(alice, bob);
    stage.fence(bob, alice);
    alice.expect_nothing("Failure-Report: no");
  });
  suite.add("R-087", "Failure-Report partial and an unknown session: one error, in a response or a REPORT", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    frame.to[1] = unknown_session(stage, bob.use_path);
    alice.send(frame.set("Failure-Report", "partial"));
    const Frame told =
        alice.take([](const Frame&) { return true; }, "a response other than 200, or a REPORT", stage.target.patience + stage.target.timer);
    expect(!told.is_response() || told.code >= 300, "an error", describe(told));
    stage.fence(bob, alice);
    alice.expect_nothing("the error was told already");
  });
  suite.add("R-108 R-090", "Failure-Report yes and an unknown session: the error once, in the response or a REPORT", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    frame.to[1] = unknown_session(stage, bob.use_path);
    alice.send(frame);
    const Frame answer = alice.response_to(frame);
    if (answer.code < 300) {
      alice.report_on(frame, stage.target.patience + stage.target.timer);
    }
    stage.fence(bob, alice);
    alice.expect_nothing("the error was told already");
  });
  suite.add("R-091", "a client's URI used as sender from another connection: refused, never 200", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    Frame frame = carol.message(bob.path());
    frame.to[0] = alice.use_path;
    frame.from = {alice.uri};
    stage.refused(carol, frame, {400, 403, 481, 506});
    expect_nothing_at(stage, bob, "carol is not alice");
  });
  suite.add("R-014 R-088", "malformed, but transaction id and paths can be read: 400, or the connection closed", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    frame.set("Byte-Range", "nonsense");
    stage.refused(alice, frame, {400});
  });
  suite.add_policy("R-086 R-014", "malformed with Failure-Report no: no answer", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    frame.headers.insert(frame.headers.begin(), {"Failure-Report", "no"});
    alice.send(frame.set("Byte-Range", "nonsense"));
    stage.settle(Milliseconds(300));
    alice.expect_nothing("Failure-Report: no");
  });
}

}  // namespace

void add_code_cases(Suite& suite) {
  add_successes(suite);
  add_unknown_sessions(suite);
}

}  // namespace conform
