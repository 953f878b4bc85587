// Method: records of random sizes through one lane against a std::deque (boundaries, wrap-around, full, empty); then real threads, with the
// sleep protocol: meant to be run under ThreadSanitizer too, and a lost wake-up shows as a test that never ends.
#include "ring/mailbox.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "ring/sim_random.h"

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

using ring::Lane;
using ring::MailLane;
using ring::PostOffice;
using ring::SimRandom;

namespace {

std::string record(std::uint64_t number, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(number * 31 + i * 7);
  return text;
}

bool put(Lane& lane, std::string_view text, std::size_t reserved) {
  const std::span<char> room = lane.reserve(reserved);
  if (room.empty()) return false;
  std::memcpy(room.data(), text.data(), text.size());
  lane.commit(text.size());
  return true;
}

}  // namespace

TEST_CASE("a lane's capacity is a power of two, at least 64 KiB") {
  REQUIRE(Lane(1).capacity() == 64 * 1024);
  REQUIRE(Lane(64 * 1024).capacity() == 64 * 1024);
  REQUIRE(Lane(64 * 1024 + 1).capacity() == 128 * 1024);
}

TEST_CASE("a lane gives back what was put in, in order, whatever the sizes") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    SimRandom random(seed);
    Lane lane(64 * 1024);
    std::deque<std::string> model;
    std::uint64_t refused = 0;
    const std::size_t largest = seed % 3 == 0 ? lane.record_bytes_max() : seed % 3 == 1 ? 100 : 5000;
    const double producing = 0.2 + 0.6 * static_cast<double>(seed % 5) / 4;
    for (std::uint64_t step = 0; step < 20000; ++step) {
      if (random.chance(producing)) {
        const std::size_t size = random.between(1, largest);
        const std::size_t reserved = random.between(size, largest);
        const std::size_t room = lane.room();
        REQUIRE(room % 8 == 0);
        const std::string text = record(step, size);
        // room() says exactly what reserve() then does.
        REQUIRE(put(lane, text, reserved) == ((reserved + 7) / 8 * 8 <= room));
        if ((reserved + 7) / 8 * 8 <= room) {
          model.push_back(text);
        } else {
          REQUIRE(lane.refused() == ++refused);
        }
      } else {
        REQUIRE(lane.empty() == model.empty());
        const std::string_view front = lane.front();
        REQUIRE(front == lane.front());
        REQUIRE(front.empty() == model.empty());
        if (model.empty()) continue;
        REQUIRE(front == model.front());
        REQUIRE(reinterpret_cast<std::uintptr_t>(front.data()) % 8 == 0);
        lane.pop();
        model.pop_front();
      }
    }
  }
}

TEST_CASE("a reserve without commit leaves nothing behind") {
  Lane lane(64 * 1024);
  for (int i = 0; i < 100; ++i) {
    // Also where it would have wrapped.
    REQUIRE_FALSE(lane.reserve(lane.record_bytes_max()).empty());
    REQUIRE(lane.empty());
    REQUIRE(put(lane, "kept", 1000));
    REQUIRE(lane.front() == "kept");
    lane.pop();
    REQUIRE(lane.front().empty());
  }
}

TEST_CASE("a lane that is empty takes its largest record wherever it stands") {
  Lane lane(64 * 1024);
  const std::string large = record(1, lane.record_bytes_max());
  for (std::uint64_t step = 0; step < 20'000; ++step) {
    REQUIRE(put(lane, record(step, 1 + step % 40), 1 + step % 40));
    lane.front();
    lane.pop();
    REQUIRE(lane.room() == lane.record_bytes_max());
    if (step % 97 != 0) continue;
    REQUIRE(put(lane, large, large.size()));
    REQUIRE(lane.front() == large);
    lane.pop();
  }
}

