// Method: a relay between a client and another relay, rings played by hand: which link each message takes, what happens to the one that
// many share when one session is slow (R-050, R-142, [limits] links_per_relay and session_buffer).
#include "relay_stage.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

namespace {

using namespace relay_test;
using namespace std::chrono_literals;

constexpr std::size_t session_buffer = 64 * 1024;
const std::string next_relay = "msrp://198.51.100.7:2855/far;tcp";

struct Scene {
  Stage stage;
  Party alice;
  std::string path;
  explicit Scene(std::size_t links_per_relay = 8)
      : stage(1,
              [&](config::Config& config) {
                config.limits.session_buffer = session_buffer;
                config.limits.links_per_relay = links_per_relay;
                config.relay_addresses = {*base::IpAddress::parse("198.51.100.7")};
              }),
        alice(stage.client("alice")),
        path(alice.relay_uri + " " + next_relay + " msrp://bob.invalid:1/bob;tcp") {}

  std::size_t connects() { return stage.ring().connects(); }
  int newest() { return stage.ring().last_opened(); }
  std::string large(std::string_view tid, const Party& from, std::string_view path_of_it) {
    return send(tid, from, path_of_it, std::string(session_buffer + 1, 'x'));
  }
};

std::vector<int> codes(Party& party) {
  std::vector<int> all;
  for (const sim::Frame& frame : party.frames()) {
    if (frame.is_response()) all.push_back(frame.code);
  }
  return all;
}

}  // namespace

TEST_CASE("small messages share one link to the next relay, whoever sends them (R-227)") {
  Scene scene;
  Party carol = scene.stage.client("carol");
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  scene.alice.say(send("tid2", scene.alice, scene.path, std::string(session_buffer, 'x')));
  carol.say(send("tid3", carol, carol.relay_uri + " " + next_relay + " msrp://bob.invalid:1/bob;tcp", "hello"));
  CHECK(scene.connects() == 1);
  CHECK(scene.stage.dialled().frames().size() == 3);
}

TEST_CASE("a message above session_buffer takes a link of its own, and what follows it in its session too") {
  Scene scene;
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  Party shared = scene.stage.dialled();
  CHECK(shared.frames().size() == 1);
  scene.alice.say(scene.large("tid2", scene.alice, scene.path));
  CHECK(scene.connects() == 2);
  Party own = scene.stage.dialled();
  CHECK(own.connection().peer == shared.connection().peer);
  const auto frames = own.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].body.size() == session_buffer + 1);
  scene.alice.say(send("tid3", scene.alice, scene.path, "after"));
  CHECK(own.frames().size() == 1);
  CHECK(shared.hear().empty());
  CHECK(scene.connects() == 2);
  CHECK(scene.stage.count(&relay::Counters::own_links) == 1);
}

TEST_CASE("a later chunk of a message stays where its first went: order (R-141)") {
  Scene scene;
  const auto chunk = [&](std::string_view tid, const std::string& range, const std::string& body, char flag) {
    return request(tid, "SEND", scene.path, scene.alice.uri, {"Message-ID: m1", "Byte-Range: " + range, "Content-Type: text/plain"}, body,
                   flag);
  };
  scene.alice.say(chunk("tid1", "1-5/*", "hello", '+'));
  scene.alice.say(chunk("tid2", "6-10/9000000", "world", '+'));
  CHECK(scene.connects() == 1);
  CHECK(scene.stage.dialled().frames().size() == 2);
}

TEST_CASE("to a peer that is no relay nothing of the kind") {
  Scene scene;
  const std::string path = scene.alice.relay_uri + " msrp://198.51.100.9:9000/peer;tcp";
  scene.alice.say(send("tid1", scene.alice, path, "hello"));
  scene.alice.say(scene.large("tid2", scene.alice, path));
  CHECK(scene.connects() == 1);
}

