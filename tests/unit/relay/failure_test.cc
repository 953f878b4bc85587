// Method: a whole relay on rings played by hand, time moved by hand. Checked is what the sender hears: which responses and REPORTs, how
// many, on which path, with which range.
#include "relay_stage.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

namespace {

using namespace relay_test;
using namespace std::chrono_literals;

struct Reported {
  std::string status, range, to, from;
  friend bool operator==(const Reported&, const Reported&) = default;
};
struct Heard {
  std::vector<int> codes;  // of responses
  std::vector<Reported> reports;
};

Heard heard(Party& party) {
  Heard all;
  for (const sim::Frame& frame : party.frames()) {
    if (frame.is_response()) {
      all.codes.push_back(frame.code);
    } else if (frame.method == "REPORT") {
      all.reports.push_back(
          {frame.value("Status").substr(0, 7), frame.value("Byte-Range"), frame.value("To-Path"), frame.value("From-Path")});
    }
  }
  return all;
}

// alice behind the relay, and a peer without one that the relay dials.
struct Scene {
  Stage stage;
  Party alice;
  std::string path;

  explicit Scene(const std::function<void(config::Config&)>& adjust = {}) : stage(1, adjust), alice(stage.client("alice")) {
    path = alice.relay_uri + " msrp://198.51.100.7:9000/peer;tcp";
  }
  Party peer() { return stage.dialled(); }
  std::vector<std::string> flag(const std::string& failure_report) const {
    return failure_report.empty() ? std::vector<std::string>{} : std::vector<std::string>{"Failure-Report: " + failure_report};
  }
  Reported report(const std::string& status, const std::string& range) const { return {status, range, alice.uri, alice.relay_uri}; }
};

const std::vector<std::string> failure_reports{"", "yes", "partial", "no"};
bool answered(const std::string& failure_report) { return failure_report.empty() || failure_report == "yes"; }

}  // namespace

TEST_CASE("the next hop answers 200: one 200, no REPORT (R-085 to R-087)") {
  for (const std::string& failure_report : failure_reports) {
    Scene scene;
    scene.alice.say(send("tid1", scene.alice, scene.path, "hello", scene.flag(failure_report)));
    Party peer = scene.peer();
    const auto frames = peer.frames();
    REQUIRE(frames.size() == 1);
    if (answered(failure_report)) peer.say(response(frames[0], "200 OK"));
    scene.stage.pass(120s);
    const Heard all = heard(scene.alice);
    CHECK(all.codes == (answered(failure_report) ? std::vector<int>{200} : std::vector<int>{}));
    CHECK(all.reports.empty());
    CHECK(scene.stage.worker().held().reports == 0);
  }
}

TEST_CASE("the next hop refuses: one REPORT with its code and the whole range (R-095, R-107 to R-110)") {
  for (const char* code : {"400", "403", "413", "415", "481", "501", "506", "799", "600"}) {
    for (const std::string& failure_report : failure_reports) {
      Scene scene;
      scene.alice.say(send("tid1", scene.alice, scene.path, "hello", scene.flag(failure_report)));
      Party peer = scene.peer();
      const auto frames = peer.frames();
      REQUIRE(frames.size() == 1);
      peer.say(response(frames[0], std::string(code) + " No"));
      peer.say(response(frames[0], std::string(code) + " No"));  // again: it completes nothing
      scene.stage.pass(120s);
      const Heard all = heard(scene.alice);
      CHECK(all.codes == (answered(failure_report) ? std::vector<int>{200} : std::vector<int>{}));
      CHECK(all.reports ==
            (failure_report == "no" ? std::vector<Reported>{} : std::vector{scene.report("000 " + std::string(code), "1-5/5")}));
      CHECK(scene.stage.worker().held().reports == 0);
    }
  }
}

TEST_CASE("an unknown success is a success (R-095)") {
  Scene scene;
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  Party peer = scene.peer();
  peer.say(response(peer.frames().at(0), "299 Strange"));
  scene.stage.pass(120s);
  CHECK(heard(scene.alice).reports.empty());
}

TEST_CASE("silence: 408 after 30 s, only where an answer was asked for (R-105, R-106)") {
  for (const std::string& failure_report : failure_reports) {
    Scene scene;
    scene.alice.say(send("tid1", scene.alice, scene.path, "hello", scene.flag(failure_report)));
    scene.stage.pass(29s);
    CHECK(heard(scene.alice).reports.empty());
    scene.stage.pass(2s);
    CHECK(heard(scene.alice).reports ==
          (answered(failure_report) ? std::vector{scene.report("000 408", "1-5/5")} : std::vector<Reported>{}));
    scene.stage.pass(120s);
    CHECK(heard(scene.alice).reports.empty());
    CHECK(scene.stage.worker().held().reports == 0);
  }
}

