// Framer::whole_body() beside next(): the same body, the same end, or nothing has happened.
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "framer_harness.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>

namespace {

constexpr std::string_view tid = "a786hjs2";

struct Told {
  std::string body;
  bool ended = false;
  msrp::ContinuationFlag flag = msrp::ContinuationFlag::end;
  std::size_t left = 0;
};

msrp::Framer behind_head(std::string_view octets, base::BufferPool& pool) {
  msrp::Framer framer(msrp::HeadLimits{}, pool);
  framer.feed({octets.data(), octets.size(), {}});
  framer.pass_head(0, tid);
  return framer;
}

Told by_next(msrp::Framer& framer) {
  Told told;
  for (;;) {
    const msrp::Event event = framer.next();
    if (event.kind == msrp::EventKind::part) told.body += event.part.view();
    if (event.kind == msrp::EventKind::end) {
      told.ended = true;
      told.flag = event.flag;
    }
    if (event.kind != msrp::EventKind::part) break;
  }
  told.left = framer.pending();
  return told;
}

}  // namespace

TEST_CASE("a body that is whole is told at once, as the parts would tell it; one that needs a closer look is not") {
  base::BufferPool pool(1 << 20);
  std::mt19937 chance(4975);
  const std::vector<std::string> pieces{
      "-", "--", "-------", "\r\n", "\r", "\n", "x", "hello", std::string(tid), "-------" + std::string(tid), "$\r\n"};
  std::size_t whole = 0;
  std::size_t not_whole = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string octets;
    for (auto count = chance() % 6; count > 0; --count) octets += pieces[chance() % pieces.size()];
    octets += "\r\n-------" + std::string(tid) + "$+#"[chance() % 3] + "\r\n";
    if (chance() % 2 == 0) octets += "MSRP next SEND\r\n-------next$\r\n";
    // Every cut: nothing is read behind it.
    msrp_test::GuardedMemory memory(octets.size());
    for (std::size_t cut = 0; cut <= octets.size(); ++cut) {
      const std::string_view input = memory.put(std::string_view(octets).substr(0, cut));
      msrp::Framer asked = behind_head(input, pool);
      msrp::Framer oracle = behind_head(input, pool);
      const auto body = asked.whole_body();
      if (body) {
        const Told told = by_next(oracle);
        REQUIRE(told.ended);
        REQUIRE(body->octets.view() == told.body);
        REQUIRE(body->flag == told.flag);
        REQUIRE(asked.pending() == told.left);
        REQUIRE(asked.upcoming() == oracle.upcoming());
        ++whole;
      } else {
        const Told told = by_next(asked);
        const Told same = by_next(oracle);
        REQUIRE(told.body == same.body);
        REQUIRE(told.ended == same.ended);
        ++not_whole;
      }
    }
  }
  CHECK(whole > 1000);
  CHECK(not_whole > 1000);
}

TEST_CASE("the usual body is told at once, with its lease") {
  base::BufferPool pool(1 << 20);
  const base::Lease block = pool.take();
  const std::string octets = "Hi there\r\n-------" + std::string(tid) + "$\r\n";
  octets.copy(block.buffer()->data, octets.size());
  msrp::Framer framer(msrp::HeadLimits{}, pool);
  framer.feed({block.buffer()->data, octets.size(), block});
  framer.pass_head(0, tid);
  const auto body = framer.whole_body();
  REQUIRE(body);
  CHECK(body->octets.view() == "Hi there");
  CHECK(body->octets.lease.buffer() == block.buffer());
  CHECK(framer.next().kind == msrp::EventKind::need_more);
  CHECK(framer.idle());
}