TEST_CASE("a link of its own that cannot be had: all goes over the shared one, in order, and it is not tried again") {
  Scene scene;
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  Party shared = scene.stage.dialled();
  CHECK(shared.frames().size() == 1);
  scene.stage.ring().answer_connects(std::nullopt);
  const std::string large = scene.large("tid2", scene.alice, scene.path);
  scene.alice.say(large.substr(0, 40'000));
  CHECK(scene.connects() == 2);
  CHECK(shared.hear().empty());
  scene.stage.ring().finish_connect(scene.newest(), -ECONNREFUSED);
  scene.stage.settle();
  scene.alice.say(large.substr(40'000));
  const auto frames = shared.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].body.size() == session_buffer + 1);
  CHECK(codes(scene.alice) == std::vector<int>{200, 200});
  scene.alice.say(scene.large("tid3", scene.alice, scene.path));
  CHECK(scene.connects() == 2);
  CHECK(shared.frames().size() == 1);
}

TEST_CASE("and when it does not come up in time") {
  Scene scene;
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  Party shared = scene.stage.dialled();
  CHECK(shared.frames().size() == 1);
  scene.stage.ring().answer_connects(std::nullopt);
  scene.alice.say(scene.large("tid2", scene.alice, scene.path));
  scene.alice.say(send("tid3", scene.alice, scene.path, "after"));
  CHECK(shared.hear().empty());
  scene.stage.pass(31s);
  const auto frames = shared.frames();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].body.size() == session_buffer + 1);
  CHECK(frames[1].body == "after");
}

TEST_CASE("no more of them than links_per_relay: sessions share") {
  Scene scene(2);  // the shared one, and one more
  Party carol = scene.stage.client("carol");
  scene.stage.ring().answer_connects(std::nullopt);
  scene.alice.say(scene.large("tid1", scene.alice, scene.path));
  CHECK(scene.connects() == 2);
  carol.say(scene.large("tid2", carol, carol.relay_uri + " " + next_relay + " msrp://bob.invalid:1/bob;tcp"));
  CHECK(scene.connects() == 2);
  Scene one(1);
  one.alice.say(one.large("tid1", one.alice, one.path));
  CHECK(one.connects() == 1);
}

namespace {

// A relay's link that brings frames for two clients of ours, one of whom has stopped reading.
struct Trunk {
  Scene scene;
  Party carol;
  Party relay;
  explicit Trunk()
      : carol(scene.stage.client("carol")),
        relay(scene.stage.connect("msrp://198.51.100.7:2855/r;tcp msrp://x.invalid:1/x;tcp", 0, "198.51.100.7")) {
    relay.say(send("tid1", relay, to(scene.alice), "hello"));
    relay.say(send("tid2", relay, to(carol), "hello"));
    CHECK(codes(relay) == std::vector<int>{200, 200});
    scene.alice.connection().room = 0;
  }
  static std::string to(const Party& client) { return client.relay_uri + " " + client.uri; }
  std::string head(std::string_view tid, const std::string& range, const std::vector<std::string>& more = {}) {
    std::vector<std::string> headers{"Message-ID: slow", "Byte-Range: " + range};
    headers.insert(headers.end(), more.begin(), more.end());
    headers.emplace_back("Content-Type: text/plain");
    const std::string whole = request(tid, "SEND", to(scene.alice), relay.uri, headers, "");
    return whole.substr(0, whole.find("\r\n\r\n") + 4);
  }
};

}  // namespace

TEST_CASE("a link that many sessions share is not paused for a slow one: its message is stopped with 413, the others flow (R-092, R-142)") {
  Trunk trunk;
  trunk.relay.say(trunk.head("tid3", "1-*/1000000") + std::string(5000, 'x'));
  CHECK(trunk.relay.hear().empty());
  trunk.relay.say(std::string(8 * session_buffer, 'x'));
  CHECK(codes(trunk.relay) == std::vector<int>{413});
  CHECK(trunk.scene.stage.count(&relay::Counters::messages_stopped) == 1);
  // The rest of the chunk goes nowhere; no second answer.
  trunk.relay.say(std::string(1000, 'x') + "\r\n-------tid3+\r\n");
  CHECK(trunk.relay.hear().empty());
  // carol gets hers at once, over the same link.
  trunk.carol.hear();
  trunk.relay.say(send("tid4", trunk.relay, Trunk::to(trunk.carol), "quick"));
  REQUIRE(trunk.carol.frames().size() == 1);
  CHECK(codes(trunk.relay) == std::vector<int>{200});
  // No more of the stopped message; what alice had got of it ends with "#".
  trunk.relay.say(trunk.head("tid5", "900000-*/1000000") + "more\r\n-------tid5$\r\n");
  CHECK(codes(trunk.relay) == std::vector<int>{413});
  trunk.scene.alice.connection().room = SIZE_MAX;
  trunk.scene.stage.settle();
  const std::string heard = trunk.scene.alice.hear();
  CHECK(heard.ends_with("#\r\n"));
  CHECK(trunk.scene.stage.count(&relay::Counters::sources_paused) == 0);
}

