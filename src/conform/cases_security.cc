// Nobody relays, listens or answers in somebody else's name.
#include <algorithm>

#include "conform/cases.h"

namespace conform {
namespace {

constexpr std::initializer_list<int> refusals = {400, 401, 403, 481, 501, 506};

void expect_not_dialled(Stage& stage, Door& door) {
  stage.settle(Milliseconds(400));
  expect(!door.was_dialled(), "no connection to the third party", "a connection");
}

void add_open_relay(Suite& suite) {
  struct Vector {
    const char* what;
    const char* method;
    const char* first;  // "bare", "session-less slash", "victim"
  };
  for (const Vector& vector :
       {Vector{"SEND by way of the relay's bare URI", "SEND", "bare"}, Vector{"AUTH by way of it", "AUTH", "bare"},
        Vector{"NICKNAME by way of it", "NICKNAME", "bare"}, Vector{"SEND straight to a third party", "SEND", "victim"},
        Vector{"REPORT straight to a third party", "REPORT", "victim"}}) {
    suite.add("R-250", std::string("a stranger's ") + vector.what + " goes nowhere", [vector](Stage& stage) {
      Door& door = stage.door();
      Party& mallory = stage.stranger("mallory");
      Frame frame = mallory.message(door.uri, std::nullopt, vector.method);
      if (std::string_view(vector.first) == "bare") frame.to.insert(frame.to.begin(), stage.target.uri);
      mallory.send(frame);
      expect_not_dialled(stage, door);
    });
  }
  suite.add("R-250 R-251", "a REPORT by way of alice's URI goes to alice only", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    Party& mallory = stage.stranger("mallory");
    Frame frame = mallory.message(alice.use_path + " " + door.uri, std::nullopt, "REPORT");
    frame.add("Status", "000 200 OK");
    mallory.send(frame);
    expect_not_dialled(stage, door);
  });
  suite.add("R-250 R-251", "by way of alice's URI to the third party and back to alice: goes nowhere", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    Party& mallory = stage.stranger("mallory");
    stage.refused(mallory, mallory.message(alice.use_path + " " + door.uri + " " + alice.uri), refusals);
    expect_not_dialled(stage, door);
  });
  suite.add("R-250", "another client of the same account cannot use alice's URI either", [](Stage& stage) {
    Party& alice = stage.client("alice");
    Party& other = stage.client("alice");
    Door& door = stage.door();
    Frame frame = other.message(door.uri);
    frame.to[0] = alice.use_path;
    frame.from = {alice.uri};
    stage.refused(other, frame, refusals);
    expect_not_dialled(stage, door);
  });
  suite.add("R-250", "an unauthenticated AUTH does not make its connection a client's", [](Stage& stage) {
    if (!stage.target.no_auth.empty()) throw Skipped{stage.target.no_auth};
    Door& door = stage.door();
    Party& mallory = stage.stranger("mallory");
    Credentials credentials = usual_credentials(stage.target, mallory.challenge(), mallory.account);
    mallory.ask(mallory.auth_request(credentials.set("response", "\"0123456789abcdef0123456789abcdef\"").text()));
    Frame frame = mallory.message(stage.target.uri + " " + door.uri);
    mallory.send(frame);
    expect_not_dialled(stage, door);
  });
  suite.add("R-251", "who knows bob's URI can send to bob, on bob's connection", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& anna = stage.stranger("anna");
    deliver(anna, bob, anna.message(bob.path()));
    stage.exchange(alice, bob);
  });
  suite.add_policy("R-251", "and to nobody else: a URI behind bob's that is not bob's is refused", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& anna = stage.stranger("anna");
    stage.refused(anna, anna.message(bob.use_path + " msrp://carol.invalid:2855/other;tcp"), refusals);
    expect_nothing_at(stage, bob, "it was not for bob");
    alice.expect_nothing("nor for alice");
  });
}

void add_takeover(Suite& suite) {
  suite.add("R-252", "AUTH with bob's URI in From-Path draws none of bob's messages", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& mallory = stage.stranger("mallory");
    mallory.uri = bob.uri;
    mallory.authenticate();
    deliver(alice, bob, alice.message(bob.path()));
    mallory.expect_nothing("bob's messages are bob's");
  });
  suite.add("R-252 R-232", "a connection that claims a peer's URI later does not get the peer's messages", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    deliver(anna, alice, anna.message(alice.path()));
    Party& mallory = stage.stranger("mallory");
    mallory.uri = anna.uri;
    mallory.send(mallory.message(alice.path()));
    stage.settle();
    deliver(alice, anna, alice.message(anna.uri));
    stage.settle();
    for (const Frame& frame : mallory.inbox()) expect(frame.is_response(), "no more than responses", describe(frame));
  });
  suite.add("R-252", "a From-Path of alice's does not make a stranger alice", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& mallory = stage.stranger("mallory");
    Frame frame = mallory.message(alice.use_path + " " + bob.path());
    frame.from = {alice.uri};
    stage.refused(mallory, frame, refusals);
    expect_nothing_at(stage, bob, "mallory is not alice");
  });
  suite.add("R-252 R-049", "a stolen URI with the thief's own session in front: goes nowhere", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Door& door = stage.door();
    Party& carol = stage.client("carol");
    Frame frame = carol.message(alice.use_path + " " + door.uri);
    carol.send(frame);
    expect_not_dialled(stage, door);
    stage.exchange(alice, bob);
  });
  suite.add("R-252", "the victim's traffic stays where it was when a thief sends with its token", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& mallory = stage.stranger("mallory");
    Frame frame = mallory.message(bob.path());
    frame.to = {bob.use_path, alice.use_path, alice.uri};
    frame.from = {bob.uri};
    mallory.send(frame);
    stage.settle();
    deliver(alice, bob, alice.message(bob.path()));
    stage.settle();
    for (const Frame& one : mallory.inbox()) expect(one.is_response(), "no more than responses", describe(one));
  });
}