TEST_CASE("an answer after the REPORT changes nothing (R-111)") {
  Scene scene;
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  Party peer = scene.peer();
  const auto frames = peer.frames();
  scene.stage.pass(32s);
  CHECK(heard(scene.alice).reports.size() == 1);
  peer.say(response(frames[0], "481 Late"));
  CHECK(heard(scene.alice).reports.empty());
  CHECK(scene.stage.count(&relay::Counters::responses_dropped) == 1);
}

TEST_CASE("the 30 s start with the last octet that leaves (R-105)") {
  Scene scene;
  scene.alice.say(send("tid0", scene.alice, scene.path, "first"));
  Party peer = scene.peer();
  peer.say(response(peer.frames().at(0), "200 OK"));
  peer.connection().room = 10;
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  scene.stage.pass(40s);
  CHECK(heard(scene.alice).reports.empty());
  peer.connection().room = SIZE_MAX;
  scene.stage.settle();
  scene.stage.pass(29s);
  CHECK(heard(scene.alice).reports.empty());
  scene.stage.pass(2s);
  CHECK(heard(scene.alice).reports == std::vector{scene.report("000 408", "1-5/5")});
}

TEST_CASE("what the kernel still holds has not been met with silence (R-105)") {
  Scene scene;
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  Party peer = scene.peer();
  peer.connection().unsent = 1;
  scene.stage.pass(45s);
  CHECK(heard(scene.alice).reports.empty());
  peer.connection().unsent = 0;
  scene.stage.pass(45s);
  CHECK(heard(scene.alice).reports == std::vector{scene.report("000 408", "1-5/5")});
}

TEST_CASE("refused and unreachable: 200 at once, then one REPORT; nothing for no (R-107, R-115)") {
  for (const std::int32_t error : {-ECONNREFUSED, -EHOSTUNREACH, -ETIMEDOUT}) {
    for (const std::string& failure_report : failure_reports) {
      Scene scene;
      scene.stage.ring().answer_connects(error);
      scene.alice.say(send("tid1", scene.alice, scene.path, "hello", scene.flag(failure_report)));
      const Heard all = heard(scene.alice);
      CHECK(all.codes == (answered(failure_report) ? std::vector<int>{200} : std::vector<int>{}));
      CHECK(all.reports == (failure_report == "no" ? std::vector<Reported>{} : std::vector{scene.report("000 408", "1-5/5")}));
      CHECK(scene.stage.worker().held().reports == 0);
    }
  }
}

TEST_CASE("no connection in time, and a name without address (R-115, R-243)") {
  Scene scene;
  scene.stage.ring().answer_connects(std::nullopt);
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  scene.stage.pass(31s);
  CHECK(heard(scene.alice).reports == std::vector{scene.report("000 408", "1-5/5")});
  scene.alice.say(send("tid2", scene.alice, scene.alice.relay_uri + " msrp://nowhere.example.net:9000/x;tcp", "hello"));
  CHECK(scene.stage.asked_names == std::vector<std::string>{"nowhere.example.net"});
  CHECK(heard(scene.alice).reports == std::vector{scene.report("000 408", "1-5/5")});
}

TEST_CASE("the addresses of a name are tried in order, those that may not be dialled are passed over (R-242, O-50)") {
  Scene scene;
  for (const char* address : {"10.0.0.1", "198.51.100.1", "198.51.100.2"}) {
    scene.stage.resolver_answer.push_back(*base::IpAddress::parse(address));
  }
  scene.stage.ring().answer_connects(std::nullopt);
  scene.alice.say(send("tid1", scene.alice, scene.alice.relay_uri + " msrp://peer.example.net:9000/x;tcp", "hello"));
  CHECK(scene.peer().connection().peer.address.to_string() == "198.51.100.1");
  scene.stage.ring().finish_connect(scene.stage.ring().last_opened(), -ECONNREFUSED);
  scene.stage.settle();
  CHECK(scene.peer().connection().peer.address.to_string() == "198.51.100.2");
  scene.stage.ring().finish_connect(scene.stage.ring().last_opened(), 0);
  scene.stage.settle();
  CHECK(scene.peer().frames().size() == 1);
  CHECK(heard(scene.alice).reports.empty());
}

TEST_CASE("the link is lost after the chunk: one REPORT; none for partial, where silence is success (R-106, R-115)") {
  for (const std::string& failure_report : failure_reports) {
    Scene scene;
    scene.alice.say(send("tid1", scene.alice, scene.path, "hello", scene.flag(failure_report)));
    REQUIRE(scene.peer().frames().size() == 1);
    scene.peer().reset();
    scene.stage.pass(120s);
    CHECK(heard(scene.alice).reports ==
          (answered(failure_report) ? std::vector{scene.report("000 408", "1-5/5")} : std::vector<Reported>{}));
    CHECK(scene.stage.worker().held().reports == 0);
  }
}

