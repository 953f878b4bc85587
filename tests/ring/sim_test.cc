// What is particular to the simulated network: one seed is one run, each fault on its own, scripted peers, and that a caller who breaks the
// contract of Ring is stopped. (The deaths are tried in a child process.)
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>

#include "ring/sim_network.h"
#include "ring/sim_peer.h"
#include "ring/sim_ring.h"
#include "stage.h"

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

using namespace ring_test;  // NOLINT
using ring::Completion;
using ring::Faults;
using ring::Octets;
using ring::Op;
using ring::SimNetwork;
using ring::SimPeer;
using ring::SimRing;
using ring::Socket;

namespace {

constexpr base::CoreId core(std::uint16_t number) { return base::CoreId(number); }
base::Endpoint endpoint(const char* address, std::uint16_t port) { return {*base::IpAddress::parse(address), port}; }
const base::Endpoint here = endpoint("192.0.2.1", 2855);
const base::Endpoint client = endpoint("203.0.113.5", 0);

// A core that echoes: enough of a relay for the network's own tests. What happens is written down.
class Echo {
 public:
  Echo(SimNetwork& network, base::CoreId core) : ring(network, core), listener(network.listen(core, here)) {
    ring.accept(token(Op::accept), listener);
  }
  void turn() {
    std::array<Completion, 16> room;
    const std::size_t count = ring.reap(room);
    for (std::size_t i = 0; i < count; ++i) handle(std::move(room[i]));
    ring.submit_and_wait(base::Instant::never(), true);
  }
  void stop() {
    ring.cancel(token(Op::cancel), token(Op::accept));
    ring.submit_and_wait(ring.now(), false);
  }

  SimRing ring;
  std::string trace;

 private:
  struct Link {
    Socket socket;
    std::string pending;
    std::string sending;
    bool receiving = false;
    bool busy = false;  // a send or a poll_out is under way
    bool dead = false;
    bool closed = false;
  };
  void handle(Completion completion) {
    trace += std::to_string(ring.now().nanoseconds()) + " " + std::to_string(static_cast<int>(completion.token.op)) + "/" +
             std::to_string(completion.token.slot) + "=" + std::to_string(completion.result) + (completion.more ? "+ " : ". ");
    if (completion.token.op == Op::accept) return accepted(completion);
    if (completion.token.op != Op::recv && completion.token.op != Op::send && completion.token.op != Op::poll_out) return;
    const std::uint32_t slot = completion.token.slot;
    Link& link = links_[slot];
    if (completion.token.op == Op::recv) {
      link.pending += completion.octets.view();
      if (!completion.more) link.receiving = completion.result == -ENOBUFS;
      if (!completion.more && link.receiving) ring.recv(completion.token, link.socket);
    } else {
      link.busy = false;
      if (completion.token.op == Op::send && completion.result > 0) link.sending.erase(0, static_cast<std::size_t>(completion.result));
      if (completion.token.op == Op::send && completion.result < 0 && completion.result != -EAGAIN) link.dead = true;
      if (completion.token.op == Op::send && !link.sending.empty() && !link.dead) {
        link.busy = true;
        ring.poll_out(token(Op::poll_out, slot), link.socket);
      }
    }
    go_on(slot, link);
  }
  void accepted(const Completion& completion) {
    if (completion.result >= 0) {
      const auto slot = static_cast<std::uint32_t>(links_.size());
      links_.push_back({Socket{completion.result}, {}, {}, true, false, false, false});
      ring.recv(token(Op::recv, slot), links_.back().socket);
    }
    if (!completion.more && completion.result != -ECANCELED) ring.accept(token(Op::accept), listener);
  }
  void go_on(std::uint32_t slot, Link& link) {
    if (link.busy || link.closed) return;
    if (link.sending.empty()) link.sending.swap(link.pending);
    if (!link.sending.empty() && !link.dead) {
      link.busy = true;
      const Octets piece{link.sending.data(), link.sending.size()};
      ring.send(token(Op::send, slot), link.socket, {&piece, 1});
    } else if (!link.receiving) {
      link.closed = true;
      ring.close(token(Op::close, slot), link.socket);
    }
  }