void add_forgeries(Suite& suite) {
  suite.add("R-253", "a response forged on another connection ends no transaction of another method", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& mallory = stage.stranger("mallory");
    const Frame sent = alice.send(alice.message(bob.path(), std::nullopt, "NICKNAME"));
    const Frame got = bob.receive("NICKNAME");
    Frame forged = bob.response(got, 200, "Forged");
    mallory.send(forged);
    forged.tid = sent.tid;
    mallory.send(forged);
    stage.settle();
    bob.answer(got, 404, "Right");
    const Frame answer = alice.response_to(sent);
    expect_equal("Right", answer.comment, "the comment");
  });
  for (const int code : {200, 481}) {
    suite.add("R-253 R-111",
              "a " + std::to_string(code) + " forged on another connection " + (code == 200 ? "stops no timer" : "makes no REPORT"),
              [code](Stage& stage) {
                auto [alice, bob] = two(stage);
                Party& mallory = stage.client("mallory");
                const Frame sent = alice.send(alice.message(bob.path()));
                const Frame got = bob.receive();
                alice.response_to(sent, 200);
                mallory.send(bob.response(got, code, "Forged"));
                if (code == 200) {
                  expect(alice.report_on(sent, stage.target.timer + stage.target.patience).value("Status").starts_with("000 408"),
                         "Status: 000 408", "another");
                  return;
                }
                stage.settle(Milliseconds(300));
                bob.answer(got);
                stage.fence(bob, alice);
                alice.expect_nothing("the forged response is nobody's");
              });
  }
  suite.add("R-253", "a response from the sender itself to its own transaction changes nothing", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.send(alice.message(bob.path()));
    const Frame got = bob.receive();
    alice.response_to(sent, 200);
    alice.send(bob.response(got, 481, "From the wrong side"));
    bob.answer(got);
    stage.fence(bob, alice);
    alice.expect_nothing("it came from the wrong side");
  });
  suite.add("R-253 R-250", "a REPORT that a stranger sends by way of bob's URI does not reach alice", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.message(bob.path());
    deliver(alice, bob, sent);
    alice.response_to(sent, 200);
    Party& mallory = stage.stranger("mallory");
    Frame forged = mallory.report(sent, "000 481 Forged");
    forged.to = {bob.use_path, alice.use_path, alice.uri};
    forged.from = {bob.uri};
    mallory.send(forged);
    stage.settle();
    expect_nothing_at(stage, alice, "mallory does not own bob's URI");
  });
}

void add_guessing(Suite& suite) {
  suite.add("R-254", "a session-id with any one character changed is unknown", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::size_t begin = bob.use_path.find('/', bob.use_path.find("://") + 3) + 1, end = bob.use_path.find(';', begin);
    for (std::size_t at = begin; at < end; at += 2) {
      std::string other = bob.use_path;
      other[at] = other[at] == 'A' ? 'B' : 'A';
      Frame frame = alice.message(other + " " + bob.uri);
      alice.send(frame.set("Failure-Report", "no"));
    }
    stage.fence(alice, bob);
    bob.expect_nothing("no such session-id was handed out");
  });
  suite.add("R-254", "a session-id cut short, or longer, is unknown", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::size_t end = bob.use_path.find(';', bob.use_path.find("://"));
    for (const std::string& other :
         {bob.use_path.substr(0, end - 1) + ";tcp", bob.use_path.substr(0, end) + "A;tcp", bob.use_path.substr(0, end) + "=;tcp"}) {
      Frame frame = alice.message(other + " " + bob.uri);
      alice.send(frame.set("Failure-Report", "no"));
    }
    stage.fence(alice, bob);
    bob.expect_nothing("no such session-id was handed out");
  });
  suite.add("R-255", "a hundred failing SENDs make a hundred tellings, no more", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    std::vector<Frame> sent;
    for (int i = 0; i < 100; ++i) sent.push_back(alice.send(alice.message(bob.path())));
    for (int i = 0; i < 100; ++i) bob.answer(bob.receive(), 481, "No");
    for (const Frame& frame : sent) {
      alice.response_to(frame, 200);
      alice.report_on(frame);
    }
    stage.fence(bob, alice);
    alice.expect_nothing("one REPORT a failing SEND");
  });
  suite.add("R-255", "stray responses draw no traffic, however many", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    for (int i = 0; i < 500; ++i) {
      Frame stray;
      stray.tid = stage.id();
      stray.code = 481;
      stray.to = {bob.use_path, alice.use_path, alice.uri};
      stray.from = {bob.uri};
      bob.queue(stray.encode());
    }
    stage.exchange(bob, alice);
    bob.expect_nothing("responses are not answered");
  });
  suite.add_policy("R-257", "three wrong passwords end the connection", [](Stage& stage) {
    if (!stage.target.no_auth.empty()) throw Skipped{stage.target.no_auth};
    Party& party = stage.stranger("mallory");
    for (int i = 0; i < 3 && party.is_open(); ++i) {
      Credentials credentials = usual_credentials(stage.target, party.challenge(), party.account);
      party.ask(party.auth_request(credentials.set("response", "\"0123456789abcdef0123456789abcdef\"").text()));
    }
    expect(party.closes(), "closed", "open");
  });
}

}  // namespace

void add_security_cases(Suite& suite) {
  add_open_relay(suite);
  add_takeover(suite);
  add_forgeries(suite);
  add_guessing(suite);
}

}  // namespace conform