TEST_CASE("the link is lost while the kernel still holds the chunk: for partial too (R-107, R-115)") {
  for (const std::string& failure_report : failure_reports) {
    Scene scene;
    scene.alice.say(send("tid1", scene.alice, scene.path, "hello", scene.flag(failure_report)));
    scene.peer().connection().unsent = 20;
    scene.peer().reset();
    CHECK(heard(scene.alice).reports == (failure_report == "no" ? std::vector<Reported>{} : std::vector{scene.report("000 408", "1-5/5")}));
  }
}

TEST_CASE("the link is lost in mid-chunk: the REPORT names what had come so far, the chunk is answered at its end (R-110, R-115, R-117)") {
  for (const std::string& failure_report : failure_reports) {
    Scene scene;
    const std::string frame = send("tid1", scene.alice, scene.path, std::string(9000, 'x'), scene.flag(failure_report));
    const std::size_t head = frame.find("\r\n\r\n") + 4;
    scene.alice.say(frame.substr(0, head + 5000));
    REQUIRE(scene.peer().hear().size() > 5000);
    scene.peer().reset();
    const Heard first = heard(scene.alice);
    CHECK(first.codes.empty());
    // Some octets that may yet be the end-line are not counted before they are told apart.
    REQUIRE(first.reports.size() == (failure_report == "no" ? 0 : 1));
    if (failure_report != "no") {
      CHECK(first.reports[0].status == "000 408");
      CHECK(first.reports[0].range == "1-5000/9000");
    }
    scene.alice.say(frame.substr(head + 5000));
    const Heard rest = heard(scene.alice);
    CHECK(rest.codes == (answered(failure_report) ? std::vector<int>{200} : std::vector<int>{}));
    CHECK(rest.reports.empty());
    CHECK(scene.stage.worker().held().reports == 0);
  }
}

TEST_CASE("413 in mid-chunk: a REPORT at once, \"#\" onward, and no more of that message (R-092, R-117)") {
  Scene scene;
  const std::string frame = send("tid1", scene.alice, scene.path, std::string(9000, 'x'));
  const std::size_t head = frame.find("\r\n\r\n") + 4;
  scene.alice.say(frame.substr(0, head + 5000));
  Party peer = scene.peer();
  std::string begun = peer.hear();
  const std::string tid = begun.substr(5, begun.find(' ', 5) - 5);
  peer.say("MSRP " + tid + " 413 Stop\r\nTo-Path: " + scene.alice.relay_uri +
           "\r\nFrom-Path: msrp://198.51.100.7:9000/peer;tcp\r\n-------" + tid + "$\r\n");
  CHECK(heard(scene.alice).reports == std::vector{scene.report("000 413", "1-5000/9000")});
  begun += peer.hear();
  CHECK(begun.ends_with("-------" + tid + "#\r\n"));
  scene.alice.say(frame.substr(head + 5000));
  CHECK(peer.hear().empty());
  CHECK(heard(scene.alice).codes == std::vector<int>{200});  // this hop had it whole; the REPORT told the rest
  // The next chunk of that message is not taken; another message is.
  const std::vector<std::string> next{"Message-ID: m-tid1", "Byte-Range: 9001-9005/9005", "Content-Type: text/plain"};
  scene.alice.say(request("tid2", "SEND", scene.path, scene.alice.uri, next, "more!"));
  CHECK(peer.hear().empty());
  CHECK(heard(scene.alice).codes == std::vector<int>{413});
  scene.alice.say(send("tid3", scene.alice, scene.path, "hello"));
  CHECK(peer.frames().size() == 1);
  CHECK(heard(scene.alice).codes == std::vector<int>{200});
}

TEST_CASE("another failure in mid-chunk: \"#\" ends the message, nothing of it comes after that (R-117, R-135)") {
  Scene scene;
  const std::string frame = send("tid1", scene.alice, scene.path, std::string(9000, 'x'));
  const std::size_t head = frame.find("\r\n\r\n") + 4;
  scene.alice.say(frame.substr(0, head + 5000));
  Party peer = scene.peer();
  const std::string begun = peer.hear();
  const std::string tid = begun.substr(5, begun.find(' ', 5) - 5);
  peer.say("MSRP " + tid + " 481 Gone\r\nTo-Path: " + scene.alice.relay_uri +
           "\r\nFrom-Path: msrp://198.51.100.7:9000/peer;tcp\r\n-------" + tid + "$\r\n");
  CHECK(heard(scene.alice).reports == std::vector{scene.report("000 481", "1-5000/9000")});
  CHECK(peer.hear().ends_with("-------" + tid + "#\r\n"));
  scene.alice.say(frame.substr(head + 5000));
  CHECK(peer.hear().empty());
  const Heard rest = heard(scene.alice);
  CHECK(rest.reports.empty());
  CHECK(rest.codes == std::vector<int>{200});
  scene.alice.say(request("tid2", "SEND", scene.path, scene.alice.uri, {"Message-ID: m-tid1", "Content-Type: text/plain"}, "more!"));
  CHECK(peer.hear().empty());
  CHECK(heard(scene.alice).codes == std::vector<int>{413});
}