  Socket listener;
  std::vector<Link> links_;
};

struct Outcome {
  std::string trace;
  bool echoed = true;
};

// Two cores, five clients that write, read what comes back and leave.
Outcome play(std::uint64_t seed, const Faults& faults) {
  SimNetwork network(seed, faults);
  Echo first(network, core(0));
  Echo second(network, core(1));
  std::vector<std::unique_ptr<SimPeer>> peers;
  std::vector<std::string> expected;
  std::vector<std::string> got(5);
  for (unsigned i = 0; i < 5; ++i) {
    peers.push_back(std::make_unique<SimPeer>(network, client));
    expected.push_back(pattern(3000 + i * 500, i));
    peers[i]->on_change = [&, i] {
      got[i] += peers[i]->read();
      if (got[i].size() == expected[i].size()) peers[i]->close();
    };
    peers[i]->connect(here);
    peers[i]->write(expected[i]);
  }
  const base::Instant limit = network.now() + std::chrono::hours(1);
  while (const auto turn = network.next(limit)) (*turn == core(0) ? first : second).turn();
  first.stop();
  second.stop();
  while (const auto turn = network.next(limit)) {
    (*turn == core(0) ? first : second).turn();
    if (first.ring.operations_under_way() + second.ring.operations_under_way() == 0) break;
  }
  REQUIRE(first.ring.receive_buffers_out() + second.ring.receive_buffers_out() == 0);
  REQUIRE(network.open_sockets(core(0)) + network.open_sockets(core(1)) == 0);
  return {first.trace + "| " + second.trace, got == expected};
}

// Whether `body` ends in a failed CHECK.
bool dies(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(SIGABRT, SIG_DFL);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(2);
    body();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

TEST_CASE("one seed is one run, another seed another") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    const Outcome once = play(seed, Faults{});
    REQUIRE(once.echoed);
    REQUIRE(play(seed, Faults{}).trace == once.trace);
    REQUIRE(play(seed + 1000, Faults{}).trace != once.trace);
  }
}

TEST_CASE("with resets everything still comes to rest") {
  Faults faults;
  faults.reset = 0.1;
  faults.accept_fails = 0.3;
  faults.connect_refused = 0.1;
  faults.unreachable = 0.1;
  bool something_broke = false;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    something_broke = !play(seed, faults).echoed || something_broke;
  }
  REQUIRE(something_broke);
}

TEST_CASE("connections go to any core that listens there") {
  bool on_first = false;
  bool on_second = false;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const std::string trace = play(seed, Faults::none()).trace;
    const std::size_t border = trace.find("| ");
    on_first = on_first || trace.find(" 3/") < border;
    on_second = on_second || trace.find(" 3/", border) != std::string::npos;
  }
  REQUIRE(on_first);
  REQUIRE(on_second);
}

TEST_CASE("time does not start at zero, jumps to what comes next and stops at the limit") {
  SimNetwork network(1, Faults::none());
  const base::Instant start = network.now();
  REQUIRE(start > base::Instant::from_nanoseconds(0));
  REQUIRE(SimNetwork(2, Faults::none()).now() != start);
  int happened = 0;
  network.after(std::chrono::seconds(10), [&] { ++happened; });
  REQUIRE_FALSE(network.next(start + std::chrono::seconds(9)));
  REQUIRE(network.now() == start + std::chrono::seconds(9));
  REQUIRE(happened == 0);
  REQUIRE_FALSE(network.next(base::Instant::never()));
  REQUIRE(network.now() == start + std::chrono::seconds(10));
  REQUIRE(happened == 1);

  SimRing ring(network, core(0));
  REQUIRE(network.next(base::Instant::never()) == core(0));  // a new ring has its first turn
  ring.submit_and_wait(network.now() + std::chrono::hours(3), true);
  const base::Instant before = network.now();
  REQUIRE(network.next(base::Instant::never()) == core(0));
  REQUIRE(network.now() >= before + std::chrono::hours(3));
  ring.submit_and_wait(base::Instant::never(), true);
  REQUIRE_FALSE(network.next(base::Instant::never()));
}

TEST_CASE("cores and the control thread are woken") {
  SimNetwork network(3, Faults::none());
  SimRing first(network, core(0));
  SimRing second(network, core(1));
  int control_woken = 0;
  network.on_control_wake = [&] { ++control_woken; };
  std::array<Completion, 4> room;
  first.submit_and_wait(base::Instant::never(), true);
  second.submit_and_wait(base::Instant::never(), true);
  REQUIRE_FALSE(network.next(base::Instant::never()));
  first.wake(core(1));
  first.wake(core(2));
  first.submit_and_wait(base::Instant::never(), true);
  REQUIRE(network.next(base::Instant::never()) == core(1));
  REQUIRE(second.reap(room) == 1);
  REQUIRE(room[0].token.op == Op::wake);
  second.submit_and_wait(base::Instant::never(), true);
  REQUIRE_FALSE(network.next(base::Instant::never()));
  REQUIRE(control_woken == 1);
}

