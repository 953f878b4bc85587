// The limit: what our ring layer can carry when nothing is parsed. A forwarder on one core passes octets between paired connections, a load
// thread on another plays all clients, `window` messages of `size` octets under way on each pair, and counts what comes back.
//
//   bench-forwarder [SIZE=64] [PAIRS=100] [WINDOW=16] [SECONDS=2] [BUFFERS=128] [BUFFER_KIB=32] [QUICK=1]
//
// Prints messages a second, CPU microseconds of the forwarder a message, turns (io_uring_enter calls) a message, MB/s.
// Only ratios of runs that alternate count; the host drifts.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "ring/listener.h"
#include "ring/socket_address.h"
#include "ring/uring_ring.h"

namespace {

using ring::Completion;
using ring::Octets;
using ring::Op;
using ring::Token;

void pin(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % std::thread::hardware_concurrency(), &set);
  (void)::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

double cpu_seconds() {
  timespec at{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

// --- The forwarder: links 2i and 2i+1 are a pair.

struct Link {
  ring::Socket socket;
  std::vector<base::Slice> queue;  // to be sent on this link
  std::vector<base::Slice> sending;
  std::size_t done = 0;  // of sending[0]
  bool busy = false;
  bool dirty = false;
};

class Forwarder {
 public:
  Forwarder(ring::Ring& ring, ring::Socket listener, std::size_t links) : ring_(ring) {
    links_.reserve(links);
    ring_.accept({Op::accept, 0, 0}, listener);
  }
  void turn() {
    std::array<Completion, 256> room;
    ++turns;
    for (std::size_t count = room.size(); count == room.size();) {
      count = ring_.reap(room);
      for (std::size_t i = 0; i < count; ++i) handle(std::move(room[i]));
    }
    bool starved = false;
    for (const std::uint32_t slot : dirty_) starved = flush(slot) || starved;
    dirty_.clear();
    ring_.submit_and_wait(ring_.now() + std::chrono::milliseconds(50), !starved);
  }
  std::uint64_t turns = 0;

 private:
  void handle(Completion completion) {
    const std::uint32_t slot = completion.token.slot;
    switch (completion.token.op) {
      case Op::accept:
        CHECK(completion.result >= 0 && completion.more);
        links_.push_back({ring::Socket{completion.result}, {}, {}, 0, false, false});
        ring_.recv({Op::recv, 0, static_cast<std::uint32_t>(links_.size() - 1)}, links_.back().socket);
        return;
      case Op::recv:
        if (completion.result > 0) {
          links_[slot ^ 1].queue.push_back(std::move(completion.octets));
          touch(slot ^ 1);
        }
        if (completion.result == -ENOBUFS) ring_.recv(completion.token, links_[slot].socket);
        return;
      case Op::send:
      case Op::poll_out: return sent(slot, completion);
      case Op::none:
      case Op::connect:
      case Op::cancel:
      case Op::close:
      case Op::wake: return;
    }
  }
  void sent(std::uint32_t slot, const Completion& completion) {
    Link& link = links_[slot];
    link.busy = false;
    if (completion.token.op == Op::send && completion.result > 0) {
      auto left = static_cast<std::size_t>(completion.result);
      std::size_t whole = 0;
      for (; whole < link.sending.size() && left >= link.sending[whole].size; ++whole) left -= link.sending[whole].size;
      if (whole < link.sending.size()) {
        link.sending[whole].data += left;
        link.sending[whole].size -= left;
      }
      link.sending.erase(link.sending.begin(), link.sending.begin() + static_cast<std::ptrdiff_t>(whole));
    }
    if (completion.token.op == Op::send && !link.sending.empty()) {
      link.busy = true;
      ring_.poll_out({Op::poll_out, 0, slot}, link.socket);
    } else {
      touch(slot);
    }
  }
  void touch(std::uint32_t slot) {
    if (links_[slot].dirty) return;
    links_[slot].dirty = true;
    dirty_.push_back(slot);
  }
  bool flush(std::uint32_t slot) {
    Link& link = links_[slot];
    link.dirty = false;
    if (link.busy) return false;
    if (link.sending.empty()) link.sending.swap(link.queue);
    if (link.sending.empty()) return false;
    pieces_.clear();
    for (const base::Slice& slice : link.sending) {
      if (pieces_.size() == ring::Ring::send_pieces_max) break;
      pieces_.push_back({slice.data, slice.size});
    }
    link.busy = true;
    ring_.send({Op::send, 0, slot}, link.socket, pieces_);
    return ring_.receive_buffers_out() * 2 > ring_.receive_buffers() || !link.queue.empty();
  }

  ring::Ring& ring_;
  std::vector<Link> links_;
  std::vector<std::uint32_t> dirty_;
  std::vector<Octets> pieces_;
};

// --- The load: each pair's first connection sends, its second receives and lets the next go.

struct Client {
  int sender = -1;
  int receiver = -1;
  std::uint64_t to_send = 0;
  std::uint64_t received = 0;
};

int connected_socket(const base::Endpoint& to) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage address;
  const socklen_t size = ring::to_kernel(to, address);
  CHECK(descriptor >= 0 && ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  CHECK(::fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0);
  return descriptor;
}

struct Load {
  std::size_t size = 64;
  std::size_t pairs = 100;
  std::size_t window = 16;
  double seconds = 2;
};

void push(Client& client, const std::string& octets) {
  while (client.to_send > 0) {
    const ssize_t sent = ::send(client.sender, octets.data(), std::min<std::size_t>(octets.size(), client.to_send), MSG_NOSIGNAL);
    if (sent <= 0) return;
    client.to_send -= static_cast<std::uint64_t>(sent);
  }
}

// Octets that arrived.
std::uint64_t run_load(const Load& load, const base::Endpoint& to) {
  std::vector<Client> clients(load.pairs);
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < load.pairs; ++i) {
    clients[i].sender = connected_socket(to);
    clients[i].receiver = connected_socket(to);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    CHECK(::epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].receiver, &event) == 0);
    event.events = EPOLLOUT | EPOLLET;
    CHECK(::epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].sender, &event) == 0);
  }
  const std::string octets(std::max(load.size * load.window, std::size_t{1}), 'm');
  std::vector<char> room(1 << 18);
  std::array<epoll_event, 256> events;
  std::uint64_t total = 0;
  for (Client& client : clients) {
    client.to_send = load.size * load.window;
    push(client, octets);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(load.seconds);
  while (std::chrono::steady_clock::now() < end) {
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      Client& client = clients[events[static_cast<std::size_t>(i)].data.u64];
      ssize_t got = 0;
      while ((got = ::recv(client.receiver, room.data(), room.size(), 0)) > 0) {
        client.received += static_cast<std::uint64_t>(got);
        total += static_cast<std::uint64_t>(got);
        if (static_cast<std::size_t>(got) < room.size()) break;
      }
      // Whole messages that came let as many go.
      const std::uint64_t whole = client.received / load.size;
      client.received %= load.size;
      client.to_send += whole * load.size;
      push(client, octets);
    }
  }
  for (const Client& client : clients) {
    ::close(client.sender);
    ::close(client.receiver);
  }
  ::close(poll);
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int at, std::size_t otherwise) {
    return argc > at ? static_cast<std::size_t>(std::strtoull(argv[at], nullptr, 10)) : otherwise;
  };
  Load load{argument(1, 64), argument(2, 100), argument(3, 16), static_cast<double>(argument(4, 2))};
  ring::UringOptions options;
  options.receive_buffers = static_cast<unsigned>(argument(5, 128));
  options.receive_buffer_bytes = static_cast<std::uint32_t>(argument(6, 32) * 1024);
  options.silent_sends = argument(7, 1) != 0;

  const base::Endpoint loopback{base::IpAddress::from_octets4({127, 0, 0, 1}), 0};
  const auto listening = ring::listen_on_all_cores({&loopback, 1}, 1, 4096);
  CHECK(listening);
  const auto wakeups = *ring::Wakeups::create(1);
  auto ring = *ring::UringRing::create(base::CoreId(0), *wakeups, options);
  std::atomic<bool> stop{false};
  double cpu = 0;
  std::uint64_t turns = 0;
  std::thread thread([&] {
    pin(0);
    CHECK(ring->start());
    {
      Forwarder forwarder(*ring, listening->front().sockets[0], load.pairs * 2);
      const double begin = cpu_seconds();
      while (!stop.load(std::memory_order_relaxed)) forwarder.turn();
      cpu = cpu_seconds() - begin;
      turns = forwarder.turns;
    }
    ring.reset();
  });
  pin(1);
  const std::uint64_t octets = run_load(load, listening->front().endpoint);
  stop = true;
  thread.join();
  const double messages = static_cast<double>(octets) / static_cast<double>(load.size);
  std::printf("%zu B, %zu pairs, window %zu, %u x %u KiB, silent %d: %.1f k/s, %.3f us CPU, %.3f turns a message, %.0f MB/s\n", load.size,
              load.pairs, load.window, options.receive_buffers, options.receive_buffer_bytes / 1024, options.silent_sends ? 1 : 0,
              messages / load.seconds / 1e3, cpu / messages * 1e6, static_cast<double>(turns) / messages,
              static_cast<double>(octets) / load.seconds / 1e6);
}