TEST_CASE("a failure that is no 413, of a chunk that has left: the next chunk goes on (R-107)") {
  Scene scene;
  scene.alice.say(request("tid1", "SEND", scene.path, scene.alice.uri, {"Message-ID: m1", "Byte-Range: 1-5/10", "Content-Type: text/plain"},
                          "hello", '+'));
  Party peer = scene.peer();
  peer.say(response(peer.frames().at(0), "400 Odd"));
  CHECK(heard(scene.alice).reports == std::vector{scene.report("000 400", "1-5/10")});
  scene.alice.say(
      request("tid2", "SEND", scene.path, scene.alice.uri, {"Message-ID: m1", "Byte-Range: 6-10/10", "Content-Type: text/plain"}, "world"));
  CHECK(peer.frames().size() == 1);
}

TEST_CASE("partial ones that nobody answers do not fill the table (R-106, R-114)") {
  Scene scene([](config::Config& config) { config.limits.transactions_per_link = 4; });
  for (int i = 0; i < 20; ++i) {
    scene.alice.say(send("tid" + std::to_string(i), scene.alice, scene.path, "hello", {"Failure-Report: partial"}));
    CHECK(scene.peer().frames().size() == 1);
  }
  CHECK(scene.stage.count(&relay::Counters::transactions_full) == 0);
  CHECK(scene.stage.worker().held().reports == 4);
  scene.stage.pass(32s);
  CHECK(scene.stage.worker().held().reports == 0);
}

TEST_CASE("a response or a REPORT that cannot be read is dropped, the link stays (R-053, R-116)") {
  Scene scene;
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  Party peer = scene.peer();
  const auto frames = peer.frames();
  peer.say("MSRP " + frames[0].tid + " 200 OK\r\nTo-Path: nonsense\r\nFrom-Path: msrp://198.51.100.7:9000/peer;tcp\r\n-------" +
           frames[0].tid + "$\r\n");
  CHECK(!peer.closed());
  CHECK(peer.hear().empty());
  peer.say(
      request("rep1", "REPORT", scene.alice.relay_uri + " " + scene.alice.uri, "msrp://198.51.100.7:9000/peer;tcp", {"Status: nonsense"}));
  CHECK(!peer.closed());
  CHECK(peer.hear().empty());
  peer.say(response(frames[0], "200 OK"));
  CHECK(scene.stage.count(&relay::Counters::responses_matched) == 1);
}

TEST_CASE("several refusals on probation close the link early, the first ones do not; a success ends it (R-225)") {
  Scene scene;
  const std::string nowhere = std::string(Stage::authority) + "/nobody;tcp msrp://198.51.100.7:9000/peer;tcp";
  Party stranger = scene.stage.connect("msrp://stranger.invalid:1/s;tcp");
  for (int i = 0; i < 20 && !stranger.closed(); ++i) {
    CHECK(i < 8);
    stranger.say(send("tid" + std::to_string(i), stranger, nowhere, "hello"));
    CHECK(heard(stranger).codes == std::vector<int>{481});
  }
  CHECK(stranger.closed());
  for (int i = 0; i < 20; ++i) scene.alice.say(send("tid" + std::to_string(i), scene.alice, nowhere, "hello"));
  CHECK(!scene.alice.closed());
}

TEST_CASE("a link that is not read any more and is lost is noticed when its time is up (R-105, R-115)") {
  Scene scene([](config::Config& config) { config.limits.transactions_per_link = 1; });
  scene.alice.say(send("tid1", scene.alice, scene.path, "hello"));
  scene.alice.say(send("tid2", scene.alice, scene.path, "again"));
  Party peer = scene.peer();
  CHECK(peer.frames().size() == 1);
  peer.connection().unsent = 5;
  peer.finish();
  peer.reset();
  CHECK(!peer.closed());
  scene.stage.pass(31s);
  CHECK(peer.closed());
  CHECK(heard(scene.alice).reports == std::vector{scene.report("000 408", "1-5/5"), scene.report("000 408", "1-5/5")});
  CHECK(scene.stage.worker().held().reports == 0);
}
