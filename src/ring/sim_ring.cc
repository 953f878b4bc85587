#include "ring/sim_ring.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace ring {

namespace {

constexpr char poison = static_cast<char>(0xDD);

// Eight octets at a time: a simulation sends a lot.
std::uint64_t checksum_of(const std::vector<Octets>& pieces) {
  std::uint64_t sum = 0xCBF29CE484222325;
  for (const Octets& piece : pieces) {
    for (std::size_t i = 0; i < piece.size; i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, piece.data + i, std::min<std::size_t>(8, piece.size - i));
      sum = (sum ^ word) * 0x9E3779B97F4A7C15;
      sum ^= sum >> 29;
    }
  }
  return sum;
}

}  // namespace

SimRing::SimRing(SimNetwork& network, base::CoreId core, const SimRingOptions& options)
    : network_(network), core_(core), process_(options.process), now_(network.now()) {
  SimRandom& random = network.random();
  const std::size_t count = options.receive_buffers != 0 ? options.receive_buffers : random.between(4, 64);
  const std::size_t bytes = options.receive_buffer_bytes != 0 ? options.receive_buffer_bytes : random.spread(64, 32 * 1024);
  memory_.assign(count * bytes, poison);
  buffers_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    base::Buffer& buffer = buffers_[i];
    buffer.data = memory_.data() + i * bytes;
    buffer.capacity = static_cast<std::uint32_t>(bytes);
    buffer.number = static_cast<std::uint32_t>(i);
    buffer.scarce = true;
    buffer.home = this;
    free_.push_back(&buffer);
  }
  network.add_ring(core, this);
}

SimRing::~SimRing() {
  completions_.clear();
  CHECK(receive_buffers_out() == 0);
  network_.remove_ring(core_);
}

void SimRing::take_back(base::Buffer& buffer) {
  CHECK(std::find(free_.begin(), free_.end(), &buffer) == free_.end());
  std::memset(buffer.data, poison, buffer.capacity);
  free_.push_back(&buffer);
}

// --- Sockets, at once.

