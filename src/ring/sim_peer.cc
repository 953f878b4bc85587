#include "ring/sim_peer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace ring {

SimPeer::SimPeer(SimNetwork& network, const base::Endpoint& from) : network_(network) {
  descriptor_ = network_.open(owner(), from.port != 0 ? from : network_.free_local(from.address));
}

SimPeer::SimPeer(SimNetwork& network, int listener) : network_(network) {
  descriptor_ = network_.accept(listener, owner());
  CHECK(descriptor_ >= 0);
  state_ = State::connected;
}

SimPeer::~SimPeer() { close(); }

// Tells later, in an event of its own: a test's reaction never runs inside the network's own work.
SimNetwork::Owner SimPeer::owner() {
  return {std::nullopt, [this] { changed(); }};
}

void SimPeer::changed() {
  if (state_ == State::closed) return;
  pass_on();
  tell();
}

void SimPeer::tell() {
  network_.after(network_.delay(), [alive = std::weak_ptr(alive_)] {
    const std::shared_ptr<SimPeer*> self = alive.lock();
    if (self && (*self)->on_change) (*self)->on_change();
  });
}

void SimPeer::connect(const base::Endpoint& to) {
  CHECK(state_ == State::idle);
  state_ = State::connecting;
  network_.connect(descriptor_, to, [alive = std::weak_ptr(alive_)](int result) {
    const std::shared_ptr<SimPeer*> self = alive.lock();
    if (!self || (*self)->state_ != State::connecting) return;
    (*self)->state_ = result == 0 ? State::connected : State::refused;
    (*self)->error_ = result;
    (*self)->changed();
  });
}

base::Endpoint SimPeer::local() const {
  const SimNetwork::Connection* socket = network_.find(descriptor_);
  return socket == nullptr ? base::Endpoint{} : socket->local;
}

base::Endpoint SimPeer::remote() const {
  const SimNetwork::Connection* socket = network_.find(descriptor_);
  return socket == nullptr ? base::Endpoint{} : socket->remote.value_or(base::Endpoint{});
}

void SimPeer::write(std::string_view octets) {
  CHECK(!shutting_);
  backlog_.append(octets);
  pass_on();
}

void SimPeer::pass_on() {
  if (state_ != State::connected) return;
  while (passed_ < backlog_.size()) {
    const std::int64_t taken = network_.write(descriptor_, std::string_view(backlog_).substr(passed_));
    if (taken == -EAGAIN) return;
    if (taken < 0) {
      error_ = static_cast<int>(taken);
      break;
    }
    passed_ += static_cast<std::size_t>(taken);
  }
  backlog_.clear();
  passed_ = 0;
  if (shutting_) network_.shutdown_write(descriptor_);
}

std::string SimPeer::read(std::size_t most) {
  std::string octets;
  if (stalled_ || state_ != State::connected) return octets;
  std::array<char, 16384> part;
  while (octets.size() < most) {
    const std::int64_t got = network_.read(descriptor_, part.data(), std::min(part.size(), most - octets.size()));
    if (got == -EAGAIN) break;
    if (got == 0) at_end_ = true;
    if (got < 0) error_ = static_cast<int>(got);
    if (got <= 0) break;
    octets.append(part.data(), static_cast<std::size_t>(got));
  }
  return octets;
}

void SimPeer::resume() {
  stalled_ = false;
  if (state_ == State::connected) tell();
}

void SimPeer::shutdown_write() {
  shutting_ = true;
  pass_on();
}

void SimPeer::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  backlog_.clear();
  passed_ = 0;
  if (network_.find(descriptor_) != nullptr) network_.close(descriptor_);
}

void SimPeer::reset() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  backlog_.clear();
  passed_ = 0;
  network_.reset(descriptor_);
}

SimPeerListener::SimPeerListener(SimNetwork& network, const base::Endpoint& endpoint)
    : network_(network),
      descriptor_(network.open_listener({std::nullopt,
                                         [this] {
                                           if (on_connection) on_connection();
                                         }},
                                        endpoint)) {}

SimPeerListener::~SimPeerListener() { network_.close(descriptor_); }

std::unique_ptr<SimPeer> SimPeerListener::accept() {
  if (network_.find(descriptor_)->waiting.empty()) return nullptr;
  return std::unique_ptr<SimPeer>(new SimPeer(network_, descriptor_));
}

}  // namespace ring
