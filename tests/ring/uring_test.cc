// What is particular to the kernel's ring: threads that wake each other, queues that overflow, the allow-list, signals.
#include "ring/uring_ring.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include "stage.h"

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

using namespace ring_test;  // NOLINT
using ring::Completion;
using ring::Op;
using ring::UringOptions;
using ring::UringRing;
using ring::Wakeups;

namespace {

std::unique_ptr<UringRing> new_ring(std::uint16_t core, Wakeups& wakeups, bool ring_messages) {
  UringOptions options;
  options.submission_entries = 16;
  options.completion_entries = 64;
  options.receive_buffers = 2;
  options.ring_messages = ring_messages;
  auto ring = UringRing::create(base::CoreId(core), wakeups, options);
  if (!ring) FAIL(ring.error());
  return *std::move(ring);
}

// Sleeps without a deadline until it was woken: a lost wake-up is a test that never ends.
void sleep_until_woken(ring::Ring& ring) {
  std::array<Completion, 4> room;
  for (;;) {
    ring.submit_and_wait(base::Instant::never(), true);
    const std::size_t count = ring.reap(room);
    for (std::size_t i = 0; i < count; ++i) {
      if (room[i].token.op == Op::wake) return;
    }
  }
}

bool is_readable(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  return ::poll(&one, 1, 0) == 1;
}

}  // namespace

TEST_CASE("cores wake each other and the control thread, by ring messages and by eventfd") {
  for (const bool ring_messages : {true, false}) {
    INFO("ring messages " << ring_messages);
    const std::unique_ptr<Wakeups> wakeups = *Wakeups::create(2);
    const std::unique_ptr<UringRing> first = new_ring(0, *wakeups, ring_messages);
    const std::unique_ptr<UringRing> second = new_ring(1, *wakeups, ring_messages);
    REQUIRE(first->start());
    // Before the other one runs: it finds the wake-up when it comes to life.
    first->wake(base::CoreId(1));
    first->submit_and_wait(first->now(), false);
    bool started = false;
    std::thread thread([&] {
      started = second->start().has_value();
      for (int i = 0; i < 300; ++i) {
        sleep_until_woken(*second);
        second->wake(base::CoreId(0));
        if (i == 299) second->wake(base::CoreId(2));
        second->submit_and_wait(second->now(), false);
      }
    });
    for (int i = 0; i < 299; ++i) {
      sleep_until_woken(*first);
      first->wake(base::CoreId(1));
    }
    sleep_until_woken(*first);
    thread.join();
    REQUIRE(started);
    REQUIRE(is_readable(wakeups->event_descriptor(base::CoreId(2))));
    wakeups->drain(base::CoreId(2));
    REQUIRE_FALSE(is_readable(wakeups->event_descriptor(base::CoreId(2))));
    wakeups->drain(base::CoreId(2));
    // The control thread's way to a core.
    wakeups->wake(base::CoreId(0));
    sleep_until_woken(*first);
  }
}

TEST_CASE("the kernel refuses every operation that is not on the allow-list") {
  const std::unique_ptr<Wakeups> wakeups = *Wakeups::create(1);
  const std::unique_ptr<UringRing> ring = new_ring(0, *wakeups, true);
  REQUIRE(ring->start());
  for (const int opcode : {IORING_OP_OPENAT, IORING_OP_OPENAT2, IORING_OP_READ, IORING_OP_WRITE, IORING_OP_READV, IORING_OP_UNLINKAT,
                           IORING_OP_SPLICE, IORING_OP_SOCKET, IORING_OP_FILES_UPDATE, IORING_OP_PROVIDE_BUFFERS, IORING_OP_NOP}) {
    INFO("opcode " << opcode);
    REQUIRE(ring->attempt(static_cast<std::uint8_t>(opcode)) == -EACCES);
  }
  REQUIRE(ring->attempt(IORING_OP_SEND) == -EBADF);
  REQUIRE(ring->features().find("allow-list of 9 operations") != std::string_view::npos);
}