TEST_CASE("each fault does what it says") {
  const auto stage_with = [](double Faults::* fault) {
    Faults faults = Faults::none();
    faults.*fault = 1.0;
    return faults;
  };
  // The first completion of an operation on a network where this fault is certain.
  const auto connected = [&](double Faults::* fault) {
    SimNetwork network(5, stage_with(fault));
    SimRing ring(network, core(0));
    ring::SimPeerListener listener(network, endpoint("198.51.100.7", 1));
    const auto socket = ring.open_socket(endpoint("198.51.100.7", 1), std::nullopt);
    if (!socket) return socket.error().negative_errno;
    ring.connect(token(Op::connect), *socket, endpoint("198.51.100.7", 1));
    ring.submit_and_wait(base::Instant::never(), true);
    REQUIRE(network.next(base::Instant::never()));
    std::array<Completion, 1> room;
    REQUIRE(ring.reap(room) == 1);
    return static_cast<int>(room[0].result);
  };
  REQUIRE(connected(&Faults::connect_refused) == -ECONNREFUSED);
  const int unreachable = connected(&Faults::unreachable);
  REQUIRE((unreachable == -EHOSTUNREACH || unreachable == -ETIMEDOUT));
  REQUIRE(connected(&Faults::open_fails) == -EMFILE);
  REQUIRE(connected(&Faults::cut) == 0);

  const auto received = [&](double Faults::* fault, Op op) {
    SimNetwork network(6, stage_with(fault));
    SimPeer peer(network, client);
    SimRing ring(network, core(0));
    const Socket listener = network.listen(core(0), here);
    ring.accept(token(Op::accept), listener);
    peer.connect(here);
    peer.write(pattern(50));
    std::array<Completion, 1> room;
    for (;;) {
      ring.submit_and_wait(base::Instant::never(), true);
      REQUIRE(network.next(base::Instant::never()));
      REQUIRE(ring.reap(room) == 1);
      const bool wanted = room[0].token.op == op;
      if (room[0].token.op == Op::accept && room[0].result >= 0) {
        if (op == Op::send) {
          const Octets piece{"0123456789", 10};
          ring.send(token(Op::send), Socket{room[0].result}, {&piece, 1});
        } else {
          ring.recv(token(Op::recv), Socket{room[0].result});
        }
      }
      const int result = room[0].result;
      room[0].octets = {};
      if (wanted) return std::pair(result, room[0].more);
    }
  };
  REQUIRE(received(&Faults::accept_fails, Op::accept) == std::pair(-EMFILE, false));
  REQUIRE_FALSE(received(&Faults::accept_ends, Op::accept).second);
  REQUIRE(received(&Faults::no_buffers, Op::recv) == std::pair(-ENOBUFS, false));
  REQUIRE(received(&Faults::reset, Op::recv) == std::pair(-ECONNRESET, false));
  REQUIRE(received(&Faults::cut, Op::recv).first < 50);
  REQUIRE(received(&Faults::late, Op::recv) == std::pair(50, true));
  REQUIRE(received(&Faults::send_refused, Op::send).first == -EAGAIN);
  const int short_send = received(&Faults::short_send, Op::send).first;
  REQUIRE((short_send > 0 && short_send < 10));
  REQUIRE(received(&Faults::told_wakes, Op::send).first == 10);
}

