// Method: two relays that live the same life, one of which knows frames by sight and one of which takes the long way with each. Whatever
// clients, peers and other relays say, right or wrong, whole or in cuts, each party must hear the same octets from both, and both must have
// counted the same. And what may change between two frames that are alike is changed on purpose.
#include "relay_stage.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

namespace {

using namespace relay_test;
using namespace std::chrono_literals;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33U) % bound;
  }
  bool one_in(std::size_t n) { return below(n) == 0; }
  const std::string& one_of(const std::vector<std::string>& items) { return items[below(items.size())]; }

 private:
  std::uint64_t state_;
};

void adjust(config::Config& config) {
  config.relay_addresses = {*base::IpAddress::parse("198.51.100.7")};
  config.limits.transactions_per_link = 64;
  config.limits.header_bytes = 1024;
  config.limits.session_buffer = std::size_t{16} << 10U;
  config.limits.link_output = std::size_t{32} << 10U;
}

// One of the two.
struct Scene {
  Stage stage;
  Party alice, bob, carol;  // with sessions; carol on the last core
  Party dave;               // a peer without a relay
  Party relay;              // another one, behind which erin is
  Party liar;               // says that it is dave
  std::vector<Party*> all{&alice, &bob, &carol, &dave, &relay, &liar};

  Scene(bool short_way, std::string_view rules, std::size_t cores)
      : stage(cores, adjust, rules),
        alice(stage.client("alice")),
        bob(stage.client("bob")),
        carol(stage.client("carol", cores - 1)),
        dave(stage.connect("msrp://192.0.2.60:7000/dave;tcp")),
        relay(stage.connect("msrp://far.example.net:2855/s9;tcp msrp://erin.example.net:9/e;tcp", 0, "198.51.100.7")),
        liar(stage.connect(dave.uri)) {
    stage.resolver_answer = {*base::IpAddress::parse("198.51.100.9")};
    stage.allow_short_way(short_way);
  }
};

