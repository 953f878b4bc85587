// To-Path and From-Path: what moves, what stays, and who may use whose URI.
#include "conform/cases.h"

namespace conform {
namespace {

constexpr std::initializer_list<int> refusals = {400, 403, 481, 501, 506};

void add_moving(Suite& suite) {
  suite.add("R-046 R-055", "two clients of one relay: each of its URIs moves from To-Path to the front of From-Path", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame got = deliver(alice, bob, alice.message(bob.path()));
    expect_equal(bob.uri, join(got.to), "To-Path");
    expect_equal(bob.use_path + " " + alice.use_path + " " + alice.uri, join(got.from), "From-Path");
  });
  suite.add("R-046", "and back along the paths received", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame got = deliver(alice, bob, alice.message(bob.path()));
    Frame back = bob.message("x", "back");
    back.to = got.from;
    const Frame answer = deliver(bob, alice, back);
    expect_equal(alice.uri, join(answer.to), "To-Path");
    expect_equal(alice.use_path + " " + bob.use_path + " " + bob.uri, join(answer.from), "From-Path");
  });
  suite.add("R-046", "from a peer without a relay: only this relay's URI moves", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    const Frame got = deliver(anna, alice, anna.message(alice.path()));
    expect_equal(alice.uri, join(got.to), "To-Path");
    expect_equal(alice.use_path + " " + anna.uri, join(got.from), "From-Path");
  });
  suite.add("R-046", "a From-Path of several hops stays octet by octet behind the relay's own", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    Frame frame = anna.message(alice.path());
    frame.from = {anna.uri, "MSRPS://Relay.Example.NET:2855/a+b=;tcp;x", "msrps://anna.invalid:2855/ws;ws"};
    const Frame got = deliver(anna, alice, frame);
    expect_equal(alice.use_path + " " + join(frame.from), join(got.from), "From-Path");
  });
  suite.add("R-046 R-196", "the relay's URI in From-Path is the one of Use-Path, octet by octet", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame got = deliver(alice, bob, alice.message(bob.path()));
    expect_equal(bob.use_path, got.from.front(), "From-Path beginning with");
  });
  suite.add("R-056", "a path that visits the relay again and again comes to an end", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    Frame frame = carol.message(bob.path());
    frame.to = {carol.use_path};
    for (int i = 0; i < 6; ++i) frame.to.insert(frame.to.end(), {alice.use_path, bob.use_path});
    frame.to.push_back(bob.uri);
    carol.send(frame.set("Failure-Report", "no"));
    stage.exchange(alice, bob);
  });
}

void add_not_ours(Suite& suite) {
  suite.add("R-045", "a first URI of another host: not passed on", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    frame.to[0] = "msrp://not-this-relay.example.net:2855/abcdefgh;tcp";
    stage.refused(alice, frame, refusals);
    expect_nothing_at(stage, bob, "it was not addressed to this relay");
  });
  suite.add("R-045", "a first URI that is a listening peer's: it is not dialled", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    Frame frame = alice.message(door.uri);
    frame.to = {door.uri};
    stage.refused(alice, frame, refusals);
    stage.settle();
    expect(!door.was_dialled(), "no connection to a peer that nobody was asked to relay to", "a connection");
  });
  suite.add_policy("R-045", "a request that is not addressed to this relay ends the connection", [](Stage& stage) {
    Party& alice = stage.client();
    Frame frame = alice.message("msrp://bob.invalid:2855/x;tcp");
    frame.to[0] = "msrp://not-this-relay.example.net:2855/abcdefgh;tcp";
    alice.send(frame);
    expect(alice.closes(), "the connection closed", "it stays");
  });
}