TEST_CASE("the post office has two lanes for every ordered pair, the control thread among them") {
  PostOffice office(3, {});
  REQUIRE(office.control() == base::CoreId(3));
  std::vector<Lane*> seen;
  for (std::uint16_t from = 0; from <= 3; ++from) {
    for (std::uint16_t to = 0; to <= 3; ++to) {
      for (const MailLane kind : {MailLane::control, MailLane::data}) {
        Lane* lane = &office.lane(base::CoreId(from), base::CoreId(to), kind);
        REQUIRE(std::find(seen.begin(), seen.end(), lane) == seen.end());
        seen.push_back(lane);
      }
    }
  }
  REQUIRE(office.lane(base::CoreId(0), base::CoreId(1), MailLane::control).capacity() == 256 * 1024);
  REQUIRE(office.lane(base::CoreId(0), base::CoreId(1), MailLane::data).capacity() == 1024 * 1024);
}

TEST_CASE("nobody sleeps over mail, and each sleep is ended once") {
  PostOffice office(2, {});
  const base::CoreId a(0);
  const base::CoreId b(1);
  REQUIRE_FALSE(office.must_wake(b));
  REQUIRE(office.prepare_to_sleep(b));
  REQUIRE(put(office.lane(a, b, MailLane::data), "mail", 4));
  REQUIRE(office.must_wake(b));
  REQUIRE_FALSE(office.must_wake(b));
  office.woke_up(b);
  REQUIRE_FALSE(office.prepare_to_sleep(b));
  REQUIRE_FALSE(office.must_wake(b));
  office.lane(a, b, MailLane::data).front();
  office.lane(a, b, MailLane::data).pop();
  REQUIRE(put(office.lane(office.control(), b, MailLane::control), "mail", 4));
  REQUIRE_FALSE(office.prepare_to_sleep(b));
  office.lane(office.control(), b, MailLane::control).front();
  office.lane(office.control(), b, MailLane::control).pop();
  REQUIRE(office.prepare_to_sleep(b));
  office.woke_up(b);
  REQUIRE_FALSE(office.must_wake(b));
}

TEST_CASE("threads exchange mail through both lanes and wake each other") {
  constexpr std::uint64_t records = 40'000;
  PostOffice office(2, {64 * 1024, 64 * 1024});
  std::counting_semaphore<1'000'000> bells[2] = {std::counting_semaphore<1'000'000>(0), std::counting_semaphore<1'000'000>(0)};
  std::uint64_t wrong[2] = {0, 0};
  const auto run = [&](std::uint16_t number) {
    const base::CoreId self(number);
    const base::CoreId other(static_cast<std::uint16_t>(1 - number));
    SimRandom random(number);
    std::uint64_t sent[2] = {0, 0};
    std::uint64_t received[2] = {0, 0};
    while (sent[0] < records || sent[1] < records || received[0] < records || received[1] < records) {
      bool moved = false;
      for (std::size_t kind = 0; kind < ring::mail_lanes; ++kind) {
        Lane& out = office.lane(self, other, static_cast<MailLane>(kind));
        for (std::uint64_t burst = random.below(20); burst > 0 && sent[kind] < records; --burst) {
          const std::string text = record(sent[kind], 1 + sent[kind] % 300);
          if (!put(out, text, text.size())) break;
          ++sent[kind];
          moved = true;
        }
        Lane& in = office.lane(other, self, static_cast<MailLane>(kind));
        for (std::string_view front = in.front(); !front.empty(); front = in.front()) {
          if (front != record(received[kind], 1 + received[kind] % 300)) ++wrong[number];
          in.pop();
          ++received[kind];
          moved = true;
        }
      }
      if (office.must_wake(other)) bells[1 - number].release();
      if (moved || !office.prepare_to_sleep(self)) continue;
      // With something to send, only the other's reading can help, and it rings for mail alone: look again.
      if (sent[0] == records && sent[1] == records && (received[0] < records || received[1] < records)) bells[number].acquire();
      office.woke_up(self);
    }
    if (office.must_wake(other)) bells[1 - number].release();
  };
  std::thread first([&] { run(0); });
  std::thread second([&] { run(1); });
  first.join();
  second.join();
  REQUIRE(wrong[0] + wrong[1] == 0);
}