TEST_CASE("so also when nothing else has come on it yet, and with whole messages (R-142)") {
  Scene scene;
  scene.alice.connection().room = 0;
  Party relay = scene.stage.connect("msrp://198.51.100.7:2855/r;tcp msrp://x.invalid:1/x;tcp", 0, "198.51.100.7");
  std::vector<int> answers;
  for (int i = 0; i < 400; ++i) {
    relay.say(send("tid" + std::to_string(i), relay, Trunk::to(scene.alice), std::string(2000, 'x')));
    for (const int code : codes(relay)) answers.push_back(code);
  }
  CHECK(answers.size() == 400);
  CHECK(answers.front() == 200);
  CHECK(answers.back() == 413);
  CHECK(scene.stage.count(&relay::Counters::sources_paused) == 0);
}

TEST_CASE("a relay's link with nothing but large messages of one session is paused, until another session comes on it (R-140)") {
  Trunk trunk;
  Party own = trunk.scene.stage.connect("msrp://198.51.100.7:2855/r;tcp msrp://x.invalid:1/x;tcp", 0, "198.51.100.7");
  const std::string large = trunk.head("tid3", "1-3000000/3000000") + std::string(3'000'000, 'x') + "\r\n-------tid3$\r\n";
  own.say(large);
  CHECK(trunk.scene.stage.count(&relay::Counters::sources_paused) == 1);
  CHECK(own.hear() == "");
  trunk.scene.alice.connection().room = SIZE_MAX;
  trunk.scene.stage.settle();
  CHECK(codes(own) == std::vector<int>{200});
  trunk.carol.hear();
  own.say(send("tid4", own, Trunk::to(trunk.carol), "hello"));
  trunk.scene.alice.connection().room = 0;
  own.say(large.substr(0, large.size() / 2));
  CHECK(codes(own) == std::vector<int>{200, 413});
}

TEST_CASE("told as the sender asked to be told: 413 for partial, nothing for no (R-086, R-087)") {
  for (const char* failure_report : {"partial", "no"}) {
    Trunk trunk;
    trunk.relay.say(trunk.head("tid3", "1-*/1000000", {std::string("Failure-Report: ") + failure_report}) +
                    std::string(4 * session_buffer, 'x'));
    CHECK(codes(trunk.relay) == (failure_report == std::string("partial") ? std::vector<int>{413} : std::vector<int>{}));
    CHECK(trunk.scene.stage.count(&relay::Counters::messages_stopped) == 1);
    // Nothing of it follows the "#".
    trunk.relay.say("\r\n-------tid3+\r\n");
    trunk.scene.alice.connection().room = SIZE_MAX;
    trunk.scene.stage.settle();
    trunk.scene.alice.hear();
    trunk.relay.say(trunk.head("tid5", "900000-*/1000000", {std::string("Failure-Report: ") + failure_report}) +
                    "more\r\n-------tid5$\r\n");
    CHECK(trunk.scene.alice.hear().empty());
  }
}

TEST_CASE("a client's own link is paused: nothing of its file is refused (R-140)") {
  Scene scene;
  Party bob = scene.stage.client("bob");
  bob.connection().room = 0;
  const std::string file =
      send("tid1", scene.alice, scene.alice.relay_uri + " " + bob.relay_uri + " " + bob.uri, std::string(8 * session_buffer, 'x'));
  scene.alice.say(file);
  CHECK(scene.stage.count(&relay::Counters::sources_paused) > 0);
  CHECK(scene.stage.count(&relay::Counters::messages_stopped) == 0);
  bob.connection().room = SIZE_MAX;
  scene.stage.settle();
  std::size_t octets = 0;
  for (const sim::Frame& frame : bob.frames()) octets += frame.body.size();
  CHECK(octets == 8 * session_buffer);
  CHECK(codes(scene.alice) == std::vector<int>{200});
}

