#include "ring/sim_network.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "ring/sim_ring.h"

namespace ring {

namespace {
// What one turn of a core takes at least and at most.
constexpr std::uint64_t turn_nanoseconds_min = 200;
constexpr std::uint64_t turn_nanoseconds_max = 20'000;

bool runs_between(const SimNetwork::Connection& socket, const base::IpAddress& one, const base::IpAddress& other) {
  if (!socket.remote) return false;
  const base::IpAddress& near = socket.local.address;
  const base::IpAddress& far = socket.remote->address;
  return (near == one && far == other) || (near == other && far == one);
}
}  // namespace

Faults Faults::none() {
  Faults faults;
  faults.cut = faults.late = faults.short_send = faults.send_refused = faults.no_buffers = faults.reset = 0;
  faults.accept_ends = faults.accept_fails = faults.connect_refused = faults.unreachable = faults.open_fails = 0;
  faults.early_submit = faults.early_return = faults.told_wakes = 0;
  faults.socket_buffer_min = faults.socket_buffer_max;
  return faults;
}

SimNetwork::SimNetwork(std::uint64_t seed, const Faults& faults_now)
    // Time never starts at zero, nor where the last seed began.
    : faults(faults_now),
      random_(seed),
      now_(base::Instant::from_nanoseconds(static_cast<std::int64_t>(1'000'000'000 + random_.below(std::uint64_t{1} << 50)))) {}

SimNetwork::~SimNetwork() { CHECK(rings_.empty()); }

// --- Time and turns.

base::Duration SimNetwork::delay() {
  const base::Duration most = random_.chance(faults.late) ? faults.late_max : faults.delay_max;
  return base::Duration(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.count()) + 1)));
}

void SimNetwork::after(base::Duration delay, std::function<void()> action) {
  agenda_.push({(now_ + delay).nanoseconds(), events_++, std::move(action)});
}

std::optional<base::CoreId> SimNetwork::next(base::Instant limit) {
  std::vector<base::CoreId> runnable;
  for (;;) {
    const bool event_is_due = !agenda_.empty() && agenda_.top().at <= now_.nanoseconds();
    runnable.clear();
    base::Instant earliest = agenda_.empty() ? base::Instant::never() : base::Instant::from_nanoseconds(agenda_.top().at);
    for (const auto& [core, ring] : rings_) {
      if (ring->is_runnable(now_)) runnable.push_back(core);
      earliest = std::min(earliest, ring->deadline());
    }
    if (!runnable.empty() && now_ <= limit && (!event_is_due || random_.chance(0.5))) {
      now_ = now_ + base::Duration(static_cast<std::int64_t>(random_.between(turn_nanoseconds_min, turn_nanoseconds_max)));
      return runnable[random_.below(runnable.size())];
    }
    if (event_is_due) {
      std::function<void()> action = std::move(const_cast<Event&>(agenda_.top()).action);
      agenda_.pop();
      action();
      continue;
    }
    if (earliest.is_never()) return std::nullopt;
    if (earliest > limit) {
      now_ = std::max(now_, limit);
      return std::nullopt;
    }
    if (!rings_.empty() && random_.chance(faults.early_return)) {
      auto any = rings_.begin();
      std::advance(any, static_cast<std::ptrdiff_t>(random_.below(rings_.size())));
      return any->first;
    }
    now_ = std::max(now_, earliest);
  }
}

void SimNetwork::add_ring(base::CoreId core, SimRing* ring) { CHECK(rings_.emplace(core, ring).second); }
void SimNetwork::remove_ring(base::CoreId core) { rings_.erase(core); }
SimRing* SimNetwork::ring(base::CoreId core) const {
  const auto found = rings_.find(core);
  return found == rings_.end() ? nullptr : found->second;
}

// --- Sockets.

int SimNetwork::open(Owner owner, const base::Endpoint& local) {
  // Never used twice: whoever calls a closed one by its number is found out.
  const int descriptor = next_descriptor_++;
  Connection& socket = sockets_[descriptor];
  socket.owner = std::move(owner);
  socket.local = local;
  socket.out_max = buffer_size();
  socket.in_max = buffer_size();
  return descriptor;
}

int SimNetwork::open_listener(Owner owner, const base::Endpoint& endpoint) {
  CHECK(endpoint.port != 0);
  const int descriptor = open(std::move(owner), endpoint);
  at(descriptor).state = State::listening;
  listeners_.emplace(endpoint, descriptor);
  return descriptor;
}

Socket SimNetwork::listen(base::CoreId core, const base::Endpoint& endpoint) { return Socket{open_listener({core, {}}, endpoint)}; }

base::Endpoint SimNetwork::free_local(const base::IpAddress& address) {
  if (++next_port_ < 20000) next_port_ = 20000;
  return {address, next_port_};
}

const SimNetwork::Connection* SimNetwork::find(int descriptor) const {
  const auto found = sockets_.find(descriptor);
  return found == sockets_.end() ? nullptr : &found->second;
}

SimNetwork::Connection& SimNetwork::at(int descriptor) {
  const auto found = sockets_.find(descriptor);
  CHECK(found != sockets_.end());
  return found->second;
}

std::size_t SimNetwork::open_sockets(base::CoreId core) const {
  return static_cast<std::size_t>(std::count_if(sockets_.begin(), sockets_.end(), [core](const auto& entry) {
    return entry.second.owner.core == core && entry.second.state != State::listening;
  }));
}

std::uint64_t SimNetwork::octets_on_the_way() const {
  std::uint64_t octets = 0;
  for (const auto& [descriptor, socket] : sockets_) octets += socket.out.size() + socket.in.size();
  return octets;
}

void SimNetwork::changed(int descriptor) {
  const auto found = sockets_.find(descriptor);
  if (found == sockets_.end()) return;
  if (found->second.owner.core) {
    if (SimRing* owner = ring(*found->second.owner.core)) owner->socket_changed(descriptor);
  } else if (found->second.owner.changed) {
    // A copy: the callee may close the socket.
    const std::function<void()> tell = found->second.owner.changed;
    tell();
  }
}

// --- Connecting.

void SimNetwork::connect(int descriptor, const base::Endpoint& to, std::function<void(int)> done) {
  Connection& socket = at(descriptor);
  CHECK(socket.state == State::fresh);
  socket.state = State::connecting;
  socket.remote = to;
  const bool lost = random_.chance(faults.unreachable);
  after(lost ? faults.late_max : delay(), [this, descriptor, to, lost, done = std::move(done)] {
    const auto found = sockets_.find(descriptor);
    if (found == sockets_.end() || found->second.state != State::connecting) return;
    if (!lost) return arrange_connection(descriptor, to, done);
    found->second.state = State::failed;
    done(random_.chance(0.5) ? -EHOSTUNREACH : -ETIMEDOUT);
  });
}

void SimNetwork::arrange_connection(int descriptor, const base::Endpoint& to, const std::function<void(int)>& done) {
  const auto [first, last] = listeners_.equal_range(to);
  const auto count = static_cast<std::uint64_t>(std::distance(first, last));
  Connection& socket = at(descriptor);
  if (count == 0 || random_.chance(faults.connect_refused)) {
    socket.state = State::failed;
    return done(-ECONNREFUSED);
  }
  auto chosen = first;
  std::advance(chosen, static_cast<std::ptrdiff_t>(random_.below(count)));
  const int listener = chosen->second;
  const int accepted = open({}, to);
  Connection& far = at(accepted);
  far.state = State::connected;
  far.remote = socket.local;
  far.other = descriptor;
  Connection& near = at(descriptor);
  near.state = State::connected;
  near.other = accepted;
  at(listener).waiting.push_back(accepted);
  done(0);
  changed(listener);
}

int SimNetwork::accept(int listener, Owner owner) {
  Connection& socket = at(listener);
  CHECK(socket.state == State::listening);
  if (socket.waiting.empty()) return -EAGAIN;
  const int accepted = socket.waiting.front();
  socket.waiting.erase(socket.waiting.begin());
  at(accepted).owner = std::move(owner);
  return accepted;
}

// --- Octets.

std::size_t SimNetwork::room(int descriptor) const {
  const Connection* socket = find(descriptor);
  CHECK(socket != nullptr);
  return socket->out_max - std::min(socket->out_max, socket->out.size());
}

std::int64_t SimNetwork::write(int descriptor, std::string_view octets) {
  Connection& socket = at(descriptor);
  if (socket.state != State::connected || socket.write_shut) return -EPIPE;
  if (socket.error != 0) return socket.error;
  const std::size_t taken = std::min(octets.size(), room(descriptor));
  if (taken == 0) return -EAGAIN;
  if (socket.out.empty()) socket.confirmed = now_;
  socket.out.append(octets.substr(0, taken));
  watch_unconfirmed(descriptor);
  carry(descriptor);
  return static_cast<std::int64_t>(taken);
}

std::int64_t SimNetwork::read(int descriptor, char* to, std::size_t most) {
  Connection& socket = at(descriptor);
  if (socket.state != State::connected) return -ENOTCONN;
  const std::size_t octets = std::min(most, socket.in.size());
  if (octets > 0) {
    socket.in.copy(to, octets);
    socket.in.erase(0, octets);
    if (socket.other >= 0) carry(socket.other);
    return static_cast<std::int64_t>(octets);
  }
  if (socket.error != 0) return socket.error;
  return socket.end_arrived ? 0 : -EAGAIN;
}

// Sees to it that an event carries what `descriptor` has to say; one at a time, so that octets stay in order.
void SimNetwork::carry(int descriptor) {
  const auto found = sockets_.find(descriptor);
  if (found == sockets_.end() || found->second.moving) return;
  const Connection& socket = found->second;
  if (socket.out.empty() && (!socket.write_shut || socket.end_sent)) return;
  found->second.moving = true;
  after(delay(), [this, descriptor] { move_octets(descriptor); });
}

void SimNetwork::move_octets(int descriptor) {
  const auto found = sockets_.find(descriptor);
  if (found == sockets_.end()) return;
  Connection& socket = found->second;
  if (const base::Duration wait = frozen_for(socket); wait.count() > 0 && socket.error == 0) {
    return after(wait, [this, descriptor] { move_octets(descriptor); });
  }
  socket.moving = false;
  if (socket.error != 0) return;
  const auto other = sockets_.find(socket.other);
  if (other == sockets_.end()) {
    // What arrives at a closed socket is answered by a reset; a mere end of input is not.
    if (!socket.out.empty()) fail(descriptor, -ECONNRESET);
    return;
  }
  if (random_.chance(faults.reset)) {
    const int far = socket.other;
    fail(descriptor, -ECONNRESET);
    fail(far, -ECONNRESET);
    return;
  }
  Connection& far = other->second;
  const int far_descriptor = socket.other;
  std::size_t octets = std::min(socket.out.size(), far.in_max - std::min(far.in_max, far.in.size()));
  if (octets > 1 && random_.chance(faults.cut)) octets = random_.between(1, octets);
  far.in.append(socket.out, 0, octets);
  socket.out.erase(0, octets);
  if (octets > 0) socket.confirmed = now_;
  if (socket.out.empty() && socket.write_shut && !socket.end_sent) {
    socket.end_sent = true;
    far.end_arrived = true;
  }
  // With no room over there, reading makes it go on.
  if (octets > 0) carry(descriptor);
  changed(far_descriptor);
  changed(descriptor);
}

// TCP_USER_TIMEOUT: whoever does not take what was sent is gone, however politely it says that it has no room.
void SimNetwork::watch_unconfirmed(int descriptor) {
  const auto found = sockets_.find(descriptor);
  if (found == sockets_.end() || found->second.watched) return;
  Connection& socket = found->second;
  if (socket.unconfirmed.count() == 0 || socket.out.empty() || socket.error != 0) return;
  const base::Duration left = socket.unconfirmed - (now_ - socket.confirmed);
  if (left.count() <= 0) return fail(descriptor, -ETIMEDOUT);
  socket.watched = true;
  after(left, [this, descriptor] {
    const auto there = sockets_.find(descriptor);
    if (there == sockets_.end()) return;
    there->second.watched = false;
    watch_unconfirmed(descriptor);
  });
}

void SimNetwork::fail(int descriptor, int negative_errno) {
  const auto found = sockets_.find(descriptor);
  if (found == sockets_.end()) return;
  found->second.error = negative_errno;
  found->second.lost += found->second.out.size();
  found->second.out.clear();
  changed(descriptor);
}

void SimNetwork::sever(const base::IpAddress& one, const base::IpAddress& other) {
  std::vector<int> severed;
  for (const auto& [descriptor, socket] : sockets_) {
    if (socket.state == State::connected && runs_between(socket, one, other)) severed.push_back(descriptor);
  }
  for (const int descriptor : severed) fail(descriptor, -ECONNRESET);
}

void SimNetwork::freeze(const base::IpAddress& one, const base::IpAddress& other, base::Duration how_long) {
  frozen_.push_back({one, other, now_ + how_long});
}

base::Duration SimNetwork::frozen_for(const Connection& socket) const {
  base::Duration longest{};
  for (const Frozen& frozen : frozen_) {
    if (frozen.until > now_ && runs_between(socket, frozen.one, frozen.other)) longest = std::max(longest, frozen.until - now_);
  }
  return longest;
}

// --- Ends.

void SimNetwork::shutdown_write(int descriptor) {
  Connection& socket = at(descriptor);
  socket.write_shut = true;
  carry(descriptor);
}

// As TCP does it: closed with unread octets, the connection is reset and what was still to be sent is lost; else the rest is delivered.
void SimNetwork::close(int descriptor) {
  Connection& socket = at(descriptor);
  if (socket.state == State::listening) {
    std::erase_if(listeners_, [descriptor](const auto& entry) { return entry.second == descriptor; });
    const std::vector<int> waiting = std::move(socket.waiting);
    sockets_.erase(descriptor);
    for (const int connection : waiting) reset(connection);
    return;
  }
  const auto other = sockets_.find(socket.other);
  if (!socket.in.empty() || socket.error != 0 || other == sockets_.end()) return reset(descriptor);
  // The rest travels in one event, however little room there is: nobody could ask this socket how far it has come.
  const std::string rest = std::move(socket.out);
  const int far = socket.other;
  sockets_.erase(descriptor);
  after(delay(), [this, far, rest] {
    const auto found = sockets_.find(far);
    if (found == sockets_.end()) return;
    found->second.in.append(rest);
    found->second.end_arrived = true;
    changed(far);
  });
}

void SimNetwork::reset(int descriptor) {
  const int far = at(descriptor).other;
  sockets_.erase(descriptor);
  after(delay(), [this, far] { fail(far, -ECONNRESET); });
}

}  // namespace ring
