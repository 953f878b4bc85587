#pragma once
// What the gate counts: the relay's own instructions and allocations. Counting is on while a worker turns and off again inside the verbs of
// its ring, which are the test's. Under callgrind the switch is a client request; without valgrind it costs nothing and counts allocations
// only.
#include <valgrind/callgrind.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "ring/ring.h"

namespace bench {

inline bool counting = false;

inline void count(bool on) {
  if (counting == on) return;
  CALLGRIND_TOGGLE_COLLECT;
  counting = on;
}

// Switches counting for its lifetime.
class Counted {
 public:
  explicit Counted(bool on) : before_(counting) { count(on); }
  ~Counted() { count(before_); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  bool before_;
};

// Costs that a test plants, to see them found.
enum class Plant : std::uint8_t { none, instructions, allocation };
inline Plant plant = Plant::none;

class UncountedRing final : public ring::Ring {
 public:
  explicit UncountedRing(ring::Ring& ring) : ring_(ring) {}

  base::Instant now() const override { return ring_.now(); }  // cheaper than the switch
  base::Instant clock() const override { return ring_.clock(); }
  base::Result<ring::Socket, ring::IoError> open_socket(const base::Endpoint& remote, const std::optional<base::Endpoint>& local) override {
    return quietly([&] { return ring_.open_socket(remote, local); });
  }
  void configure(ring::Socket socket, const ring::LinkOptions& options) override {
    quietly([&] { ring_.configure(socket, options); });
  }
  base::Result<base::Endpoint, ring::IoError> peer_of(ring::Socket socket) const override {
    return quietly([&] { return ring_.peer_of(socket); });
  }
  base::Result<base::Endpoint, ring::IoError> local_of(ring::Socket socket) const override {
    return quietly([&] { return ring_.local_of(socket); });
  }
  std::size_t unsent(ring::Socket socket) const override {
    return quietly([&] { return ring_.unsent(socket); });
  }
  void shutdown_write(ring::Socket socket) override {
    quietly([&] { ring_.shutdown_write(socket); });
  }
  ring::KernelTlsOutcome encrypt_in_kernel(ring::Socket socket, const ring::RecordKeys& sending,
                                           const ring::RecordKeys& receiving) override {
    return quietly([&] { return ring_.encrypt_in_kernel(socket, sending, receiving); });
  }
  bool change_key(ring::Socket socket, ring::Direction direction, const ring::RecordKeys& keys) override {
    return quietly([&] { return ring_.change_key(socket, direction, keys); });
  }
  base::Result<ring::ControlRecord, ring::IoError> receive_control(ring::Socket socket, std::span<char> room) override {
    return quietly([&] { return ring_.receive_control(socket, room); });
  }
  bool send_control(ring::Socket socket, ring::RecordType type, std::string_view octets) override {
    return quietly([&] { return ring_.send_control(socket, type, octets); });
  }
  void accept(ring::Token token, ring::Socket listener) override {
    quietly([&] { ring_.accept(token, listener); });
  }
  void connect(ring::Token token, ring::Socket socket, const base::Endpoint& to) override {
    quietly([&] { ring_.connect(token, socket, to); });
  }
  void recv(ring::Token token, ring::Socket socket) override {
    quietly([&] { ring_.recv(token, socket); });
  }
  void recv_once(ring::Token token, ring::Socket socket, std::size_t most) override {
    quietly([&] { ring_.recv_once(token, socket, most); });
  }
  void send(ring::Token token, ring::Socket socket, std::span<const ring::Octets> pieces) override {
    quietly([&] { ring_.send(token, socket, pieces); });
  }
  void poll_out(ring::Token token, ring::Socket socket) override {
    quietly([&] { ring_.poll_out(token, socket); });
  }
  void cancel(ring::Token token, ring::Token target) override {
    quietly([&] { ring_.cancel(token, target); });
  }
  void close(ring::Token token, ring::Socket socket) override {
    quietly([&] { ring_.close(token, socket); });
  }
  void wake(base::CoreId core) override {
    quietly([&] { ring_.wake(core); });
  }
  std::size_t reap(std::span<ring::Completion> room) override {
    const std::size_t found = quietly([&] { return ring_.reap(room); });
    if (plant != Plant::none) cost_more(room.first(found));
    return found;
  }
  void submit_and_wait(base::Instant deadline, bool may_sleep) override {
    quietly([&] { ring_.submit_and_wait(deadline, may_sleep); });
  }
  std::size_t receive_buffers() const override { return ring_.receive_buffers(); }
  std::size_t receive_buffers_out() const override { return ring_.receive_buffers_out(); }

 private:
  template <class Verb>
  static std::invoke_result_t<Verb> quietly(Verb verb) {
    const Counted not_mine(false);
    return verb();
  }

  // As if each octet received had to be looked at once more, or each receive had to be remembered on the heap.
  static void cost_more(std::span<const ring::Completion> completions) {
    for (const ring::Completion& completion : completions) {
      if (completion.octets.size == 0) continue;
      volatile std::size_t looked_at = 0;
      if (plant == Plant::instructions)
        while (looked_at < completion.octets.size) looked_at = looked_at + 1;
      else
        delete new volatile char('x');
    }
  }

  ring::Ring& ring_;
};

}  // namespace bench
