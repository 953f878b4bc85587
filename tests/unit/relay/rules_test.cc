// Method: a whole relay with rules, rings played by hand, on one core and on two: what each party hears, whole frames and every cut of
// them.
#include "relay_stage.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

namespace {

using namespace relay_test;
using namespace std::chrono_literals;

// alice and bob, on the cores that are asked for.
struct Scene {
  Stage stage;
  Party alice;
  Party bob;
  explicit Scene(std::string_view rules, std::size_t cores = 1, const std::function<void(config::Config&)>& adjust = {})
      : stage(cores, adjust, rules), alice(stage.client("alice", 0)), bob(stage.client("bob", cores - 1)) {}
  std::string path() const { return alice.relay_uri + " " + bob.relay_uri + " " + bob.uri; }
  std::string chunk(std::string_view tid, const std::vector<std::string>& headers, std::string_view body, char flag = '$') {
    std::vector<std::string> all{"Message-ID: m1"};
    all.insert(all.end(), headers.begin(), headers.end());
    all.emplace_back("Content-Type: text/plain");
    return request(tid, "SEND", path(), alice.uri, all, std::string(body), flag);
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

TEST_CASE("headers that rules change, at each hop, also when the next hop is another core's; conditions see the frame as received") {
  for (const std::size_t cores : {1U, 2U}) {
    Scene scene(R"([[rule]]
name = "mark"
when = { method = "SEND" }
action = "continue"
add = { X-Hop = "${hop} ${user}" }
set = { Subject = "new" }
remove = ["X-Secret"]
log = { text = "hop ${hop}", level = "warning" }
[[rule]]
when = { header.X-Hop = { exists = true } }
action = "drop"
)",
                cores);
    scene.alice.say(scene.chunk("tid1", {"Byte-Range: 1-5/5", "subject: old", "X-Secret: 1"}, "hello"));
    const auto frames = scene.bob.frames();
    REQUIRE(frames.size() == 1);
    std::vector<std::string> names;
    for (const auto& [name, value] : frames[0].headers) names.push_back(name + "=" + value);
    CHECK(frames[0].value("Subject") == "new");
    CHECK(frames[0].value("X-Secret").empty());
    CHECK(std::count(names.begin(), names.end(), "X-Hop=1 alice") == 1);
    CHECK(std::count(names.begin(), names.end(), "X-Hop=2 bob") == 1);
    CHECK(frames[0].headers.back().first == "Content-Type");
    CHECK(frames[0].value("Byte-Range") == "1-5/5");
    CHECK(scene.stage.said == std::vector<std::string>{"mark: hop 1", "mark: hop 2"});
    CHECK(codes(scene.alice) == std::vector<int>{200});
  }
}

TEST_CASE("edits of a long chunk are in each of its pieces") {
  Scene scene("[[rule]]\nwhen = { method = \"SEND\", user = \"bob\" }\naction = \"continue\"\nset = { X-A = \"b\" }\n");
  const std::string body(50'000, 'x');
  const std::string octets = scene.chunk("tid1", {"Byte-Range: 1-50000/50000"}, body);
  scene.alice.say(octets.substr(0, 20'000));
  scene.bob.say(request("other1", "SEND", scene.bob.relay_uri + " " + scene.alice.relay_uri + " " + scene.alice.uri, scene.bob.uri,
                        {"Message-ID: b"}));
  scene.alice.say(octets.substr(20'000));
  std::size_t pieces = 0;
  for (const sim::Frame& frame : scene.bob.frames()) {
    if (frame.method != "SEND") continue;
    ++pieces;
    CHECK(frame.value("X-A") == "b");
  }
  CHECK(pieces >= 2);
}

namespace {

constexpr std::string_view small_messages = R"([[rule]]
name = "small messages"
when = { method = "SEND", size = { gt = 1000 } }
action = "reply"
reply = { code = 415, reason = "Only 1000 for ${user}" }
)";

}  // namespace

TEST_CASE("a size that a rule names: at once when the frame says it, at the octet when it does not (size is judged again)") {
  for (const std::size_t cores : {1U, 2U}) {
    Scene scene(small_messages, cores);
    scene.alice.say(scene.chunk("tid1", {"Byte-Range: 1-*/5000"}, "hello", '+'));
    CHECK(codes(scene.alice) == std::vector<int>{415});
    scene.alice.say(scene.chunk("tid2", {}, std::string(1001, 'x')));
    CHECK(codes(scene.alice) == std::vector<int>{415});
    CHECK(scene.bob.hear().empty());
    scene.alice.say(send("tid3", scene.alice, scene.path(), std::string(1000, 'x')));
    CHECK(codes(scene.alice) == std::vector<int>{200});
    CHECK(scene.bob.frames().size() == 1);
  }
}

TEST_CASE("the same in mid-chunk: the code back, # onward, further chunks refused") {
  for (const std::size_t cores : {1U, 2U}) {
    Scene scene("[[rule]]\nwhen = { method = \"SEND\", size = { gt = \"40KiB\" } }\naction = \"reply\"\nreply = { code = 415 }\n", cores);
    const std::string octets = scene.chunk("tid1", {"Byte-Range: 1-*/*"}, std::string(60'000, 'x'), '+');
    scene.alice.say(octets.substr(0, 30'000));
    CHECK(codes(scene.alice).empty());
    scene.alice.say(octets.substr(30'000, 20'000));
    CHECK(codes(scene.alice) == std::vector<int>{415});
    scene.alice.say(octets.substr(50'000));
    CHECK(codes(scene.alice).empty());
    const auto frames = scene.bob.frames();
    REQUIRE_FALSE(frames.empty());
    CHECK(frames.back().flag == '#');
    std::size_t received = 0;
    for (const sim::Frame& frame : frames) received += frame.body.size();
    CHECK(received <= 40 * 1024);
    scene.alice.say(scene.chunk("tid2", {"Byte-Range: 60001-60005/*"}, "hello"));
    CHECK(codes(scene.alice) == std::vector<int>{415});
    CHECK(scene.stage.count(&relay::Counters::messages_too_large) == 1);
    // Another message is another matter.
    scene.alice.say(send("tid3", scene.alice, scene.path(), "hello"));
    CHECK(codes(scene.alice) == std::vector<int>{200});
  }
}

TEST_CASE("a Byte-Range that lies does not help: the octets of all chunks of the message count, however they are cut") {
  for (const std::size_t cores : {1U, 2U}) {
    for (const std::size_t piece : {100U, 300U, 999U}) {
      Scene scene(small_messages, cores);
      std::size_t refused = 0;
      std::size_t received = 0;
      for (std::size_t at = 0; at * piece < 3000; ++at) {
        scene.alice.say(scene.chunk("tid" + std::to_string(at), {"Byte-Range: 1-5/5"}, std::string(piece, 'x'), '+'));
        for (const int code : codes(scene.alice)) refused += code == 415;
        for (const sim::Frame& frame : scene.bob.frames()) received += frame.body.size();
      }
      CHECK(received <= 1000);
      CHECK(received + piece > 1000);
      CHECK(refused > 0);
    }
  }
}

TEST_CASE("what a rule says of a size does not depend on how the octets come in") {
  const std::string octets = Scene(small_messages).chunk("tid1", {}, std::string(1500, 'x'));
  for (std::size_t step : {1U, 7U, 100U, 1200U, 5000U}) {
    Scene scene(small_messages);
    std::vector<int> told;
    const std::string frame = scene.chunk("tid1", {}, std::string(1500, 'x'));
    for (std::size_t at = 0; at < frame.size(); at += step) {
      scene.alice.say(std::string_view(frame).substr(at, step));
      for (const int code : codes(scene.alice)) told.push_back(code);
    }
    CHECK(told == std::vector<int>{415});
    const auto frames = scene.bob.frames();
    for (const sim::Frame& one : frames) CHECK(one.flag != '$');
  }
}

TEST_CASE("rules on the body, its length and the flag: the same verdict in every cut, on one core and two") {
  constexpr std::string_view rules = R"([[rule]]
when = { method = "SEND", msrp.body = { match = "^h.*o$" }, msrp.bodylen = 5, continuation = "end" }
action = "reply"
reply = { code = 415, reason = "${msrp.body}" }
[[rule]]
when = { method = "SEND", msrp.buf = { match = "(?s)m1.*wxyz" } }
action = "reply"
reply = { code = 403 }
)";
  struct Row {
    std::string body;
    char flag;
    int code;
  };
  const Row table[] = {{"hello", '$', 415},  {"hello", '+', 200},        {"hellooo", '$', 200},
                       {"abwxyz", '$', 403}, {"12345678wxyz", '$', 200}, {"", '$', 200}};
  for (const Row& row : table) {
    for (const std::size_t cores : {1U, 2U}) {
      for (std::size_t step : {1U, 3U, 1000U}) {
        Scene scene(rules, cores, [](config::Config& config) { config.limits.body_prefix = 8; });
        const std::string frame = scene.chunk("tid1", {}, row.body, row.flag);
        std::vector<int> told;
        for (std::size_t at = 0; at < frame.size(); at += step) {
          scene.alice.say(std::string_view(frame).substr(at, step));
          for (const int code : codes(scene.alice)) told.push_back(code);
        }
        INFO(row.body << row.flag << " on " << cores << " by " << step);
        CHECK(told == std::vector<int>{row.code});
        std::string received;
        for (const sim::Frame& one : scene.bob.frames()) received += one.body;
        CHECK(received == (row.code == 200 ? row.body : ""));
      }
    }
  }
}

TEST_CASE("new rules: one version for all hops of a frame, and a chunk in progress keeps what it began with") {
  constexpr std::string_view before = "[[rule]]\nwhen = { method = \"SEND\" }\naction = \"continue\"\nadd = { X-V = \"1\" }\n";
  constexpr std::string_view after = "[[rule]]\nwhen = { method = \"SEND\" }\naction = \"continue\"\nadd = { X-V = \"2\" }\n";
  Scene scene(before, 2);
  const auto versions = [&] {
    std::string all;
    for (const sim::Frame& frame : scene.bob.frames()) {
      if (frame.is_response()) continue;
      for (const auto& [name, value] : frame.headers) all += name == "X-V" ? value : "";
      all += " ";
    }
    return all;
  };
  const std::string frame = scene.chunk("tid1", {}, "hello");
  scene.alice.say(frame);
  CHECK(versions() == "11 ");
  scene.stage.give_rules(after);
  scene.stage.settle();
  scene.alice.say(frame);
  CHECK(versions() == "11 ");
  // The core of the first hop uses them, that of the second not yet; then the other way round.
  scene.stage.use_rules(0);
  scene.stage.settle();
  scene.alice.say(frame);
  CHECK(versions() == "22 ");
  scene.bob.say(
      request("tid2", "SEND", scene.bob.relay_uri + " " + scene.alice.relay_uri + " " + scene.alice.uri, scene.bob.uri, {"Message-ID: b"}));
  std::string seen;
  for (const sim::Frame& one : scene.alice.frames()) {
    for (const auto& [name, value] : one.headers) seen += name == "X-V" ? value : "";
  }
  CHECK(seen == "11");
  scene.stage.use_rules(1);
  scene.stage.settle();
  scene.alice.say(frame);
  CHECK(versions() == "22 ");
}

TEST_CASE("a chunk that has begun is not refused by rules that came later; the next one is") {
  Scene scene("");
  const std::string octets = scene.chunk("tid1", {"Byte-Range: 1-*/*"}, std::string(30'000, 'x'), '+');
  scene.alice.say(octets.substr(0, 10'000));
  scene.stage.give_rules(small_messages);
  scene.stage.settle();
  scene.stage.use_rules(0);
  scene.stage.settle();
  scene.alice.say(octets.substr(10'000));
  CHECK(codes(scene.alice) == std::vector<int>{200});
  scene.alice.say(scene.chunk("tid2", {"Byte-Range: 30001-*/*"}, std::string(2000, 'x')));
  CHECK(codes(scene.alice) == std::vector<int>{415});
}

TEST_CASE("a rule without a session relays what nobody has a session for, with the paths that it says, and nothing else does") {
  Stage stage(1, {}, R"([[rule]]
when = { method = "SEND", session = "none" }
action = "relay"
relay = { without_session = true, to_path = "msrp://198.51.100.7:2855/x;tcp msrp://far.example.org:1/y;tcp", from_path = "msrp://relay.example.org:2855/z;tcp" }
)");
  Party stranger = stage.connect("msrp://stranger.invalid:1/s;tcp");
  stranger.say(request("tid1", "SEND", "msrp://relay.example.org:2855;tcp msrp://198.51.100.9:9/other;tcp", stranger.uri,
                       {"Message-ID: m", "Byte-Range: 1-5/5", "Content-Type: text/plain"}, "hello"));
  Party next = stage.dialled();
  CHECK(next.connection().peer.address == *base::IpAddress::parse("198.51.100.7"));
  const auto frames = next.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].value("To-Path") == "msrp://198.51.100.7:2855/x;tcp msrp://far.example.org:1/y;tcp");
  CHECK(frames[0].value("From-Path") == "msrp://relay.example.org:2855/z;tcp");
  CHECK(frames[0].value("Byte-Range") == "1-5/5");
  CHECK(codes(stranger) == std::vector<int>{200});
  stranger.say(request("tid2", "NICKNAME", "msrp://relay.example.org:2855;tcp msrp://198.51.100.9:9/other;tcp", stranger.uri, {}));
  CHECK(codes(stranger) == std::vector<int>{481});
}

TEST_CASE("a path that leads through this relay again and again, each time with more headers, is refused") {
  Stage stage(1, [](config::Config& config) { config.limits.uris_per_path = 32; }, R"([[rule]]
when = { method = "SEND" }
action = "relay"
relay = { without_session = true }
add = { X-A = "${header.X-Long}${header.X-Long}${header.X-Long}${header.X-Long}" }
)");
  Party stranger = stage.connect("msrp://stranger.invalid:1/s;tcp");
  std::string path = "msrp://relay.example.org:2855;tcp";
  for (int at = 0; at < 20; ++at) path += " msrp://relay.example.org:2855;tcp";
  stranger.say(
      request("tid1", "SEND", path + " msrp://198.51.100.9:9/x;tcp", stranger.uri, {"Message-ID: m", "X-Long: " + std::string(256, 'x')}));
  CHECK(codes(stranger) == std::vector<int>{400});
}

TEST_CASE("a link of its own, from an address of ours, closed when all is answered") {
  Scene scene(R"([[rule]]
when = { method = "SEND", msrp.lasthop.host = "archive.example.org" }
action = "relay"
relay = { next_hop = "msrp://198.51.100.7:8000;tcp", local = "192.0.2.44", link = "new", close = "after-response" }
)");
  const std::string path = scene.alice.relay_uri + " msrp://archive.example.org:1/a;tcp";
  scene.alice.say(send("tid1", scene.alice, path, "hello"));
  Party archive = scene.stage.dialled();
  CHECK(archive.connection().local.address == *base::IpAddress::parse("192.0.2.44"));
  CHECK(archive.connection().peer.port == 8000);
  const auto frames = archive.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].value("To-Path") == "msrp://archive.example.org:1/a;tcp");
  CHECK_FALSE(archive.closed());
  archive.say(response(frames[0], "200 OK"));
  CHECK(archive.closed());
  scene.alice.say(send("tid2", scene.alice, path, "again"));
  CHECK(scene.stage.ring().connects() == 2);
}

TEST_CASE("and when nobody answers, after the time for that") {
  Scene scene("[[rule]]\nwhen = { method = \"SEND\" }\naction = \"relay\"\nrelay = { close = \"after-response\" }\n");
  scene.alice.say(send("tid1", scene.alice, scene.alice.relay_uri + " msrp://198.51.100.7:1/a;tcp", "hello"));
  Party next = scene.stage.dialled();
  CHECK_FALSE(next.closed());
  scene.stage.pass(31s);
  scene.stage.pass(1s);
  CHECK(next.closed());
}

TEST_CASE("a rate: what comes too often is refused, later it is not") {
  Scene scene(
      "[[rule]]\nwhen = { method = \"SEND\", direction = \"from-client\", rate = { key = [\"user\"], above = \"2/s\" } }\naction = "
      "\"reply\"\nreply = { code = 403, reason = \"Slower\" }\n");
  std::vector<int> told;
  for (int at = 0; at < 4; ++at) {
    scene.alice.say(send("tid" + std::to_string(at), scene.alice, scene.path(), "hello"));
    for (const int code : codes(scene.alice)) told.push_back(code);
  }
  CHECK(told == std::vector<int>{200, 200, 403, 403});
  scene.stage.pass(1s);
  scene.alice.say(send("tid9", scene.alice, scene.path(), "hello"));
  CHECK(codes(scene.alice) == std::vector<int>{200});
}
