#pragma once
// A ring that the test plays by hand: octets arrive when it says so, sockets take what it lets them, connections come up as it wants.
// Nothing is allocated between warm-up and end, so that a test can count what the relay allocates.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "ring/ring.h"

namespace relay_test {

class FakeRing final : public ring::Ring {
 public:
  static constexpr std::size_t buffer_bytes = 32 * 1024;

  struct Connection {
    base::Endpoint peer;
    base::Endpoint local;
    std::string inbox;            // what the peer has said and nobody has read
    std::string heard;            // what the relay has said
    std::size_t room = SIZE_MAX;  // octets that the socket still takes
    std::size_t unsent = 0;       // what the kernel says that it still holds
    bool peer_finished = false;
    bool peer_reset = false;
    bool closed = false;
    std::optional<ring::Token> recv, poll_out, connect;
    bool recv_single = false;
    std::size_t recv_most = SIZE_MAX;
    bool in_kernel = false;
    std::vector<std::pair<ring::RecordType, std::string>> control, heard_control;
  };

  FakeRing(base::CoreId core, base::Instant& clock, std::size_t buffers) : core_(core), clock_(clock), home_(buffers) {
    completions_.reserve(4096);
    connections_.reserve(4096);
  }

  // The test's side.
  int accept_from(int listener, const base::Endpoint& peer, const base::Endpoint& local) {
    const int descriptor = add(peer, local);
    CHECK(accepts_.at(static_cast<std::size_t>(listener)).has_value());
    completions_.push_back({*accepts_[static_cast<std::size_t>(listener)], descriptor, true, {}});
    return descriptor;
  }
  Connection& at(int descriptor) { return *connections_.at(static_cast<std::size_t>(descriptor)); }
  int last_opened() const { return static_cast<int>(connections_.size()) - 1; }
  // The next connects end with this; nullopt: they wait for finish_connect().
  void answer_connects(std::optional<std::int32_t> result) { connect_result_ = result; }
  void finish_connect(int descriptor, std::int32_t result) {
    CHECK(at(descriptor).connect.has_value());
    completions_.push_back({*std::exchange(at(descriptor).connect, std::nullopt), result, false, {}});
  }
  std::size_t connects() const { return connects_; }
  bool anything_to_do() const {
    if (!completions_.empty()) return true;
    for (const auto& connection : connections_) {
      if (connection->recv &&
          (!connection->inbox.empty() || !connection->control.empty() || connection->peer_finished || connection->peer_reset))
        return true;
      if (connection->poll_out && (connection->room > 0 || connection->peer_reset)) return true;
    }
    return false;
  }
  base::Instant deadline() const { return deadline_; }

  // The relay's side.
  base::Instant now() const override { return now_; }
  base::Instant clock() const override { return now_; }
  base::Result<ring::Socket, ring::IoError> open_socket(const base::Endpoint& remote, const std::optional<base::Endpoint>& from) override {
    return ring::Socket{add(remote, from ? *from : base::Endpoint{*base::IpAddress::parse("192.0.2.1"), 40000})};
  }
  void configure(ring::Socket, const ring::LinkOptions&) override {}
  base::Result<base::Endpoint, ring::IoError> peer_of(ring::Socket socket) const override {
    const Connection& connection = *connections_.at(static_cast<std::size_t>(socket.descriptor));
    if (connection.peer_reset) return base::fail(ring::IoError{-ENOTCONN});
    return connection.peer;
  }
  base::Result<base::Endpoint, ring::IoError> local_of(ring::Socket socket) const override {
    return connections_.at(static_cast<std::size_t>(socket.descriptor))->local;
  }
  std::size_t unsent(ring::Socket socket) const override { return connections_.at(static_cast<std::size_t>(socket.descriptor))->unsent; }
  void shutdown_write(ring::Socket) override {}
  // A kernel that takes what it is given: from then on `inbox` and `heard` are plaintext, and `control` is what ends a receive.
  ring::KernelTlsOutcome encrypt_in_kernel(ring::Socket socket, const ring::RecordKeys&, const ring::RecordKeys&) override {
    CHECK(!at(socket.descriptor).recv.has_value());
    if (kernel_tls != ring::KernelTlsOutcome::taken) return kernel_tls;
    if (on_encrypt) on_encrypt(at(socket.descriptor));
    at(socket.descriptor).in_kernel = true;
    return kernel_tls;
  }
  bool change_key(ring::Socket, ring::Direction direction, const ring::RecordKeys& keys) override {
    if (!changes_keys) return false;
    changed_keys.emplace_back(direction, keys);
    return true;
  }
  bool changes_keys = false;
  std::vector<std::pair<ring::Direction, ring::RecordKeys>> changed_keys;
  base::Result<ring::ControlRecord, ring::IoError> receive_control(ring::Socket socket, std::span<char> room) override {
    Connection& connection = at(socket.descriptor);
    if (connection.control.empty()) return base::fail(ring::IoError{-EAGAIN});
    const auto [type, octets] = connection.control.front();
    connection.control.erase(connection.control.begin());
    octets.copy(room.data(), octets.size());
    return ring::ControlRecord{type, octets.size()};
  }
  bool send_control(ring::Socket socket, ring::RecordType type, std::string_view octets) override {
    at(socket.descriptor).heard_control.emplace_back(type, octets);
    return true;
  }
  ring::KernelTlsOutcome kernel_tls = ring::KernelTlsOutcome::refused;
  std::function<void(Connection&)> on_encrypt;
  void accept(ring::Token token, ring::Socket listener) override {
    const auto number = static_cast<std::size_t>(listener.descriptor);
    if (accepts_.size() <= number) accepts_.resize(number + 1);
    accepts_[number] = token;
  }
  void connect(ring::Token token, ring::Socket socket, const base::Endpoint&) override {
    ++connects_;
    at(socket.descriptor).connect = token;
    if (connect_result_) finish_connect(socket.descriptor, *connect_result_);
  }
  void recv(ring::Token token, ring::Socket socket) override { arm(token, socket, false); }
  void recv_once(ring::Token token, ring::Socket socket, std::size_t most = 0) override {
    arm(token, socket, true);
    at(socket.descriptor).recv_most = most == 0 ? SIZE_MAX : most;
  }
  void send(ring::Token token, ring::Socket socket, std::span<const ring::Octets> pieces) override {
    Connection& connection = at(socket.descriptor);
    std::size_t taken = 0;
    for (const ring::Octets& piece : pieces) {
      const std::size_t n = std::min(piece.size, connection.room);
      connection.heard.append(piece.data, n);
      if (connection.room != SIZE_MAX) connection.room -= n;
      taken += n;
    }
    const std::int32_t result = connection.peer_reset ? -ECONNRESET : taken > 0 ? static_cast<std::int32_t>(taken) : -EAGAIN;
    completions_.push_back({token, result, false, {}});
  }
  void poll_out(ring::Token token, ring::Socket socket) override { at(socket.descriptor).poll_out = token; }
  void cancel(ring::Token, ring::Token target) override {
    const auto end = [&](std::optional<ring::Token>& armed) {
      if (armed != target) return;
      completions_.push_back({target, -ECANCELED, false, {}});
      armed.reset();
    };
    for (auto& accept : accepts_) end(accept);
    for (auto& connection : connections_) {
      end(connection->recv);
      end(connection->poll_out);
      end(connection->connect);
    }
  }
  void close(ring::Token token, ring::Socket socket) override {
    at(socket.descriptor).closed = true;
    completions_.push_back({token, 0, false, {}});
  }
  void wake(base::CoreId) override {}