TEST_CASE("queues far too small lose nothing") {
  for (const bool quick_ways : {true, false}) {
    INFO("quick ways " << quick_ways);
    constexpr std::uint32_t links = 60;
    const std::unique_ptr<Stage> stage = kernel_stage(8, 16, 8, 4096, quick_ways);
    std::vector<Stage::Pair> pairs;
    std::vector<std::string> got(links);
    for (std::uint32_t slot = 0; slot < links; ++slot) pairs.push_back(stage->connected_pair(slot));
    const std::string octets = pattern(20'000);
    std::vector<std::size_t> sent(links, 0);
    std::vector<bool> answered(links, false);
    std::vector<std::string> echoed(links);
    // All at once, before the ring looks; then every link answers, many more sends than entries.
    for (std::uint32_t slot = 0; slot < links; ++slot) pairs[slot].far->write(octets);
    std::size_t open = links;
    while (open > 0) {
      Completion completion = stage->wait_for(Op::recv);
      const std::uint32_t slot = completion.token.slot;
      if (!completion.more) {
        REQUIRE(completion.result == -ENOBUFS);
        stage->ring().recv(token(Op::recv, slot), pairs[slot].socket);
        continue;
      }
      got[slot] += completion.octets.view();
      if (got[slot].size() == octets.size()) --open;
    }
    for (const std::string& one : got) REQUIRE(one == octets);
    const ring::Octets piece{octets.data(), 1000};
    for (int round = 0; round < 3; ++round) {
      for (std::uint32_t slot = 0; slot < links; ++slot) stage->ring().send(token(Op::send, slot), pairs[slot].socket, {&piece, 1});
      std::vector<int> told(links, 0);
      for (std::uint32_t i = 0; i < links; ++i) {
        const Completion completion = stage->wait_for(Op::send);
        REQUIRE(completion.result == 1000);
        REQUIRE(++told[completion.token.slot] == 1);
      }
      REQUIRE(stage->waiting(Op::send) == 0);
    }
    for (std::uint32_t slot = 0; slot < links; ++slot) {
      REQUIRE(stage->until([&] { return (echoed[slot] += pairs[slot].far->read()).size() == 3000; }));
      pairs[slot].far->close();
    }
    for (std::uint32_t i = 0; i < links; ++i) {
      const Completion completion = stage->wait_for(Op::recv);
      REQUIRE(completion.result == 0);
      stage->ring().close(token(Op::close, i), pairs[completion.token.slot].socket);
    }
    for (std::uint32_t i = 0; i < links; ++i) REQUIRE(stage->wait_for(Op::close).result == 0);
  }
}

TEST_CASE("receives that wait for a buffer are cancelled, and go on, like any other") {
  const std::unique_ptr<Stage> stage = kernel_stage(64, 256, 2, 4096, true);
  Stage::Pair greedy = stage->connected_pair(1);
  greedy.far->write(pattern(3 * 4096));
  std::vector<Completion> held;
  for (;;) {
    held.push_back(stage->wait_for(Op::recv));
    if (!held.back().more) break;
  }
  REQUIRE(held.back().result == -ENOBUFS);
  REQUIRE(stage->ring().receive_buffers_out() == 2);
  Stage::Pair late = stage->connected_pair(2);
  late.far->write("late");
  for (int i = 0; i < 5; ++i) stage->turn();
  REQUIRE(stage->waiting(Op::recv) == 0);
  stage->ring().cancel(token(Op::cancel, 2), token(Op::recv, 2));
  REQUIRE(stage->wait_for(Op::recv).result == -ECANCELED);
  REQUIRE(stage->wait_for(Op::cancel).token == token(Op::cancel, 2));
  stage->ring().recv(token(Op::recv, 1), greedy.socket);
  stage->ring().recv_once(token(Op::recv, 2), late.socket);
  for (int i = 0; i < 5; ++i) stage->turn();
  REQUIRE(stage->waiting(Op::recv) == 0);
  held.clear();
  // In turn, and each only as far as there are buffers.
  std::string from_greedy;
  std::string from_late;
  REQUIRE(stage->until([&] {
    while (stage->waiting(Op::recv) > 0) {
      const Completion completion = stage->wait_for(Op::recv);
      (completion.token.slot == 1 ? from_greedy : from_late) += completion.octets.view();
      if (completion.result == -ENOBUFS) stage->ring().recv(token(Op::recv, 1), greedy.socket);
    }
    return from_greedy.size() == 4096 && from_late.size() == 4;
  }));
  REQUIRE(from_greedy == pattern(3 * 4096).substr(2 * 4096));
  REQUIRE(from_late == "late");
  greedy.far->close();
  late.far->close();
  int end = 1;
  stage->receive(1, greedy.socket, 1, end);
  REQUIRE(end == 0);
  stage->close(1, greedy.socket);
  stage->close(2, late.socket);
}

TEST_CASE("accepted and opened sockets do not delay small segments") {
  const std::unique_ptr<Stage> stage = kernel_stage(64, 256, 8, 4096, true);
  const auto no_delay = [](ring::Socket socket) {
    int value = 0;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(socket.descriptor, IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0);
    return value != 0;
  };
  Stage::Pair pair = stage->connected_pair(1);
  REQUIRE(no_delay(pair.socket));
  const ring::Socket opened = *stage->ring().open_socket(stage->far_listener(), std::nullopt);
  REQUIRE(no_delay(opened));
  stage->ring().configure(opened, {std::chrono::seconds(60), std::chrono::seconds(120), 128 * 1024});
  int value = 0;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(opened.descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &size) == 0);
  REQUIRE(value == 128 * 1024);
  REQUIRE(::getsockopt(opened.descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &value, &size) == 0);
  REQUIRE(value == 60);
  stage->close(2, opened);
  pair.far->close();
  int end = 1;
  stage->receive(1, pair.socket, 1, end);
  stage->close(1, pair.socket);
}

TEST_CASE("signals do not disturb a sleep") {
  const std::unique_ptr<Stage> stage = kernel_stage(64, 256, 8, 4096, true);
  Stage::Pair pair = stage->connected_pair(1);  // before they come: the far end's own connect() is none of theirs
  stage->completions.clear();
  std::array<Completion, 4> room;
  static volatile std::sig_atomic_t signals = 0;
  struct sigaction action{};
  action.sa_handler = [](int) { signals = signals + 1; };
  struct sigaction before{};
  REQUIRE(::sigaction(SIGALRM, &action, &before) == 0);
  const itimerval often{{0, 2000}, {0, 2000}};
  REQUIRE(::setitimer(ITIMER_REAL, &often, nullptr) == 0);
  while (signals < 5) {
    stage->ring().submit_and_wait(stage->ring().now() + std::chrono::milliseconds(50), true);
    REQUIRE(stage->ring().reap(room) == 0);
  }
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  pair.far->write("still here");
  int end = 1;
  REQUIRE(stage->receive(1, pair.socket, 10, end) == "still here");
  pair.far->close();
  stage->receive(1, pair.socket, 1, end);
  stage->close(1, pair.socket);
}

TEST_CASE("a ring that could not be made says why") {
  const std::unique_ptr<Wakeups> wakeups = *Wakeups::create(1);
  UringOptions options;
  options.submission_entries = 1 << 20;  // far beyond what the kernel allows
  const auto ring = UringRing::create(base::CoreId(0), *wakeups, options);
  REQUIRE_FALSE(ring);
  REQUIRE(ring.error().find("io_uring_setup: Invalid argument (22)") != std::string::npos);
}
