#pragma once
// A TCP network on virtual time: sockets with bounded buffers on both sides, delays, cuts, resets, all drawn from one seed. The cores'
// rings (sim_ring.h) and the scripted far ends (sim_peer.h) are its users. One thread; nothing sleeps, no wall clock.
//
// The loop of a simulation:   while (auto core = network.next(limit)) workers[core->value()]->turn();
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "ring/ring.h"
#include "ring/sim_random.h"

namespace ring {

class SimRing;

// What may go wrong, each with its probability per occasion; all zero is a kind network that still cuts nothing and is merely slow.
struct Faults {
  double cut = 0.3;              // octets on the way or read by a recv are fewer than they could be
  double late = 0.05;            // something takes up to late_max instead of delay_max
  double short_send = 0.05;      // a send takes less than there is room for
  double send_refused = 0.02;    // a send gets -EAGAIN although there is room
  double no_buffers = 0.01;      // a recv ends with -ENOBUFS although there are buffers
  double reset = 0.0;            // octets on the way: the connection is reset instead
  double accept_ends = 0.01;     // a multishot accept ends without an error
  double accept_fails = 0.0;     // ... with -EMFILE; the connection stays in the queue
  double connect_refused = 0.0;  // although somebody listens
  double unreachable = 0.0;      // a connect ends, late, with -EHOSTUNREACH or -ETIMEDOUT
  double open_fails = 0.0;       // open_socket says -EMFILE
  double early_submit = 0.05;    // operations are submitted in mid-turn, as when the queue is full
  double early_return = 0.02;    // submit_and_wait returns although nothing happened
  double told_wakes = 0.1;       // the success of a send ends the sleep (kernels without silent sends)
  base::Duration delay_max = std::chrono::microseconds(500);
  base::Duration late_max = std::chrono::milliseconds(300);
  // Each side of each connection has buffers of a size between these.
  std::size_t socket_buffer_min = 256;
  std::size_t socket_buffer_max = 256 * 1024;

  static Faults none();
};

class SimNetwork {
 public:
  SimNetwork(std::uint64_t seed, const Faults& faults);
  ~SimNetwork();
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  // May be changed while it runs: a test can be rough at first and then let everything come to rest.
  Faults faults;
  SimRandom& random() { return random_; }
  base::Instant now() const { return now_; }

  // Plays the network until a core's turn comes and says which; nullopt when nothing happens up to and including `limit` (it is `limit`
  // then, if something is to come later; with nothing to come time stands).
  std::optional<base::CoreId> next(base::Instant limit);
  // Runs `action` after `delay`, between turns.
  void after(base::Duration delay, std::function<void()> action);

  // A core's listening socket; several cores may share an endpoint, connections go to any of them. Port 0 is not supported.
  Socket listen(base::CoreId core, const base::Endpoint& endpoint);
  // Called when a core wakes the control thread (CoreId `cores`), after a delay.
  std::function<void()> on_control_wake;

  // Sockets that a core has open, its listeners left out: 0 when all is closed.
  std::size_t open_sockets(base::CoreId core) const;
  std::size_t open_sockets() const { return sockets_.size(); }
  // All connections between two addresses: reset, or with nothing moving in either direction for so long.
  void sever(const base::IpAddress& one, const base::IpAddress& other);
  void freeze(const base::IpAddress& one, const base::IpAddress& other, base::Duration how_long);

  // Octets that a socket's user has written and the other side's user has not read (the conservation check of a test).
  std::uint64_t octets_on_the_way() const;

  // --- The kernel's side, for SimRing and SimPeer. Results are octets, or a negative errno.
  enum class State : std::uint8_t { fresh, connecting, connected, listening, failed };
  // Who is told that a socket's condition changed; exactly one is set.
  struct Owner {
    std::optional<base::CoreId> core;
    std::function<void()> changed;
  };
  struct Connection {
    State state = State::fresh;
    Owner owner;
    base::Endpoint local;
    std::optional<base::Endpoint> remote;
    int other = -1;   // descriptor of the far side; -1: none, or closed
    std::string out;  // taken from the user, not yet on the far side
    std::string in;   // arrived, not yet read
    std::size_t out_max = 0;
    std::size_t in_max = 0;
    bool write_shut = false;  // the user is done; the end follows `out`
    bool end_sent = false;
    bool end_arrived = false;
    int error = 0;                 // negative errno that reads (after `in`) and writes get
    std::size_t lost = 0;          // of `out`, when it failed: the far side never confirmed them
    bool moving = false;           // an event that carries octets is under way
    base::Duration unconfirmed{};  // LinkOptions::unconfirmed
    base::Instant confirmed;       // when the far side last took of `out`, or `out` was empty
    bool watched = false;          // an event that looks at that is on the agenda
    std::vector<int> waiting;      // a listener's connections, not yet accepted
  };
  int open(Owner owner, const base::Endpoint& local);
  int open_listener(Owner owner, const base::Endpoint& endpoint);
  void connect(int descriptor, const base::Endpoint& to, std::function<void(int)> done);
  int accept(int listener, Owner owner);  // -EAGAIN: none waits
  std::int64_t write(int descriptor, std::string_view octets);
  std::int64_t read(int descriptor, char* to, std::size_t room);
  std::size_t room(int descriptor) const;
  void shutdown_write(int descriptor);
  void close(int descriptor);
  void reset(int descriptor);
  const Connection* find(int descriptor) const;
  Connection& at(int descriptor);  // CHECKs that it is open
  base::Endpoint free_local(const base::IpAddress& address);

  base::Duration delay();  // a new one with each call
  void add_ring(base::CoreId core, SimRing* ring);
  void remove_ring(base::CoreId core);
  SimRing* ring(base::CoreId core) const;

 private:
  struct Event {
    std::int64_t at = 0;
    std::uint64_t number = 0;
    std::function<void()> action;
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return a.at != b.at ? a.at > b.at : a.number > b.number; }
  };

  void arrange_connection(int descriptor, const base::Endpoint& to, const std::function<void(int)>& done);
  void carry(int descriptor);
  void move_octets(int descriptor);
  void fail(int descriptor, int negative_errno);
  void watch_unconfirmed(int descriptor);
  base::Duration frozen_for(const Connection& socket) const;
  void changed(int descriptor);
  std::size_t buffer_size() { return random_.spread(faults.socket_buffer_min, faults.socket_buffer_max); }

  SimRandom random_;
  base::Instant now_;
  std::uint64_t events_ = 0;
  std::priority_queue<Event, std::vector<Event>, Later> agenda_;
  std::map<int, Connection> sockets_;
  std::multimap<base::Endpoint, int> listeners_;
  struct Frozen {
    base::IpAddress one, other;
    base::Instant until;
  };
  std::vector<Frozen> frozen_;
  std::map<base::CoreId, SimRing*> rings_;
  int next_descriptor_ = 1000;
  std::uint16_t next_port_ = 20000;
};

}  // namespace ring