TEST_CASE(
    "a session that was given out through a relay: any link of that relay, dialled when there is none, large messages apart (R-050)") {
  Scene scene;
  Party hop = scene.stage.connect("msrp://198.51.100.7:2855/hop;tcp msrp://alice.invalid:1/a;tcp", 0, "198.51.100.7");
  hop.authenticate("dave");
  const std::string own = hop.relay_uri.substr(hop.relay_uri.rfind(' ') + 1);
  CHECK(hop.relay_uri == "msrp://198.51.100.7:2855/hop;tcp " + own);
  hop.finish();
  CHECK(hop.closed());
  Party again = scene.stage.connect(hop.uri, 0, "198.51.100.7");
  scene.alice.say(send("tid1", scene.alice,
                       scene.alice.relay_uri + " " + own + " msrp://198.51.100.7:2855/hop;tcp msrp://alice.invalid:1/a;tcp", "hello"));
  CHECK(again.frames().size() == 1);
  again.say(send("tid2", again, own + " " + scene.alice.relay_uri + " " + scene.alice.uri, "back"));
  CHECK(codes(again) == std::vector<int>{200});
  // A stranger is not that relay.
  Party stranger = scene.stage.connect(hop.uri, 0, "198.51.100.8");
  stranger.say(send("tid3", stranger, own + " " + scene.alice.relay_uri + " " + scene.alice.uri, "mine"));
  CHECK(codes(stranger) == std::vector<int>{403});
  again.finish();
  scene.alice.say(send("tid4", scene.alice,
                       scene.alice.relay_uri + " " + own + " msrp://198.51.100.7:2855/hop;tcp msrp://alice.invalid:1/a;tcp", "hello"));
  CHECK(scene.connects() == 1);
  Party dialled = scene.stage.dialled();
  CHECK(dialled.frames().size() == 1);
  scene.alice.say(scene.large("tid5", scene.alice,
                              scene.alice.relay_uri + " " + own + " msrp://198.51.100.7:2855/hop;tcp msrp://alice.invalid:1/a;tcp"));
  CHECK(scene.connects() == 2);
}

