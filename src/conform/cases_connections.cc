// Connections: probation, reuse, half-close, who is reached where.
#include <algorithm>

#include "conform/cases.h"

namespace conform {
namespace {

void add_probation(Suite& suite) {
  suite.add("R-225", "a connection that says nothing is closed when the timer is over", [](Stage& stage) {
    Party& party = stage.stranger();
    const auto began = Clock::now();
    expect(party.closes(stage.target.timer + stage.target.patience), "closed", "open");
    const auto took = std::chrono::duration_cast<Milliseconds>(Clock::now() - began);
    expect(took >= stage.target.timer * 8 / 10, "not before the timer is over", std::to_string(took.count()) + " ms");
  });
  suite.add("R-225", "a connection whose only request failed is closed when the timer is over", [](Stage& stage) {
    Party& party = stage.stranger();
    party.send(party.auth_request());
    expect(party.closes(stage.target.timer + stage.target.patience), "closed", "open");
  });
  suite.add("R-225", "a connection that has authenticated stays open beyond the timer", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    stage.settle(stage.target.timer * 3 / 2);
    expect(alice.is_open() && bob.is_open(), "open", "closed");
    stage.exchange(alice, bob);
  });
  suite.add("R-225 R-230", "so does a peer's that has sent to a client", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    deliver(anna, alice, anna.message(alice.path()));
    stage.settle(stage.target.timer * 3 / 2);
    expect(anna.is_open(), "open: a session uses it", "closed");
  });
  suite.add("R-225 R-230", "so does the connection to a dialled peer", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const Frame sent = alice.send(alice.message(door.uri));
    Party& peer = door.accept();
    peer.receive_message(sent.value("Message-ID"));
    stage.settle(stage.target.timer * 3 / 2);
    expect(peer.is_open(), "open: a session uses it", "closed");
  });
  suite.add("R-226", "a head that drips in slowly does not extend the time", [](Stage& stage) {
    Party& party = stage.stranger();
    const auto end = Clock::now() + stage.target.timer + stage.target.patience;
    party.write("MSRP dripdrip AUTH\r\nTo-Path: ");
    while (party.is_open() && Clock::now() < end) {
      party.queue("a");
      stage.settle(Milliseconds(100));
    }
    expect(!party.is_open(), "closed", "open");
  });
  suite.add_policy("R-225", "several failing requests end the connection early", [](Stage& stage) {
    Party& party = stage.stranger();
    const auto end = Clock::now() + stage.target.timer * 8 / 10;
    while (party.is_open() && Clock::now() < end) {
      Frame frame = party.message("msrp://nobody.invalid:2855/x;tcp");
      frame.to = {stage.target.uri, "msrp://nobody.invalid:2855/x;tcp"};
      party.send(frame);
      stage.settle(Milliseconds(20));
    }
    expect(!party.is_open(), "closed before the timer is over", "open");
  });
}

void add_reuse(Suite& suite) {
  suite.add("R-232", "a peer without a relay is dialled at its URI, and gets the message", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door(false);
    const Frame sent = alice.send(alice.message(door.uri, "ring"));
    Party& peer = door.accept();
    const Frame got = peer.receive_message(sent.value("Message-ID"));
    expect_equal("ring", got.body.value_or(""), "the body");
    expect_equal(door.uri, join(got.to), "To-Path");
    expect_equal(alice.use_path + " " + alice.uri, join(got.from), "From-Path");
  });
  suite.add("R-232", "a dialled peer answers over the same connection", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const Frame sent = alice.send(alice.message(door.uri));
    Party& peer = door.accept();
    const Frame got = peer.receive_message(sent.value("Message-ID"));
    Frame back = peer.message("x", "back");
    back.to = got.from;
    deliver(peer, alice, back);
    peer.response_to(back, 200);
  });
  suite.add("R-227", "one connection to a peer for all that goes there", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const Frame first = alice.send(alice.message(door.uri));
    Party& peer = door.accept();
    peer.receive_message(first.value("Message-ID"));
    for (int i = 0; i < 5; ++i) deliver(alice, peer, alice.message(door.uri));
    expect(!door.was_dialled(), "the connection that is there", "another one");
  });
  suite.add("R-227", "two messages at once to a new peer: one connection", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const Frame first = alice.message(door.uri), second = alice.message(door.uri);
    alice.write(first.encode() + second.encode());
    Party& peer = door.accept();
    peer.receive_message(first.value("Message-ID"));
    peer.receive_message(second.value("Message-ID"));
    expect(!door.was_dialled(), "one connection", "two");
  });
  suite.add("R-227", "another session-id at the same host and port: the same connection", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const Frame first = alice.send(alice.message(door.uri));
    Party& peer = door.accept();
    peer.receive_message(first.value("Message-ID"));
    const std::string other = door.uri.substr(0, door.uri.rfind('/') + 1) + stage.id("other") + ";tcp";
    const Frame second = alice.send(alice.message(other));
    const bool reused = stage.wait([&] { return !peer.inbox().empty(); }, Milliseconds(1000));
    // SHOULD: it may open another one, as long as the message arrives.
    Party& with = reused ? peer : door.accept();
    with.receive_message(second.value("Message-ID"));
  });
  suite.add("R-231 R-232", "a peer whose connection ended is dialled anew", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const Frame first = alice.send(alice.message(door.uri));
    Party& peer = door.accept();
    peer.receive_message(first.value("Message-ID"));
    peer.close();
    stage.settle(Milliseconds(300));
    const Frame second = alice.send(alice.message(door.uri));
    door.accept().receive_message(second.value("Message-ID"));
  });
  suite.add("R-232 C-10", "a peer that has connected is reached on its connection, not dialled", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    Party& anna = stage.stranger("anna");
    anna.uri = door.uri;
    deliver(anna, alice, anna.message(alice.path()));
    deliver(alice, anna, alice.message(anna.uri));
    expect(!door.was_dialled(), "no connection to the peer's address", "one");
  });
  suite.add("R-228", "a client is never dialled, even if its URI names a port that listens", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    if (!stage.target.no_auth.empty()) throw Skipped{stage.target.no_auth};
    Party& bob = stage.stranger("bob");
    bob.account = stage.target.second;
    bob.uri = door.uri;
    bob.authenticate();
    deliver(alice, bob, alice.message(bob.path()));
    expect(!door.was_dialled(), "the client's own connection", "a connection to the address in its URI");
  });
  suite.add("R-228", "nor when its connection has gone", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    Party& bob = stage.stranger("bob");
    bob.account = stage.target.second;
    bob.uri = door.uri;
    bob.authenticate();
    const std::string path = bob.path();
    bob.close();
    stage.settle();
    Frame frame = alice.message(path);
    alice.send(frame);
    stage.settle(Milliseconds(500));
    expect(!door.was_dialled(), "no connection to the address in its URI", "one");
  });
  suite.add("R-232", "a peer on an IPv4 address with two sessions gets each message with its own To-Path", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const std::string other = door.uri.substr(0, door.uri.rfind('/') + 1) + "second/with+odd=chars;tcp";
    const Frame sent = alice.send(alice.message(other));
    Party& peer = door.accept();
    expect_equal(other, join(peer.receive_message(sent.value("Message-ID")).to), "To-Path");
  });
}

