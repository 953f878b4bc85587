// Method: the global operator new counts while the relay turns. After a warm-up it must not be called: a relayed frame allocates nothing
// (models 2.5).
#include <cstdlib>
#include <new>

#include "relay_stage.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

namespace {

bool counting = false;
std::uint64_t allocations = 0;

void* allocate(std::size_t size) {
  if (counting) ++allocations;
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace relay_test;

// Like Stage::settle(), counting what the workers allocate.
std::uint64_t turns(Stage& stage, std::size_t cores) {
  allocations = 0;
  for (int turn = 0; turn < 6; ++turn) {
    for (std::size_t core = 0; core < cores; ++core) {
      counting = true;
      stage.worker(core).turn();
      counting = false;
    }
  }
  return allocations;
}

struct Pair {
  Stage stage;
  std::size_t cores;
  Party alice, bob;

  Pair(std::size_t cores_, const std::function<void(config::Config&)>& adjust)
      : stage(cores_, adjust), cores(cores_), alice(stage.client("alice", 0)), bob(stage.client("bob", cores_ - 1)) {
    for (Party* party : {&alice, &bob}) {
      party->connection().inbox.reserve(1 << 20);
      party->connection().heard.reserve(1 << 20);
    }
  }
  // `cuts`: in how many parts the frame arrives. Returns the allocations of its way there and of the answer's way back.
  std::uint64_t exchange(int number, std::size_t body, int cuts, const std::vector<std::string>& more) {
    const std::string tid = "tid" + std::to_string(number);
    const std::string frame = send(tid, alice, alice.relay_uri + " " + bob.relay_uri + " " + bob.uri, std::string(body, 'x'), more);
    std::uint64_t sum = 0;
    for (int cut = 0; cut < cuts; ++cut) {
      const std::size_t from = frame.size() * static_cast<std::size_t>(cut) / static_cast<std::size_t>(cuts);
      const std::size_t to = frame.size() * static_cast<std::size_t>(cut + 1) / static_cast<std::size_t>(cuts);
      alice.connection().inbox.append(frame, from, to - from);
      sum += turns(stage, cores);
    }
    std::string received;
    received.swap(bob.connection().heard);
    bob.connection().heard.reserve(1 << 20);
    sim::FrameReader reader;
    reader.feed(received);
    std::size_t octets = 0;
    while (const auto piece = reader.next()) {
      octets += piece->body.size();
      if (more.empty()) bob.connection().inbox += response(*piece, "200 OK");
    }
    REQUIRE(octets == body);
    sum += turns(stage, cores);
    alice.connection().heard.clear();
    return sum;
  }
};

void allocates_nothing(std::size_t cores, std::size_t body, int cuts, const std::vector<std::string>& more = {},
                       const std::function<void(config::Config&)>& adjust = {}) {
  Pair pair(cores, adjust);
  // The first ones make what the later ones use: the counter sees the worker.
  CHECK(pair.exchange(0, body, cuts, more) > 0);
  for (int i = 1; i < 40; ++i) pair.exchange(i, body, cuts, more);
  std::uint64_t sum = 0;
  for (int i = 40; i < 80; ++i) sum += pair.exchange(i, body, cuts, more);
  CHECK(sum == 0);
}

}  // namespace

TEST_CASE("the counter counts") {
  counting = true;
  allocations = 0;
  delete new int(3);
  counting = false;
  CHECK(allocations == 1);
}
TEST_CASE("a small SEND that is there whole allocates nothing") { allocates_nothing(1, 64, 1); }
TEST_CASE("without failure reports neither") { allocates_nothing(1, 64, 1, {"Failure-Report: no"}); }
TEST_CASE("a SEND that comes in cuts neither") { allocates_nothing(1, 700, 3); }
TEST_CASE("a SEND whose body rides behind its head neither") { allocates_nothing(1, 60'000, 5); }
TEST_CASE("a small SEND to another core neither") { allocates_nothing(3, 64, 1); }
TEST_CASE("a SEND to another core in parts neither") { allocates_nothing(3, 60'000, 5); }

TEST_CASE("with accounting on neither") {
  const auto on = [](config::Config& config) { config.accounting.folder = "here"; };
  allocates_nothing(1, 64, 1, {}, on);
  allocates_nothing(1, 60'000, 3, {}, on);
  allocates_nothing(2, 64, 1, {}, on);
  allocates_nothing(2, 60'000, 3, {}, on);
}