TEST_CASE("a peer stalls, resumes, and is told what changes") {
  Faults faults = Faults::none();
  faults.socket_buffer_min = faults.socket_buffer_max = 1000;
  SimNetwork network(7, faults);
  ring::SimPeerListener listener(network, here);
  SimPeer a(network, client);
  int changes = 0;
  a.on_change = [&] { ++changes; };
  a.write(pattern(10'000));
  a.connect(here);
  REQUIRE(a.state() == SimPeer::State::connecting);
  REQUIRE_FALSE(network.next(base::Instant::never()));
  REQUIRE(a.is_connected());
  REQUIRE(changes > 0);
  const std::unique_ptr<SimPeer> b = listener.accept();
  REQUIRE(b != nullptr);
  REQUIRE(listener.accept() == nullptr);
  REQUIRE(b->remote() == a.local());
  b->stall();
  REQUIRE_FALSE(network.next(base::Instant::never()));
  REQUIRE(b->read().empty());
  REQUIRE(a.unsent() == 8'000);  // a thousand in either kernel
  REQUIRE(network.octets_on_the_way() == 2'000);
  a.shutdown_write();
  b->resume();
  std::string got;
  b->on_change = [&] { got += b->read(); };
  REQUIRE_FALSE(network.next(base::Instant::never()));
  REQUIRE(got == pattern(10'000));
  REQUIRE(b->at_end());
  REQUIRE(b->error() == 0);
  // Half-closed: the other way still works.
  b->write("answer");
  REQUIRE_FALSE(network.next(base::Instant::never()));
  REQUIRE(a.read() == "answer");
  b->reset();
  REQUIRE_FALSE(network.next(base::Instant::never()));
  REQUIRE(a.read().empty());
  REQUIRE(a.error() == -ECONNRESET);
}

TEST_CASE("closed with unread octets, the far side sees a reset; without, the end") {
  for (const bool unread : {true, false}) {
    SimNetwork network(8, Faults::none());
    ring::SimPeerListener listener(network, here);
    SimPeer a(network, client);
    a.connect(here);
    a.write("question");
    REQUIRE_FALSE(network.next(base::Instant::never()));
    const std::unique_ptr<SimPeer> b = listener.accept();
    b->write("answer");
    if (!unread) REQUIRE(b->read() == "question");
    b->close();
    std::string got;
    REQUIRE_FALSE(network.next(base::Instant::never()));
    got += a.read();
    REQUIRE(a.at_end() == !unread);
    REQUIRE((a.error() == -ECONNRESET) == unread);
    if (!unread) REQUIRE(got == "answer");
  }
  SimNetwork network(9, Faults::none());
  SimPeer a(network, client);
  a.connect(here);
  REQUIRE_FALSE(network.next(base::Instant::never()));
  REQUIRE(a.state() == SimPeer::State::refused);
  REQUIRE(a.error() == -ECONNREFUSED);
}

TEST_CASE("whoever breaks the contract is stopped") {
  // A connected socket of a ring, ready to be misused.
  struct Scene {
    SimNetwork network{10, Faults::none()};
    SimRing ring{network, core(0), {4, 100}};
    SimPeer peer{network, client};
    Socket socket;
    std::string memory = pattern(100);
    Completion last;

    Scene() {
      ring.accept(token(Op::accept), network.listen(core(0), here));
      peer.connect(here);
      peer.write("hello");
      socket = Socket{next().result};
    }
    ~Scene() { last = {}; }
    const Completion& next() {
      std::array<Completion, 1> room;
      for (std::size_t count = 0; count == 0; count = ring.reap(room)) {
        ring.submit_and_wait(base::Instant::never(), true);
        if (!network.next(base::Instant::never())) ::_exit(1);
      }
      last = std::move(room[0]);
      return last;
    }
    void send(std::uint32_t slot = 0) {
      const Octets piece{memory.data(), memory.size()};
      ring.send(token(Op::send, slot), socket, {&piece, 1});
    }
  };
  using Act = void (*)(Scene&);
  const auto stopped = [](Act act) {
    return dies([act] {
      Scene scene;
      act(scene);
    });
  };
  REQUIRE_FALSE(stopped([](Scene& s) {
    s.send();
    s.ring.submit_and_wait(s.ring.now(), false);
    s.next();
    s.memory[0] = '!';
    s.ring.close(token(Op::close), s.socket);
    s.next();
  }));
  // Two sends in flight.
  REQUIRE(stopped([](Scene& s) {
    s.send(0);
    s.send(1);
  }));
  // The memory of a send changes before its completion is reaped.
  REQUIRE(stopped([](Scene& s) {
    s.send();
    s.ring.submit_and_wait(s.ring.now(), false);
    s.memory[50] = '!';
    s.next();
  }));
  // Closed with a send, then with a recv under way.
  REQUIRE(stopped([](Scene& s) {
    s.send();
    s.ring.close(token(Op::close), s.socket);
  }));
  REQUIRE(stopped([](Scene& s) {
    s.ring.recv(token(Op::recv), s.socket);
    s.ring.close(token(Op::close), s.socket);
  }));
  // Cut off by the end of output.
  REQUIRE(stopped([](Scene& s) {
    s.send();
    s.ring.shutdown_write(s.socket);
  }));
  // A second recv; a token used twice.
  REQUIRE(stopped([](Scene& s) {
    s.ring.recv(token(Op::recv, 1), s.socket);
    s.ring.recv(token(Op::recv, 2), s.socket);
  }));
  REQUIRE(stopped([](Scene& s) {
    s.ring.recv(token(Op::recv, 1), s.socket);
    s.ring.recv(token(Op::recv, 1), *s.ring.open_socket(here, std::nullopt));
  }));
  // A socket that is closed.
  REQUIRE(stopped([](Scene& s) {
    s.ring.close(token(Op::close), s.socket);
    s.next();
    s.ring.recv(token(Op::recv), s.socket);
  }));
  // A buffer that goes home twice, and one that never does.
  REQUIRE(stopped([](Scene& s) {
    s.ring.recv(token(Op::recv), s.socket);
    base::Buffer& buffer = *s.next().octets.lease.buffer();
    buffer.home->take_back(buffer);
  }));
  REQUIRE(stopped([](Scene& s) {
    s.ring.recv(token(Op::recv), s.socket);
    new base::Lease(s.next().octets.lease);
    s.last = {};
  }));
}