void add_ends(Suite& suite) {
  suite.add_policy("R-233", "what a half-closed sender sent is delivered and answered", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.send(alice.message(bob.path(), "last words"));
    alice.half_close();
    bob.receive_message(sent.value("Message-ID"));
    alice.response_to(sent, 200);
  });
  suite.add("R-231", "a client that resets its connection disturbs nobody", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    carol.send(carol.message(bob.path()));
    carol.reset();
    stage.exchange(alice, bob);
    stage.exchange(bob, alice);
  });
  suite.add("R-230", "a connection stays open with its session though nothing is said for a while", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    stage.settle(stage.target.timer * 5 / 4);
    stage.exchange(bob, alice);
  });
  suite.add("R-234", "sixty sessions on one connection", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    std::vector<std::string> uris;
    for (int i = 0; i < 60; ++i) {
      bob.authenticate();
      uris.push_back(bob.use_path);
    }
    std::vector<Frame> sent;
    for (const std::string& uri : uris) sent.push_back(alice.send(alice.message(uri + " " + bob.uri)));
    for (std::size_t i = 0; i < uris.size(); ++i) {
      expect_equal(uris[i], bob.receive_message(sent[i].value("Message-ID")).from.front(), "From-Path beginning with");
      alice.response_to(sent[i], 200);
    }
  });
  suite.add("R-234", "a hundred connections at once, each served", [](Stage& stage) {
    std::vector<Party*> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(&stage.client("c" + std::to_string(i)));
    for (std::size_t i = 0; i < clients.size(); ++i) stage.exchange(*clients[i], *clients[(i + 1) % clients.size()]);
  });
}

void add_comedia(Suite& suite) {
  suite.add("R-290", "either side may send first: the one that authenticated last", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    stage.exchange(bob, alice);
    stage.exchange(alice, bob);
  });
  suite.add("R-292 C-5", "a bodiless SEND as the first of a session is relayed and answered", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), std::nullopt);
    deliver(alice, bob, frame);
    alice.response_to(frame, 200);
  });
  suite.add("R-291", "bodies that hold SDP with MSRP URIs are not touched", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), "v=0\r\nm=message 7777 TCP/MSRP *\r\na=path:" + bob.path() + "\r\na=setup:active\r\n");
    deliver(alice, bob, frame.set("Content-Type", "application/sdp"));
  });
  suite.add("R-291", "a session matches by the whole URI, not by its host alone", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    // Both are at bob.invalid, and each gets its own.
    carol.uri = bob.uri.substr(0, bob.uri.rfind('/') + 1) + stage.id("c") + ";tcp";
    carol.authenticate();
    deliver(alice, carol, alice.message(carol.path()));
    deliver(alice, bob, alice.message(bob.path()));
    bob.expect_nothing("each message went to its own session");
    carol.expect_nothing("each message went to its own session");
  });
}

}  // namespace

void add_connection_cases(Suite& suite) {
  add_probation(suite);
  add_reuse(suite);
  add_ends(suite);
  add_comedia(suite);
}

}  // namespace conform