class Play {
 public:
  Play(std::uint64_t seed, std::string_view rules, std::size_t cores)
      : dice_(seed), rules_(rules), cores_(cores), a_(true, rules, cores), b_(false, rules, cores) {
    compare();
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      act();
      compare();
    }
    const auto known = a_.stage.count(&relay::Counters::frames_known);
    found_ += known;
    CHECK(b_.stage.count(&relay::Counters::frames_known) == 0);
  }
  std::uint64_t found() const { return found_; }

 private:
  static constexpr std::size_t parties = 6;

  void act() {
    const std::size_t kind = dice_.below(100);
    if (kind < 70) return speak();
    if (kind < 90) return answer();
    if (kind < 94) return both([&](Scene& scene) { scene.stage.pass(1s); });
    if (kind == 94 && dice_.one_in(4)) return both([&](Scene& scene) { scene.stage.pass(20min); });
    if (kind == 95) return again();
    if (kind == 96 && dice_.one_in(2)) return reload();
    if (kind == 98) return stall();
    if (kind == 97 && dice_.one_in(4)) {
      const std::size_t who = dice_.below(parties);
      return both([&](Scene& scene) { scene.all[who]->reset(); });
    }
    speak();
  }

  template <class Act>
  void both(Act act) {
    act(a_);
    act(b_);
  }

  // Somebody comes back, on another link.
  void again() {
    static const std::vector<std::string> names{"alice", "bob", "carol"};
    const std::size_t who = dice_.below(parties);
    both([&](Scene& scene) {
      Party& party = *scene.all[who];
      if (who >= names.size()) {
        party = scene.stage.connect(party.uri, 0, party.connection().peer.address.to_string());
      } else {
        party = scene.stage.client(names[who], who == 2 ? cores_ - 1 : 0);
      }
    });
    readers_[who] = {};
    unanswered_[who].clear();
  }

  // A party reads nothing for a while, or goes on reading.
  void stall() {
    const std::size_t who = dice_.below(parties);
    const std::size_t room = dice_.one_in(2) ? SIZE_MAX : dice_.below(2000);
    both([&](Scene& scene) {
      scene.all[who]->connection().room = room;
      scene.stage.settle();
    });
  }

  void reload() {
    both([&](Scene& scene) {
      scene.stage.give_rules(rules_);
      scene.stage.settle();
      scene.stage.use_rules(0);
      scene.stage.settle();
    });
  }

  std::string path(std::size_t from, std::size_t to) {
    const Party& source = *a_.all[from];
    const Party& target = *a_.all[to];
    std::string path = source.relay_uri;
    if (!target.relay_uri.empty()) path += (path.empty() ? "" : " ") + target.relay_uri;
    if (dice_.one_in(40)) path.insert(path.size() / 2, "x");
    return path + (path.empty() ? "" : " ") + target.uri;
  }

  std::string frame(std::size_t from, std::size_t to) {
    const std::string tid = dice_.one_of({"tid1", "tid2", "abcdefgh", "x.y-z+12", "0123456789abcdef0123456789abcdef"});
    const std::string body(dice_.one_in(6) ? dice_.below(9000) : dice_.below(40), dice_.one_in(3) ? '-' : 'b');
    std::vector<std::string> headers{"Message-ID: m" + std::to_string(dice_.below(dice_.one_in(3) ? 100'000 : 3))};
    const std::string size = std::to_string(body.size());
    const std::string range =
        dice_.one_of({"1-" + size + "/" + size, "1-" + size + "/" + size, "1-" + size + "/" + size, "1-*/*", "1-*/" + size, "1-5/5",
                      "1-" + size + "/20000", "5-" + std::to_string(body.size() + 4) + "/20000", "01-" + size + "/" + size});
    if (!dice_.one_in(16)) headers.insert(dice_.one_in(6) ? headers.begin() : headers.end(), "Byte-Range: " + range);
    if (dice_.one_in(12)) headers.push_back("Failure-Report: " + dice_.one_of({"no", "partial", "yes"}));
    if (dice_.one_in(10)) headers.push_back("Success-Report: yes");
    if (dice_.one_in(20)) headers.push_back("X-Urgent: " + dice_.one_of({"1", "2"}));
    headers.emplace_back("Content-Type: " + std::string(dice_.one_in(10) ? "image/png" : "text/plain"));
    const char flag = dice_.one_in(10) ? '+' : dice_.one_in(30) ? '#' : '$';
    std::string octets = request(tid, dice_.one_in(30) ? "REPORT" : "SEND", path(from, to), a_.all[from]->uri, headers, body, flag);
    if (dice_.one_in(25)) octets[dice_.below(octets.size())] = "\r\n -$aZ0:/;"[dice_.below(11)];
    return octets;
  }

  // Some frames of one party, in one piece or cut.
  void speak() {
    const std::size_t from = dice_.below(parties);
    if (a_.all[from]->closed()) return;
    const std::size_t to = dice_.one_in(5) ? dice_.below(parties) : (from + (dice_.one_in(2) ? 1 : 4)) % 5;
    std::string octets;
    for (std::size_t count = 1 + dice_.below(8); count > 0; --count) octets += frame(from, to);
    const std::size_t cut = dice_.one_in(3) ? dice_.below(octets.size()) : octets.size();
    const bool pause = dice_.one_in(2);
    both([&](Scene& scene) {
      scene.all[from]->say(octets.substr(0, cut));
      if (pause) scene.stage.pass(10ms);
      if (!scene.all[from]->closed()) scene.all[from]->say(octets.substr(cut));
    });
  }

  // What was heard is answered, in some way, and some of it never.
  void answer() {
    for (std::size_t who = 0; who < a_.all.size(); ++who) {
      std::string octets;
      for (const sim::Frame& frame : unanswered_[who]) {
        if (dice_.one_in(20)) continue;
        std::string answer =
            response(frame, dice_.one_of({"200 OK", "200 OK", "200 OK", "200 OK", "200 OK", "200", "413 Stop", "481 Gone", "408"}));
        if (dice_.one_in(30)) answer[dice_.below(answer.size())] = "\r\n -$aZ0:/;"[dice_.below(11)];
        octets += answer;
        if (dice_.one_in(50)) octets += answer;
      }
      unanswered_[who].clear();
      if (a_.all[who]->closed()) continue;
      both([&](Scene& scene) {
        if (!scene.all[who]->closed()) scene.all[who]->say(octets);
      });
    }
  }

  std::vector<std::pair<std::string, std::uint64_t>> counts(Scene& scene) const {
    std::vector<std::pair<std::string, std::uint64_t>> all;
    for (std::size_t core = 0; core < cores_; ++core) {
      scene.stage.worker(core).counters().each([&](std::string_view name, std::string_view, std::uint64_t value) {
        if (name != "frames_known") all.emplace_back(name, value);
      });
    }
    return all;
  }

  // What has been said on links that are nobody's any more, or that the relay has opened.
  void compare_others() {
    for (std::size_t core = 0; core < cores_; ++core) {
      const int last = a_.stage.ring(core).last_opened();
      REQUIRE(b_.stage.ring(core).last_opened() == last);
      for (int descriptor = 0; descriptor <= last; ++descriptor) {
        const std::string heard = std::exchange(a_.stage.ring(core).at(descriptor).heard, {});
        const std::string long_way = std::exchange(b_.stage.ring(core).at(descriptor).heard, {});
        REQUIRE(heard == long_way);
      }
    }
  }

  void compare() {
    for (std::size_t who = 0; who < a_.all.size(); ++who) {
      const std::string heard = a_.all[who]->hear();
      const std::string long_way = b_.all[who]->hear();
      REQUIRE(heard == long_way);
      REQUIRE(a_.all[who]->closed() == b_.all[who]->closed());
      readers_[who].feed(heard);
      while (auto frame = readers_[who].next()) {
        if (frame->method == "SEND") unanswered_[who].push_back(std::move(*frame));
      }
    }
    compare_others();
    REQUIRE(a_.stage.said == b_.stage.said);
    REQUIRE(counts(a_) == counts(b_));
    const relay::Worker::Held a = a_.stage.worker().held();
    const relay::Worker::Held b = b_.stage.worker().held();
    REQUIRE(a.links == b.links);
    REQUIRE(a.sessions == b.sessions);
    REQUIRE(a.reports == b.reports);
  }

  Dice dice_;
  std::string rules_;
  std::size_t cores_;
  Scene a_;
  Scene b_;
  std::array<sim::FrameReader, parties> readers_;
  std::array<std::vector<sim::Frame>, parties> unanswered_;
  std::uint64_t found_ = 0;
};

const std::vector<std::string>& rule_sets() {
  static const std::vector<std::string> sets = {
      "",
      "[[rule]]\nwhen = { method = \"SEND\", size = { gt = \"5KiB\" } }\naction = \"reply\"\nreply = { code = 413, reason = \"Too Big\" }\n"
      "[[rule]]\nwhen = { user = \"mallory\" }\naction = \"drop\"\n",
      "[[rule]]\nwhen = { header.X-Urgent = \"1\" }\naction = \"continue\"\nlog = \"urgent ${message_id}\"\nset = { X-Seen = \"${user}\" "
      "}\n"
      "[[rule]]\nwhen = { content_type = \"image/png\", user = \"alice\" }\naction = \"reply\"\nreply = { code = 415 }\n",
      "[[rule]]\nwhen = { message_id = \"m1\" }\naction = \"drop\"\n",
      "[[rule]]\nwhen = { header.Message-ID = \"m2\" }\naction = \"drop\"\n",
      "[[rule]]\nname = \"fast\"\nwhen = { method = \"SEND\", rate = { key = [\"user\"], above = \"2/s\" } }\naction = \"reply\"\n"
      "reply = { code = 429 }\n",
      "[[rule]]\nwhen = { msrp.body = { match = \"bbbb\" } }\naction = \"drop\"\n",
  };
  return sets;
}

}  // namespace

TEST_CASE("who knows frames by sight says octet for octet what the long way says") {
  std::uint64_t seed = 1;
  std::uint64_t found = 0;
  for (const std::string& rules : rule_sets()) {
    for (const std::size_t cores : {1U, 2U}) {
      for (int round = 0; round < 40; ++round) {
        INFO("seed " << seed << ", cores " << cores << ", rules " << rules);
        Play play(seed++, rules, cores);
        play.run(150);
        found += play.found();
      }
    }
  }
  CHECK(found > 8'000);
}

namespace {

// alice and bob, and SENDs that are alike.
struct Pair {
  Stage stage;
  Party alice, bob;
  int number = 0;
  explicit Pair(std::string_view rules = {}) : stage(1, adjust, rules), alice(stage.client("alice")), bob(stage.client("bob")) {}
  std::string path() const { return alice.relay_uri + " " + bob.relay_uri + " " + bob.uri; }
  std::string next(std::string_view body = "hello") { return send("tid" + std::to_string(number++), alice, path(), body); }
  // Sent, heard, answered.
  void exchange(int times) {
    for (; times > 0; --times) {
      alice.say(next());
      const auto heard = bob.frames();
      REQUIRE(heard.size() == 1);
      REQUIRE(heard[0].body == "hello");
      bob.say(response(heard[0], "200 OK"));
      const auto answered = alice.frames();
      REQUIRE(answered.size() == 1);
      REQUIRE(answered[0].code == 200);
      REQUIRE(answered[0].tid == "tid" + std::to_string(number - 1));
    }
  }
  std::uint64_t known() const { return stage.count(&relay::Counters::frames_known); }
};

}  // namespace

TEST_CASE("the third frame of its kind is known, and so is the third answer") {
  Pair pair;
  const std::uint64_t before = pair.known();
  pair.exchange(2);
  CHECK(pair.known() == before);
  pair.exchange(10);
  CHECK(pair.known() == before + 20);
}

TEST_CASE("what is known ends with the link, with the session, and with the rules") {
  Pair pair;
  pair.exchange(5);
  SECTION("the receiver has gone") {
    pair.bob.reset();
    pair.alice.say(pair.next());
    CHECK(pair.alice.frames().at(0).code == 481);
  }
  SECTION("its session has ended") {
    pair.stage.pass(31min);
    pair.alice.say(pair.next());
    CHECK(pair.alice.frames().at(0).code == 481);
  }
  SECTION("a rule refuses it from now on") {
    pair.stage.give_rules("[[rule]]\nwhen = { method = \"SEND\" }\naction = \"reply\"\nreply = { code = 403 }\n");
    pair.stage.settle();
    pair.stage.use_rules(0);
    pair.stage.settle();
    pair.alice.say(pair.next());
    CHECK(pair.alice.frames().at(0).code == 403);
  }
  SECTION("another link says the same") {
    Party mallory = pair.stage.connect(pair.alice.uri);
    mallory.say(pair.next());
    CHECK(mallory.frames().at(0).code == 403);
    CHECK(pair.bob.frames().empty());
  }
  SECTION("the receiver wants no more of that message") {
    const std::string chunk = pair.next();
    pair.alice.say(chunk);
    pair.bob.say(response(pair.bob.frames().at(0), "413 Stop"));
    pair.alice.frames();
    pair.alice.say(chunk);
    CHECK(pair.alice.frames().at(0).code == 413);
  }
}

TEST_CASE("each frame that is known counts as a hit of the rule that relays it") {
  Pair pair("[[rule]]\nname = \"all\"\nwhen = { method = \"SEND\" }\naction = \"relay\"\n");
  pair.exchange(50);
  CHECK(pair.known() > 80);
  CHECK(pair.stage.worker().rule_hits().at(0) == 100);  // two hops each
}

TEST_CASE("whose link a peer is reached by is asked each time") {
  Pair pair;
  Party dave = pair.stage.connect("msrp://192.0.2.60:7000/dave;tcp");
  Party later = pair.stage.connect(dave.uri);
  const auto to_alice = [&](Party& from) {
    from.say(send("tid" + std::to_string(pair.number++), from, pair.alice.relay_uri + " " + pair.alice.uri, "hello"));
    REQUIRE(!pair.alice.hear().empty());
  };
  to_alice(dave);
  const std::uint64_t before = pair.known();
  for (int i = 0; i < 6; ++i) to_alice(later);
  CHECK(pair.known() == before);  // might have to be bound any time
  // As long as the first is there, who came later gets nothing.
  const auto to_dave = [&] {
    pair.alice.say(send("from" + std::to_string(pair.number++), pair.alice, pair.alice.relay_uri + " " + dave.uri, "hello"));
  };
  const auto requests = [](Party& party) {
    std::size_t count = 0;
    for (const sim::Frame& frame : party.frames()) count += !frame.is_response();
    return count;
  };
  to_dave();
  CHECK(requests(dave) == 1);
  CHECK(requests(later) == 0);
  dave.reset();
  to_alice(later);
  to_dave();
  CHECK(requests(later) == 1);
  to_alice(later);
  CHECK(pair.known() == before + 1);
  CHECK(pair.stage.ring().connects() == 0);
}

TEST_CASE("a link that serves many sessions is not paused for one of them") {
  Pair pair;
  Party relay = pair.stage.connect("msrp://far.example.net:2855/s9;tcp msrp://erin.example.net:9/e;tcp", 0, "198.51.100.7");
  const auto say = [&](Party& to, std::string_view body) {
    relay.say(send("tid" + std::to_string(pair.number++), relay, to.relay_uri + " " + to.uri, body));
  };
  for (int i = 0; i < 3; ++i) {
    say(pair.alice, "hello");
    say(pair.bob, "hello");
  }
  pair.alice.connection().room = 0;
  for (int i = 0; i < 60; ++i) say(pair.alice, std::string(1000, 'x'));
  CHECK(pair.known() > 50);
  CHECK(pair.stage.count(&relay::Counters::sources_paused) == 0);
  pair.bob.frames();
  say(pair.bob, "hello");
  CHECK(pair.bob.frames().size() == 1);
}