  std::size_t reap(std::span<ring::Completion> room) override {
    now_ = clock_;
    read_sockets();
    const std::size_t count = std::min(room.size(), completions_.size());
    for (std::size_t i = 0; i < count; ++i) room[i] = std::move(completions_[i]);
    completions_.erase(completions_.begin(), completions_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  void submit_and_wait(base::Instant deadline, bool) override { deadline_ = deadline; }
  std::size_t receive_buffers() const override { return home_.buffers.size(); }
  std::size_t receive_buffers_out() const override { return home_.buffers.size() - home_.free.size(); }

 private:
  struct Home final : base::BufferHome {
    explicit Home(std::size_t count) : memory(new char[count * buffer_bytes]), buffers(count) {
      for (std::size_t i = 0; i < count; ++i) {
        buffers[i].data = memory.get() + i * buffer_bytes;
        buffers[i].capacity = buffer_bytes;
        buffers[i].scarce = true;
        buffers[i].home = this;
        free.push_back(&buffers[i]);
      }
    }
    void take_back(base::Buffer& buffer) override { free.push_back(&buffer); }
    std::unique_ptr<char[]> memory;
    std::vector<base::Buffer> buffers;
    std::vector<base::Buffer*> free;
  };

  int add(const base::Endpoint& peer, const base::Endpoint& local) {
    auto connection = std::make_unique<Connection>();
    connection->peer = peer;
    connection->local = local;
    connections_.push_back(std::move(connection));
    return last_opened();
  }
  void arm(ring::Token token, ring::Socket socket, bool single) {
    at(socket.descriptor).recv = token;
    at(socket.descriptor).recv_single = single;
  }
  void read_sockets() {
    for (auto& connection : connections_) {
      while (connection->recv && !connection->inbox.empty()) {
        if (home_.free.empty()) {
          completions_.push_back({*std::exchange(connection->recv, std::nullopt), -ENOBUFS, false, {}});
          break;
        }
        base::Buffer& buffer = *home_.free.back();
        home_.free.pop_back();
        const std::size_t size =
            std::min({connection->inbox.size(), buffer_bytes, connection->recv_single ? connection->recv_most : buffer_bytes});
        std::memcpy(buffer.data, connection->inbox.data(), size);
        connection->inbox.erase(0, size);
        const bool more = !connection->recv_single;
        completions_.push_back({*connection->recv, static_cast<std::int32_t>(size), more, {buffer.data, size, base::Lease(buffer)}});
        if (!more) connection->recv.reset();
      }
      if (connection->recv && connection->inbox.empty() && !connection->control.empty()) {
        completions_.push_back({*std::exchange(connection->recv, std::nullopt), -EIO, false, {}});
      }
      if (connection->recv && connection->inbox.empty() && (connection->peer_finished || connection->peer_reset)) {
        completions_.push_back({*std::exchange(connection->recv, std::nullopt), connection->peer_reset ? -ECONNRESET : 0, false, {}});
      }
      if (connection->poll_out && (connection->room > 0 || connection->peer_reset)) {
        completions_.push_back({*std::exchange(connection->poll_out, std::nullopt), 4, false, {}});
      }
    }
  }

  base::CoreId core_;
  base::Instant& clock_;
  base::Instant now_ = base::Instant::from_nanoseconds(1);
  base::Instant deadline_ = base::Instant::never();
  Home home_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::optional<ring::Token>> accepts_;
  std::vector<ring::Completion> completions_;
  std::optional<std::int32_t> connect_result_ = 0;
  std::size_t connects_ = 0;
};

}  // namespace relay_test
