#pragma once
// The kernel as one core sees it: about a dozen verbs. UringRing is the real one, SimRing the simulator's; both pass tests/ring/.
//
// One thread owns a Ring and calls it; nothing here blocks but submit_and_wait(). Every operation started ends in at least one Completion,
// a cancelled one in -ECANCELED. `user_data` is a Token, never a pointer: a stale completion fails the generation check of whoever owns the
// slot.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/ids.h"
#include "base/lease.h"
#include "base/result.h"
#include "base/time.h"
#include "ring/kernel_tls.h"

namespace ring {

enum class Op : std::uint8_t { none, accept, connect, recv, send, poll_out, cancel, close, wake };

// What an operation was for: 8 bits of operation, 24 of generation, 32 of slot.
struct Token {
  Op op = Op::none;
  std::uint32_t generation = 0;  // the low 24 bits count
  std::uint32_t slot = 0;

  static constexpr std::uint32_t generation_mask = 0xFFFFFF;
  constexpr std::uint64_t packed() const {
    return static_cast<std::uint64_t>(op) << 56 | static_cast<std::uint64_t>(generation & generation_mask) << 32 | slot;
  }
  static constexpr Token unpacked(std::uint64_t value) {
    return {static_cast<Op>(value >> 56), static_cast<std::uint32_t>(value >> 32) & generation_mask, static_cast<std::uint32_t>(value)};
  }
  friend constexpr bool operator==(Token, Token) = default;
};

// An ordinary descriptor (a later restart hands live links to a new process), or the simulator's number for one.
struct Socket {
  int descriptor = -1;
  constexpr bool is_none() const { return descriptor < 0; }
  friend constexpr bool operator==(Socket, Socket) = default;
};

// A negative errno value, kept as the kernel said it.
struct IoError {
  int negative_errno = 0;
};

struct Completion {
  Token token;
  std::int32_t result = 0;  // octets; for accept the new descriptor; negative errno
  bool more = false;        // a multishot operation goes on
  base::Slice octets;       // recv with result > 0: what came, in a provided buffer. The buffer returns when the last lease ends
};

struct Octets {
  const char* data = nullptr;
  std::size_t size = 0;
};

struct LinkOptions {
  base::Duration keepalive{};                 // 0: off
  base::Duration unconfirmed{};               // what a peer does not confirm for so long ends the connection; 0: the kernel's own time
  std::size_t unsent_low_water = 128 * 1024;  // TCP_NOTSENT_LOWAT: interruption stays quick, the 30 s honest
};

class Ring {
 public:
  virtual ~Ring() = default;

  // The time of the current turn: read once when reap() begins.
  virtual base::Instant now() const = 0;
  // The time now.
  virtual base::Instant clock() const = 0;

  // Sockets, at once. Accepted sockets and opened ones get TCP_NODELAY, non-blocking is never needed.
  virtual base::Result<Socket, IoError> open_socket(const base::Endpoint& remote, const std::optional<base::Endpoint>& local) = 0;
  virtual void configure(Socket socket, const LinkOptions& options) = 0;
  virtual base::Result<base::Endpoint, IoError> peer_of(Socket socket) const = 0;
  virtual base::Result<base::Endpoint, IoError> local_of(Socket socket) const = 0;
  // Octets that the kernel has taken and the peer's has not confirmed; 0 when it cannot be told.
  virtual std::size_t unsent(Socket socket) const = 0;
  virtual void shutdown_write(Socket socket) = 0;  // after the last send has completed

  // The kernel's TLS, at once. Only between operations: nothing is armed, no send under way. After `taken` recv() brings plaintext and ends
  // with -EIO at a control record, which receive_control() takes (-EAGAIN: there is none; room for 16 KiB holds any); a record that cannot
  // be opened is -EBADMSG.
  virtual KernelTlsOutcome encrypt_in_kernel(Socket socket, const RecordKeys& sending, const RecordKeys& receiving) = 0;
  // Another key for one direction of such a socket: what was sent with the old one stays so, and what comes is opened with the new one.
  // False: this kernel cannot.
  virtual bool change_key(Socket socket, Direction direction, const RecordKeys& keys) = 0;
  virtual base::Result<ControlRecord, IoError> receive_control(Socket socket, std::span<char> room) = 0;
  // False: not now, or not at all.
  virtual bool send_control(Socket socket, RecordType type, std::string_view octets) = 0;

  // Operations. Each takes one submission entry; when the queue is full it is submitted first. A token names at most one operation at a
  // time.

  // Multishot; without `more` it must be armed again. -EMFILE, -ENFILE, -ENOMEM: not at once, the connection still waits.
  virtual void accept(Token token, Socket listener) = 0;
  virtual void connect(Token token, Socket socket, const base::Endpoint& to) = 0;
  // Multishot. Ends (more = false) with result 0 (end of input), an error, -ENOBUFS (no provided buffer: arm again, in turn), or -ECANCELED
  // after which nothing more comes. Data may still arrive between cancel() and that completion. While no buffer is free an armed recv may
  // wait inside the ring for one, in the order of arming.
  virtual void recv(Token token, Socket socket) = 0;
  // Single shot into a provided buffer; at most so many octets, when `most` is not 0.
  virtual void recv_once(Token token, Socket socket, std::size_t most = 0) = 0;
  // Never waits for the reader: what the socket takes at once is sent, the completion tells how much (-EAGAIN: nothing). The octets must
  // stay as they are until that completion, which is there at the latest at the reap() after the next submit_and_wait(). One per socket at
  // a time. From 1 to send_pieces_max pieces, none empty, at most send_octets_max octets in all; `pieces` itself is copied.
  static constexpr std::size_t send_pieces_max = 512;
  static constexpr std::size_t send_octets_max = std::size_t{1} << 30;
  virtual void send(Token token, Socket socket, std::span<const Octets> pieces) = 0;
  // One completion when the socket takes octets again or has failed (result > 0; the next send tells which), or a negative errno.
  virtual void poll_out(Token token, Socket socket) = 0;
  // Ends the operation `target`; the answer of `token` itself tells nothing, the -ECANCELED of the target does. The target may complete
  // otherwise first.
  virtual void cancel(Token token, Token target) = 0;
  virtual void close(Token token, Socket socket) = 0;  // after the last operation on it has completed

  // Wakes another core (or the control thread, whose CoreId is the count of cores): it gets a completion Op::wake. Never fails, never
  // waits; goes out with the next submit_and_wait().
  virtual void wake(base::CoreId core) = 0;

  // The completions that are there, at most `room.size()`, those of one operation in their order. Reads the clock. Fewer than there is room
  // for: that was all (more may come after submit_and_wait). Elements of `room` beyond them stay as they are.
  virtual std::size_t reap(std::span<Completion> room) = 0;
  // Submits what was asked for. With may_sleep it waits for a completion or the deadline. May return early, never late by design.
  // Completions of sends may be told only by the reap() after this, so a caller who needs them to go on (paused sources, few buffers)
  // passes may_sleep = false.
  virtual void submit_and_wait(base::Instant deadline, bool may_sleep) = 0;

  // Provided receive buffers: how many there are, and how many are leased out now.
  virtual std::size_t receive_buffers() const = 0;
  virtual std::size_t receive_buffers_out() const = 0;
};

}  // namespace ring
