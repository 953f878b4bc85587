// What bench/gate counts: the relay core on a fake ring, one fixed schedule a scenario. Each scenario plays unseen rounds until nothing is
// new to the relay, then counted ones; under callgrind it ends with a dump of its own, named after it. A line of JSON a scenario on stdout
// says how many units (frames delivered, AUTH exchanges) and allocations were counted. What is no part of the relay is not counted
// (uncounted_ring.h). usage: gate_load [--plant instructions|allocation] [--rounds N] [SCENARIO...]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "../tests/unit/relay/relay_stage.h"
#include "auth/digest.h"
#include "msrp/cpu.h"
#include "uncounted_ring.h"

namespace {

std::uint64_t allocations = 0;

void* allocate(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  if (bench::counting) ++allocations;
  void* memory = std::aligned_alloc(alignment, (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return allocate(size, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return allocate(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using relay_test::Party;
using relay_test::Stage;

struct Load {
  std::size_t cores = 1;
  std::size_t pairs = 1;
  std::size_t window = 1;  // frames of a pair that arrive at once
  std::size_t body = 64;
  std::size_t cuts = 1;  // turns over which a frame arrives
  std::size_t rules = 0;
  bool answered = true;       // Failure-Report: no otherwise
  bool known = true;          // false: each frame goes the long way, as the first of its kind does
  bool both_clients = false;  // of this relay: each frame passes two URIs of ours
};

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "gate_load: %s\n", what);
  std::exit(2);
}

// Rules of mixed kinds that all let the frame pass, and a last one that relays it.
std::string rules_before(std::size_t count) {
  static constexpr std::string_view kinds[] = {R"(method = "REPORT", user = "user#")", R"(user = { not_in = ["alice", "user#"] })",
                                               R"(source = { in = ["10.#.0.0/16", "2001:db8:#::/48"] })", R"(size = { gt = "1#MiB" })",
                                               R"(content_type = { like = "image/x#-*" })"};
  std::string text;
  for (std::size_t rule = 0; rule < count; ++rule) {
    std::string condition(kinds[rule % std::size(kinds)]);
    for (std::size_t at; (at = condition.find('#')) != std::string::npos;) condition.replace(at, 1, std::to_string(rule + 1));
    text += "[[rule]]\nwhen = { " + condition + " }\naction = \"drop\"\n";
  }
  if (count > 0) text += "[[rule]]\nname = \"last\"\nwhen = { method = \"SEND\", session = \"known\" }\naction = \"relay\"\n";
  return text;
}

std::unique_ptr<ring::Ring> uncounted(relay_test::FakeRing& ring) { return std::make_unique<bench::UncountedRing>(ring); }

// One turn of every core, and for several cores a second one of the first: what goes back to it comes by mail.
void counted_turn(Stage& stage, std::size_t cores) {
  for (std::size_t core = 0; core < cores + (cores > 1 ? 1 : 0); ++core) {
    relay::Worker& worker = stage.worker(core % cores);
    const bench::Counted counted(true);
    worker.turn();
  }
}

struct Pair {
  Party left, right;
};

class Relaying {
 public:
  explicit Relaying(const Load& load) : load_(load), stage_(load.cores, {}, rules_before(load.rules), uncounted) {
    stage_.allow_short_way(load.known);
    for (std::size_t i = 0; i < load.pairs; ++i) {
      pairs_.push_back({party("left" + std::to_string(i), 0, load.both_clients), party("right" + std::to_string(i), load.cores - 1, true)});
    }
  }

  // Every pair's window one way, then its answers; both ways in turn. Returns the frames delivered.
  std::size_t round() {
    leftward_ = !leftward_;
    std::vector<std::string> coming;
    for (Pair& pair : pairs_) coming.push_back(window_of(pair));
    for (std::size_t cut = 0; cut < load_.cuts; ++cut) {
      for (std::size_t i = 0; i < pairs_.size(); ++i) {
        const std::size_t from = coming[i].size() * cut / load_.cuts;
        const std::size_t to = coming[i].size() * (cut + 1) / load_.cuts;
        sender(pairs_[i]).connection().inbox.append(coming[i], from, to - from);
      }
      counted_turn(stage_, load_.cores);
    }
    std::size_t delivered = 0;
    for (Pair& pair : pairs_) delivered += answer(pair);
    counted_turn(stage_, load_.cores);
    if (delivered != pairs_.size() * load_.window) give_up("a frame was not delivered in the turns it has");
    for (Pair& pair : pairs_) check_answers(pair);
    return delivered;
  }

 private:
  // A client of the relay, or a peer without a relay that has found its way to it.
  Party party(const std::string& name, std::size_t core, bool is_client) {
    Party party = stage_.connect("msrp://" + name + ".invalid:7654/" + name + ";tcp", core);
    if (is_client) party.authenticate("alice");
    return party;
  }
  Party& sender(Pair& pair) const { return leftward_ ? pair.right : pair.left; }
  Party& receiver(Pair& pair) const { return leftward_ ? pair.left : pair.right; }

  std::string window_of(Pair& pair) {
    std::string text;
    const Party& from = sender(pair);
    const Party& to = receiver(pair);
    std::string path;
    for (const Party* owner : {&from, &to})
      if (!owner->relay_uri.empty()) path += owner->relay_uri + " ";
    path += to.uri;
    for (std::size_t i = 0; i < load_.window; ++i) {
      const std::string number = std::to_string(10'000'000 + ++frames_);
      text += relay_test::send("tid" + number, from, path, std::string(load_.body, 'x'),
                               load_.answered ? std::vector<std::string>{} : std::vector<std::string>{"Failure-Report: no"});
    }
    return text;
  }
  // What the receiver says to what has come: whole messages, maybe in several chunks. Returns how many ended.
  std::size_t answer(Pair& pair) {
    Party& to = receiver(pair);
    std::size_t octets = 0;
    for (const sim::Frame& frame : to.frames()) {
      if (frame.method != "SEND") continue;
      octets += frame.body.size();
      if (load_.answered) to.connection().inbox += relay_test::response(frame, "200 OK");
    }
    return octets / load_.body;
  }
  void check_answers(Pair& pair) {
    const auto heard = sender(pair).frames();
    const auto good = std::count_if(heard.begin(), heard.end(), [](const sim::Frame& frame) { return frame.code == 200; });
    if (static_cast<std::size_t>(good) != (load_.answered ? load_.window : 0)) give_up("the relay has not answered each SEND with 200");
  }

  Load load_;
  Stage stage_;
  std::vector<Pair> pairs_;
  bool leftward_ = true;
  std::uint64_t frames_ = 0;
};

// A client on a new link asks, is challenged, answers, has a session; links come and go uncounted.
class Authenticating {
 public:
  Authenticating() : stage_(1, {}, {}, uncounted) {}

  std::size_t round() {
    static constexpr std::string_view own_uri = "msrp://client.invalid:7654/client;tcp";
    const std::string to = std::string(Stage::authority) + ";tcp";
    Party party = stage_.connect(own_uri);
    party.connection().inbox += relay_test::request("authone", "AUTH", to, own_uri, {});
    counted_turn(stage_, 1);
    const auto asked = party.frames();
    if (asked.size() != 1 || asked[0].code != 401) give_up("no challenge");
    const auto challenge = auth::parse_challenge(asked[0].value("WWW-Authenticate"));
    relay_test::Entropy entropy(7);
    const std::string answer = auth::answer_challenge(*challenge, "alice", base::Secret("secret-alice"), to, 1, entropy);
    party.connection().inbox += relay_test::request("authtwo", "AUTH", to, own_uri, {"Authorization: " + answer});
    counted_turn(stage_, 1);
    const auto granted = party.frames();
    if (granted.size() != 1 || granted[0].code != 200) give_up("AUTH was refused");
    party.finish();
    return 1;
  }

 private:
  Stage stage_;
};

template <class Play>
void measure(const char* name, const char* unit, int rounds, Play&& play) {
  for (int round = 0; round < 20; ++round) play.round();
  CALLGRIND_ZERO_STATS;
  allocations = 0;
  std::size_t units = 0;
  for (int round = 0; round < rounds; ++round) units += play.round();
  CALLGRIND_DUMP_STATS_AT(name);
  std::printf("{\"scenario\": \"%s\", \"unit\": \"%s\", \"units\": %zu, \"allocations\": %llu}\n", name, unit, units,
              static_cast<unsigned long long>(allocations));
}

struct Scenario {
  const char* name;
  Load load;
};

constexpr Scenario relaying[] = {
    {"window16", {.pairs = 10, .window = 16}},
    {"window1", {.pairs = 1, .window = 1}},
    {"unanswered", {.pairs = 10, .window = 16, .answered = false}},
    {"long-way", {.pairs = 10, .window = 16, .known = false}},
    {"rules50", {.pairs = 10, .window = 16, .rules = 50, .known = false}},
    {"cuts16KiB", {.pairs = 4, .window = 1, .body = 16 * 1024, .cuts = 4}},
    {"both-clients", {.pairs = 10, .window = 16, .both_clients = true}},
    {"two-cores", {.cores = 2, .pairs = 10, .window = 16}},
};

void print_build() {
#ifdef __clang__
  constexpr const char* compiler = "clang++";
  constexpr int major = __clang_major__;
#else
  constexpr const char* compiler = "g++";
  constexpr int major = __GNUC__;
#endif
  std::printf("{\"build\": \"%s %d, %s, %s\"}\n", compiler, major, GATE_BUILD, msrp::machine_has_avx2() ? "AVX2" : "no AVX2");
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 20;
  std::vector<std::string_view> wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--plant" && (value == "instructions" || value == "allocation")) {
      bench::plant = value == "instructions" ? bench::Plant::instructions : bench::Plant::allocation;
      ++i;
    } else if (word == "--rounds" && !value.empty() && std::atoi(argv[i + 1]) > 0) {
      rounds = std::atoi(argv[++i]);
    } else if (word.starts_with("--")) {
      give_up("usage: gate_load [--plant instructions|allocation] [--rounds N] [SCENARIO...]");
    } else {
      wanted.push_back(word);
    }
  }
  const auto is_wanted = [&](std::string_view name) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  };
  print_build();
  for (const Scenario& scenario : relaying)
    if (is_wanted(scenario.name)) measure(scenario.name, "frame", rounds, Relaying(scenario.load));
  if (is_wanted("auth")) measure("auth", "exchange", rounds, Authenticating());
  return 0;
}