void add_tokens(Suite& suite) {
  suite.add("R-047", "a session-id that was never handed out carries nothing", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    const std::size_t slash = frame.to[0].rfind('/');
    frame.to[0] = frame.to[0].substr(0, slash + 1) + stage.id("never") + ";tcp";
    stage.refused(alice, frame, refusals);
    expect_nothing_at(stage, bob, "the session-id was never handed out");
  });
  suite.add("R-047", "the relay's bare URI carries no SEND", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    frame.to[0] = stage.target.uri;
    stage.refused(alice, frame, refusals);
    expect_nothing_at(stage, bob, "the relay's bare URI was never handed out");
  });
  suite.add("R-047 R-070", "nor an AUTH of a stranger to somewhere else", [](Stage& stage) {
    Door& door = stage.door();
    Party& mallory = stage.stranger("mallory");
    Frame frame = mallory.auth_request();
    frame.to.push_back(door.uri);
    stage.refused(mallory, frame, {400, 401, 403, 481, 501});
    stage.settle();
    expect(!door.was_dialled(), "no connection to the URI behind it", "a connection");
  });
  suite.add("R-048 R-250", "another client cannot send by way of alice's URI", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    Frame frame = carol.message(bob.path());
    frame.to[0] = alice.use_path;
    stage.refused(carol, frame, refusals);
    expect_nothing_at(stage, bob, "carol does not own alice's URI");
  });
  suite.add("R-048 R-250", "a stranger cannot either, to another client", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& mallory = stage.stranger("mallory");
    Frame frame = mallory.message(alice.use_path + " " + bob.path());
    stage.refused(mallory, frame, refusals);
    expect_nothing_at(stage, bob, "a stranger does not own alice's URI");
  });
  suite.add("R-048 R-250", "nor to a peer", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    Party& mallory = stage.stranger("mallory");
    stage.refused(mallory, mallory.message(alice.use_path + " " + door.uri), refusals);
    stage.settle();
    expect(!door.was_dialled(), "no connection to the peer", "a connection");
  });
  suite.add("R-048 R-250", "the receiver's URI does not carry on to a third party", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Door& door = stage.door();
    Frame frame = alice.message(bob.use_path + " " + door.uri);
    alice.send(frame);
    stage.settle(Milliseconds(400));
    expect(!door.was_dialled(), "no connection to a third party by way of bob's URI", "a connection");
  });
  suite.add("R-049", "a URI is not valid any more when its connection has closed", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    const std::string path = carol.path();
    carol.close();
    stage.settle();
    const Frame frame = alice.send(alice.message(path));
    const auto told = [&] {
      for (const Frame& one : alice.inbox()) {
        if ((one.is_response() && one.tid == frame.tid && one.code >= 300) || one.method == "REPORT") return true;
      }
      return false;
    };
    expect(stage.wait(told, stage.target.patience + stage.target.timer), "an error (481), or a REPORT", "neither");
    stage.exchange(alice, bob);
  });
  suite.add("R-049", "nor for its owner when he comes back", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    const std::string old = carol.use_path, uri = carol.uri;
    carol.close();
    stage.settle();
    Party& back = stage.stranger("carol");
    back.uri = uri;
    back.authenticate();
    Frame frame = back.message(bob.path());
    frame.to[0] = old;
    stage.refused(back, frame, refusals);
    expect_nothing_at(stage, bob, "the URI's connection has ended");
  });
}

void add_responses(Suite& suite) {
  suite.add("R-051 R-052", "200 to a SEND: To-Path is the sender, From-Path the relay's URI as addressed", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.send(alice.message(bob.path()));
    const Frame answer = alice.response_to(sent, 200);
    expect_equal(alice.uri, join(answer.to), "To-Path");
    expect_equal(alice.use_path, join(answer.from), "From-Path");
  });
  suite.add("R-051", "200 to a SEND with a From-Path of three hops names the leftmost only", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    Frame frame = anna.message(alice.path());
    frame.from.insert(frame.from.end(), {"msrps://r.example.net:2855/r;tcp", "msrps://far.invalid:2855/f;tcp"});
    anna.send(frame);
    const Frame answer = anna.response_to(frame, 200);
    expect_equal(anna.uri, join(answer.to), "To-Path");
    expect_equal(alice.use_path, join(answer.from), "From-Path");
  });
  suite.add("R-051 R-052", "an error to a SEND has the same paths", [](Stage& stage) {
    Party& alice = stage.client();
    Frame frame = alice.message("msrp://bob.invalid:2855/x;tcp");
    const std::string unknown = frame.to[0].substr(0, frame.to[0].rfind('/') + 1) + stage.id("never") + ";tcp";
    frame.to[0] = unknown;
    if (stage.refused(alice, frame, refusals) == 0) return;  // closed: nothing more to look at
    alice.send(frame);
    const Frame answer = alice.response_to(frame);
    expect_equal(alice.uri, join(answer.to), "To-Path");
    expect_equal(unknown, join(answer.from), "From-Path");
  });
  suite.add("R-051", "a response to another method has the whole From-Path in To-Path", [](Stage& stage) {
    Party& alice = stage.client();
    Frame frame = alice.message("x", std::nullopt, "NICKNAME");
    frame.to = {alice.use_path};
    frame.from = {alice.uri, "msrps://far.invalid:2855/f;tcp"};
    alice.send(frame);
    const Frame answer = alice.response_to(frame);
    expect_equal(join(frame.from), join(answer.to), "To-Path");
  });
  suite.add("R-053", "the receiver's 200 to a SEND ends at the relay", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.send(alice.message(bob.path()));
    alice.response_to(sent, 200);
    bob.answer(bob.receive());
    stage.fence(bob, alice);
    alice.expect_nothing("one response to a SEND is enough");
  });
  suite.add("R-053", "a response whose To-Path is not the relay's reaches nobody", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame stray;
    stray.tid = stage.id();
    stray.code = 200;
    stray.to = {alice.uri};
    stray.from = {bob.uri};
    bob.send(stray);
    expect_nothing_at(stage, alice, "the response was not addressed to the relay");
  });
  suite.add("R-054", "a response to a connection that has closed is discarded, the responder's stays", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    carol.send(carol.message(bob.path(), std::nullopt, "NICKNAME"));
    const Frame got = bob.receive("NICKNAME");
    carol.close();
    stage.settle();
    bob.answer(got);
    stage.exchange(alice, bob);
    bob.expect_nothing("a response asks for no answer");
  });
}

}  // namespace

void add_path_cases(Suite& suite) {
  add_moving(suite);
  add_not_ours(suite);
  add_tokens(suite);
  add_responses(suite);
}

}  // namespace conform