TEST_CASE("a message whose size nobody told leaves once it has become large and the next relay has answered all of it (R-141)") {
  Scene scene;
  const auto chunk = [&](int number) {
    const std::string start = std::to_string(number * 10'000 + 1);
    return request("tid" + std::to_string(number), "SEND", scene.path, scene.alice.uri,
                   {"Message-ID: m1", "Byte-Range: " + start + "-*/*", "Content-Type: text/plain"}, std::string(10'000, 'x'), '+');
  };
  std::vector<sim::Frame> unanswered;
  for (int i = 0; i < 5; ++i) {
    scene.alice.say(chunk(i));
    for (const sim::Frame& frame : scene.stage.dialled().frames()) unanswered.push_back(frame);
  }
  Party shared = scene.stage.dialled();
  CHECK(unanswered.size() == 5);
  CHECK(scene.connects() == 1);
  // The fifth began behind half of session_buffer: nothing more is read until those before are answered.
  scene.alice.say(chunk(5));
  CHECK(shared.hear().empty());
  for (const sim::Frame& frame : unanswered) {
    CHECK(scene.connects() == 1);
    shared.say(response(frame, "200 OK"));
  }
  CHECK(scene.connects() == 2);
  CHECK(shared.hear().empty());
  const auto frames = scene.stage.dialled().frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].value("Byte-Range") == "50001-*/*");
}

TEST_CASE("where no answers are asked for, a message stays on the link it began on (R-141)") {
  Scene scene;
  const std::vector<std::string> late{"Message-ID: m1", "Byte-Range: 40001-*/*", "Failure-Report: no", "Content-Type: text/plain"};
  scene.alice.say(request("tid1", "SEND", scene.path, scene.alice.uri, late, "more", '+'));
  CHECK(scene.connects() == 1);
  CHECK(scene.stage.dialled().frames().size() == 1);
}

TEST_CASE("answers that never come hold it no longer than they may take (R-105)") {
  Scene scene;
  const std::vector<std::string> early{"Message-ID: m1", "Byte-Range: 1-10000/*", "Content-Type: text/plain"};
  scene.alice.say(request("tid0", "SEND", scene.path, scene.alice.uri, early, std::string(10'000, 'x'), '+'));
  const std::vector<std::string> late{"Message-ID: m1", "Byte-Range: 40001-*/*", "Content-Type: text/plain"};
  scene.alice.say(request("tid1", "SEND", scene.path, scene.alice.uri, late, "more", '+'));
  scene.alice.say(request("tid2", "SEND", scene.path, scene.alice.uri, late, "more", '+'));
  CHECK(scene.connects() == 1);
  CHECK(scene.stage.dialled().frames().size() == 2);
  scene.stage.pass(31s);
  scene.stage.pass(1s);
  CHECK(scene.connects() == 2);
}

TEST_CASE("a session does not leave its shared link while another of its messages has only begun there (R-141)") {
  Scene scene;
  const auto piece = [&](std::string_view tid, const std::string& range, char flag) {
    return request(tid, "SEND", scene.path, scene.alice.uri, {"Message-ID: m1", "Byte-Range: " + range, "Content-Type: text/plain"},
                   "hello", flag);
  };
  scene.alice.say(piece("tid1", "1-5/10", '+'));
  CHECK(scene.stage.dialled().frames().size() == 1);
  scene.alice.say(scene.large("tid2", scene.alice, scene.path));
  CHECK(scene.connects() == 1);
  CHECK(scene.stage.dialled().frames().size() == 1);
  scene.alice.say(piece("tid3", "6-10/10", '$'));
  CHECK(scene.stage.dialled().frames().size() == 1);
  scene.alice.say(scene.large("tid4", scene.alice, scene.path));
  CHECK(scene.connects() == 2);
  CHECK(scene.stage.dialled().frames().size() == 1);
}

TEST_CASE("nor for a large message of which an empty chunk has gone over it") {
  Scene scene;
  const auto piece = [&](std::string_view tid, const std::string& body) {
    return request(tid, "SEND", scene.path, scene.alice.uri, {"Message-ID: m1", "Byte-Range: 1-*/9000000", "Content-Type: text/plain"},
                   body, '+');
  };
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  Party shared = scene.stage.dialled();
  shared.connection().room = 0;
  for (int i = 0; i < 6; ++i) scene.alice.say(send("fill" + std::to_string(i), scene.alice, scene.path, std::string(60'000, 'y')));
  scene.alice.say(piece("tid3", ""));
  scene.alice.say(piece("tid4", "hello"));
  CHECK(scene.connects() == 1);
}

TEST_CASE("when a link of its own cannot be had, what follows goes back to the link that the peer opened (R-141, R-232)") {
  Trunk trunk;
  trunk.scene.stage.ring().answer_connects(std::nullopt);
  const std::string path = trunk.scene.alice.relay_uri + " " + trunk.relay.uri;
  trunk.scene.alice.connection().room = SIZE_MAX;
  trunk.scene.stage.settle();
  trunk.scene.alice.say(trunk.scene.large("tid3", trunk.scene.alice, path));
  CHECK(trunk.scene.connects() == 1);
  CHECK(trunk.relay.hear().empty());
  trunk.scene.stage.ring().finish_connect(trunk.scene.newest(), -ECONNREFUSED);
  trunk.scene.stage.settle();
  CHECK(trunk.relay.frames().size() == 1);
  trunk.scene.alice.say(send("tid4", trunk.scene.alice, path, "after"));
  CHECK(trunk.relay.frames().size() == 1);
  CHECK(trunk.scene.connects() == 1);
}

TEST_CASE("a link on its way down takes no new request: another of that relay's does (R-050, R-233)") {
  Scene scene;
  Party hop = scene.stage.connect("msrp://198.51.100.7:2855/hop;tcp msrp://alice.invalid:1/a;tcp", 0, "198.51.100.7");
  hop.authenticate("dave");
  const std::string own = hop.relay_uri.substr(hop.relay_uri.rfind(' ') + 1);
  const std::string path = scene.alice.relay_uri + " " + own + " msrp://198.51.100.7:2855/hop;tcp msrp://alice.invalid:1/a;tcp";
  hop.connection().room = 0;
  scene.alice.say(send("tid1", scene.alice, path, "hello"));
  Party again = scene.stage.connect(hop.uri, 0, "198.51.100.7");
  hop.finish();
  CHECK(!hop.closed());  // it is owed what it has not taken
  scene.alice.say(send("tid2", scene.alice, path, "again"));
  const auto frames = again.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].body == "again");
  hop.connection().room = SIZE_MAX;
  scene.stage.settle();
  CHECK(hop.frames().size() == 1);
  CHECK(hop.closed());
}