base::Result<Socket, IoError> SimRing::open_socket(const base::Endpoint& remote, const std::optional<base::Endpoint>& local) {
  if (network_.random().chance(network_.faults.open_fails)) return base::fail(IoError{-EMFILE});
  base::IpAddress address;
  if (local) {
    address = local->address;
  } else if (process_ != nullptr) {
    address = process_->address;
  } else if (remote.address.is_v4()) {
    address = base::IpAddress::from_octets4({127, 0, 0, 1});
  } else {
    address = base::IpAddress::from_octets16({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  }
  const bool chosen = local && local->port != 0;
  return Socket{network_.open({core_, {}}, chosen ? *local : network_.free_local(address))};
}

void SimRing::configure(Socket socket, const LinkOptions& options) { network_.at(socket.descriptor).unconfirmed = options.unconfirmed; }

base::Result<base::Endpoint, IoError> SimRing::peer_of(Socket socket) const {
  const SimNetwork::Connection& connection = network_.at(socket.descriptor);
  if (connection.state != SimNetwork::State::connected || connection.error != 0) return base::fail(IoError{-ENOTCONN});
  return *connection.remote;
}

base::Result<base::Endpoint, IoError> SimRing::local_of(Socket socket) const { return network_.at(socket.descriptor).local; }

std::size_t SimRing::unsent(Socket socket) const {
  const SimNetwork::Connection& connection = network_.at(socket.descriptor);
  return connection.out.size() + connection.lost;
}

void SimRing::shutdown_write(Socket socket) {
  CHECK(!sending_.contains(socket.descriptor));  // it would be cut off
  network_.shutdown_write(socket.descriptor);
}

// --- Operations: called, then submitted, then completed by an event.

void SimRing::begin(Op op, Token token, Socket socket, bool once, std::size_t most) {
  CHECK(token.op == op);
  (void)network_.at(socket.descriptor);
  CHECK(operations_.emplace(token.packed(), Operation{op, socket.descriptor, once, most, false, false, false}).second);
  CHECK(by_socket_.emplace(std::pair(socket.descriptor, op), token.packed()).second);
}

void SimRing::enqueue(Submission submission) {
  if (network_.random().chance(network_.faults.early_submit)) submit_now();
  submissions_.push_back(std::move(submission));
}

void SimRing::accept(Token token, Socket listener) {
  begin(Op::accept, token, listener);
  enqueue({.op = Op::accept, .token = token, .target = {}, .descriptor = listener.descriptor, .to = {}, .core = {}, .send = {}});
}

void SimRing::connect(Token token, Socket socket, const base::Endpoint& to) {
  begin(Op::connect, token, socket);
  enqueue({.op = Op::connect, .token = token, .target = {}, .descriptor = socket.descriptor, .to = to, .core = {}, .send = {}});
}

void SimRing::recv(Token token, Socket socket) {
  begin(Op::recv, token, socket);
  enqueue({.op = Op::recv, .token = token, .target = {}, .descriptor = socket.descriptor, .to = {}, .core = {}, .send = {}});
}

void SimRing::recv_once(Token token, Socket socket, std::size_t most) {
  begin(Op::recv, token, socket, true, most);
  enqueue({.op = Op::recv, .token = token, .target = {}, .descriptor = socket.descriptor, .to = {}, .core = {}, .send = {}});
}

void SimRing::poll_out(Token token, Socket socket) {
  begin(Op::poll_out, token, socket);
  enqueue({.op = Op::poll_out, .token = token, .target = {}, .descriptor = socket.descriptor, .to = {}, .core = {}, .send = {}});
}

void SimRing::send(Token token, Socket socket, std::span<const Octets> pieces) {
  (void)network_.at(socket.descriptor);
  CHECK(!pieces.empty() && pieces.size() <= send_pieces_max);
  CHECK(sending_.insert(socket.descriptor).second);
  Send send{token, socket.descriptor, {pieces.begin(), pieces.end()}, 0, 0};
  send.checksum = checksum_of(send.pieces);
  enqueue({.op = Op::send, .token = token, .target = {}, .descriptor = -1, .to = {}, .core = {}, .send = std::move(send)});
}

void SimRing::cancel(Token token, Token target) {
  enqueue({.op = Op::cancel, .token = token, .target = target, .descriptor = -1, .to = {}, .core = {}, .send = {}});
}

void SimRing::close(Token token, Socket socket) {
  CHECK(!sending_.contains(socket.descriptor));
  for (const auto& [packed, operation] : operations_) CHECK(operation.descriptor != socket.descriptor);
  (void)network_.at(socket.descriptor);
  enqueue({.op = Op::close, .token = token, .target = {}, .descriptor = socket.descriptor, .to = {}, .core = {}, .send = {}});
}

void SimRing::wake(base::CoreId core) {
  enqueue({.op = Op::wake, .token = {}, .target = {}, .descriptor = -1, .to = {}, .core = core, .send = {}});
}

// --- Submission.

void SimRing::submit_and_wait(base::Instant deadline, bool may_sleep) {
  const bool all_told = sent_.empty();
  submit_now();
  deadline_ = deadline;
  asleep_ = may_sleep && all_told && completions_.empty();
}

void SimRing::submit_now() {
  std::vector<Submission> batch;
  batch.swap(submissions_);
  for (Submission& submission : batch) submit(submission);
}

void SimRing::submit(Submission& submission) {
  const std::uint64_t packed = submission.token.packed();
  switch (submission.op) {
    case Op::accept:
    case Op::recv:
    case Op::poll_out:
      operations_.at(packed).submitted = true;
      expect(packed);
      return;
    case Op::connect:
      operations_.at(packed).submitted = true;
      network_.connect(submission.descriptor, submission.to, [&network = network_, core = core_, packed](int result) {
        SimRing* self = network.ring(core);
        if (self != nullptr && self->active(packed) != nullptr) self->post(packed, result, false);
      });
      return;
    case Op::send: submit_send(std::move(submission.send)); return;
    case Op::cancel: submit_cancel(submission.token, submission.target); return;
    case Op::close:
      network_.close(submission.descriptor);
      network_.after(network_.delay(), [&network = network_, core = core_, packed] {
        if (SimRing* self = network.ring(core)) self->post(packed, 0, false);
      });
      return;
    case Op::wake: wake_now(submission.core); return;
    case Op::none: break;
  }
  CHECK(false);
}

// The control thread is whoever is no core.
void SimRing::wake_now(base::CoreId core) {
  const std::uint16_t first = process_ == nullptr ? std::uint16_t{0} : process_->first_core;
  const bool is_core = process_ == nullptr || core.value() < process_->cores;
  const base::CoreId target(static_cast<std::uint16_t>(first + core.value()));
  network_.after(network_.delay(), [&network = network_, process = process_, target, is_core] {
    if (SimRing* there = is_core ? network.ring(target) : nullptr) {
      there->woken();
    } else if (const auto& control = process == nullptr ? network.on_control_wake : process->on_control_wake) {
      control();
    }
  });
}

// It ends here, inside the submission: with what the socket takes at once.
void SimRing::submit_send(Send send) {
  SimRandom& random = network_.random();
  const Faults& faults = network_.faults;
  std::size_t total = 0;
  for (const Octets& piece : send.pieces) total += piece.size;
  CHECK(total > 0 && total <= send_octets_max);
  std::size_t most = total;
  if (most > 1 && random.chance(faults.short_send)) most = random.between(1, most - 1);
  std::string octets;
  octets.reserve(most);
  for (const Octets& piece : send.pieces) octets.append(piece.data, std::min(piece.size, most - octets.size()));
  const bool refused = random.chance(faults.send_refused);
  send.result = refused ? -EAGAIN : static_cast<std::int32_t>(network_.write(send.descriptor, octets));
  if (send.result < 0 || static_cast<std::size_t>(send.result) < total || random.chance(faults.told_wakes)) send_wakes_ = true;
  sent_.push_back(std::move(send));
}

void SimRing::submit_cancel(Token token, Token target) {
  const std::uint64_t packed = target.packed();
  const bool found = active(packed) != nullptr;
  // Until then it goes on: octets may still arrive.
  network_.after(found ? network_.delay() : base::Duration(0), [&network = network_, core = core_, token, packed] {
    SimRing* self = network.ring(core);
    if (self == nullptr) return;
    const bool ends = self->active(packed) != nullptr;
    const bool answer_first = network.random().chance(0.5);
    if (answer_first) self->post(token.packed(), ends ? 0 : -ENOENT, false);
    if (ends) self->post(packed, -ECANCELED, false);
    if (!answer_first) self->post(token.packed(), ends ? 0 : -ENOENT, false);
  });
}

// --- Events.

SimRing::Operation* SimRing::active(std::uint64_t packed) {
  const auto found = operations_.find(packed);
  return found == operations_.end() || found->second.ended || !found->second.submitted ? nullptr : &found->second;
}

void SimRing::socket_changed(int descriptor) {
  for (const Op op : {Op::accept, Op::recv, Op::poll_out}) {
    const auto found = by_socket_.find(std::pair(descriptor, op));
    if (found != by_socket_.end()) expect(found->second);
  }
}

bool SimRing::is_ready(const Operation& operation) const {
  const SimNetwork::Connection& socket = network_.at(operation.descriptor);
  if (operation.op == Op::accept) return !socket.waiting.empty();
  if (socket.state != SimNetwork::State::connected || socket.error != 0) return true;
  if (operation.op == Op::recv) return !socket.in.empty() || socket.end_arrived;
  return network_.room(operation.descriptor) > 0 || socket.write_shut;
}

// Puts the operation's event on the agenda, if there is reason for one.
void SimRing::expect(std::uint64_t packed) {
  Operation* operation = active(packed);
  if (operation == nullptr || operation->event_comes || !is_ready(*operation)) return;
  operation->event_comes = true;
  network_.after(network_.delay(), [&network = network_, core = core_, packed] {
    if (SimRing* self = network.ring(core)) self->happen(packed);
  });
}

void SimRing::happen(std::uint64_t packed) {
  Operation* operation = active(packed);
  if (operation == nullptr) return;
  operation->event_comes = false;
  if (!is_ready(*operation)) return;
  if (operation->op == Op::accept) return accept_some(packed, *operation);
  if (operation->op == Op::recv) return receive_some(packed, *operation);
  const SimNetwork::Connection& socket = network_.at(operation->descriptor);
  const bool failed = socket.state != SimNetwork::State::connected || socket.error != 0;
  post(packed, failed ? POLLOUT | POLLERR | POLLHUP : POLLOUT, false);
}

void SimRing::accept_some(std::uint64_t packed, Operation& operation) {
  SimRandom& random = network_.random();
  if (random.chance(network_.faults.accept_fails)) return post(packed, -EMFILE, false);
  const int accepted = network_.accept(operation.descriptor, {core_, {}});
  CHECK(accepted >= 0);
  const bool more = !random.chance(network_.faults.accept_ends);
  post(packed, accepted, more);
  if (more) expect(packed);
}

void SimRing::receive_some(std::uint64_t packed, Operation& operation) {
  SimRandom& random = network_.random();
  bool again = true;
  while (again) {
    if (free_.empty() || random.chance(network_.faults.no_buffers)) return post(packed, -ENOBUFS, false);
    base::Buffer& buffer = *free_.back();
    free_.pop_back();
    base::Lease lease(buffer);
    std::size_t room = operation.most == 0 ? buffer.capacity : std::min<std::size_t>(operation.most, buffer.capacity);
    if (room > 1 && random.chance(network_.faults.cut)) room = random.between(1, room);
    const auto result = static_cast<std::int32_t>(network_.read(operation.descriptor, buffer.data, room));
    if (result == -EAGAIN) return;
    if (result <= 0) return post(packed, result, false);
    post(packed, result, !operation.once, {buffer.data, static_cast<std::size_t>(result), std::move(lease)});
    // Many at once, as a multishot does when the sender was quick.
    again = !operation.once && is_ready(operation) && random.chance(0.5);
  }
  expect(packed);
}

void SimRing::woken() { post(Token{Op::wake, 0, 0}.packed(), 0, false); }

void SimRing::post(std::uint64_t packed, std::int32_t result, bool more, base::Slice octets) {
  const auto found = operations_.find(packed);
  if (found != operations_.end() && !more) found->second.ended = true;
  completions_.push_back({Token::unpacked(packed), result, more, std::move(octets)});
}

// --- Completions.

base::Instant SimRing::clock() const { return network_.now(); }

bool SimRing::is_runnable(base::Instant now) const { return !asleep_ || !completions_.empty() || send_wakes_ || now >= deadline_; }

Completion SimRing::tell(Send send) {
  CHECK(checksum_of(send.pieces) == send.checksum);
  sending_.erase(send.descriptor);
  return {send.token, send.result, false, {}};
}

std::size_t SimRing::reap(std::span<Completion> room) {
  now_ = network_.now();
  send_wakes_ = false;
  std::size_t posted = 0;
  std::size_t sent = 0;
  std::size_t count = 0;
  while (count < room.size() && (posted < completions_.size() || sent < sent_.size())) {
    const bool send_next = sent < sent_.size() && (posted == completions_.size() || network_.random().chance(0.3));
    if (send_next) {
      room[count++] = tell(std::move(sent_[sent++]));
      continue;
    }
    Completion& next = completions_[posted++];
    const auto found = operations_.find(next.token.packed());
    if (!next.more && found != operations_.end()) {
      by_socket_.erase(std::pair(found->second.descriptor, found->second.op));
      operations_.erase(found);
    }
    room[count++] = std::move(next);
  }
  completions_.erase(completions_.begin(), completions_.begin() + static_cast<std::ptrdiff_t>(posted));
  sent_.erase(sent_.begin(), sent_.begin() + static_cast<std::ptrdiff_t>(sent));
  return count;
}

}  // namespace ring
