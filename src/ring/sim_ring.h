#pragma once
// The simulator's Ring: the same verbs as UringRing over a SimNetwork. It does what the contract allows at its worst, and aborts (CHECK)
// where its caller breaks the contract: two sends in flight on a socket, the memory of a send changed before its completion, a close with
// operations under way, a token used twice, a closed socket named again. Receive buffers are poisoned when they come home.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/lease.h"
#include "ring/ring.h"
#include "ring/sim_network.h"

namespace ring {

// One of several processes on a network: its cores have CoreIds from 0 by themselves, from `first_core` in the network. Outlives its rings.
struct SimProcess {
  std::uint16_t first_core = 0;
  std::uint16_t cores = 0;
  base::IpAddress address;  // what its connections come from
  // Called when one of its cores wakes its control thread (CoreId `cores`), after a delay.
  std::function<void()> on_control_wake;
};

struct SimRingOptions {
  // 0: the seed chooses.
  std::size_t receive_buffers = 0;
  std::size_t receive_buffer_bytes = 0;
  const SimProcess* process = nullptr;  // nullptr: the only one
};

class SimRing final : public Ring, private base::BufferHome {
 public:
  // `core`: its number in the network.
  SimRing(SimNetwork& network, base::CoreId core, const SimRingOptions& options = {});
  ~SimRing() override;
  SimRing(const SimRing&) = delete;
  SimRing& operator=(const SimRing&) = delete;

  base::Instant now() const override { return now_; }
  base::Instant clock() const override;
  base::Result<Socket, IoError> open_socket(const base::Endpoint& remote, const std::optional<base::Endpoint>& local) override;
  void configure(Socket socket, const LinkOptions& options) override;
  base::Result<base::Endpoint, IoError> peer_of(Socket socket) const override;
  base::Result<base::Endpoint, IoError> local_of(Socket socket) const override;
  std::size_t unsent(Socket socket) const override;
  void shutdown_write(Socket socket) override;

  // It has no TLS of its own.
  KernelTlsOutcome encrypt_in_kernel(Socket, const RecordKeys&, const RecordKeys&) override { return KernelTlsOutcome::refused; }
  bool change_key(Socket, Direction, const RecordKeys&) override { return false; }
  base::Result<ControlRecord, IoError> receive_control(Socket, std::span<char>) override { return base::fail(IoError{-ENOTSUP}); }
  bool send_control(Socket, RecordType, std::string_view) override { return false; }

  void accept(Token token, Socket listener) override;
  void connect(Token token, Socket socket, const base::Endpoint& to) override;
  void recv(Token token, Socket socket) override;
  void recv_once(Token token, Socket socket, std::size_t most = 0) override;
  void send(Token token, Socket socket, std::span<const Octets> pieces) override;
  void poll_out(Token token, Socket socket) override;
  void cancel(Token token, Token target) override;
  void close(Token token, Socket socket) override;
  void wake(base::CoreId core) override;

  std::size_t reap(std::span<Completion> room) override;
  // Returns at once; SimNetwork::next() knows when the turn after it may come.
  void submit_and_wait(base::Instant deadline, bool may_sleep) override;

  std::size_t receive_buffers() const override { return buffers_.size(); }
  std::size_t receive_buffers_out() const override { return buffers_.size() - free_.size(); }

  // For the end of a test: operations that have not completed, the multishot ones among them.
  std::size_t operations_under_way() const { return operations_.size() + sending_.size(); }

  // --- For SimNetwork.
  bool is_runnable(base::Instant now) const;
  base::Instant deadline() const { return asleep_ ? deadline_ : base::Instant::never(); }
  void socket_changed(int descriptor);
  void woken();

 private:
  // From its call until its last completion was reaped.
  struct Operation {
    Op op = Op::none;
    int descriptor = -1;
    bool once = false;
    std::size_t most = 0;  // octets; 0: as the buffer holds
    bool submitted = false;
    bool ended = false;        // the last completion is there, not yet reaped
    bool event_comes = false;  // an event for it is on the agenda
  };
  struct Send {
    Token token;
    int descriptor = -1;
    std::vector<Octets> pieces;
    std::uint64_t checksum = 0;
    std::int32_t result = 0;
  };
  struct Submission {
    Op op = Op::none;
    Token token;
    Token target;
    int descriptor = -1;
    base::Endpoint to;
    base::CoreId core;
    Send send;
  };

  void take_back(base::Buffer& buffer) override;
  void wake_now(base::CoreId core);
  void begin(Op op, Token token, Socket socket, bool once = false, std::size_t most = 0);
  void enqueue(Submission submission);
  void submit_now();
  void submit(Submission& submission);
  void submit_send(Send send);
  void submit_cancel(Token token, Token target);
  Operation* active(std::uint64_t packed);
  void expect(std::uint64_t packed);
  bool is_ready(const Operation& operation) const;
  void happen(std::uint64_t packed);
  void accept_some(std::uint64_t packed, Operation& operation);
  void receive_some(std::uint64_t packed, Operation& operation);
  void post(std::uint64_t packed, std::int32_t result, bool more, base::Slice octets = {});
  Completion tell(Send send);

  SimNetwork& network_;
  base::CoreId core_;
  const SimProcess* process_;
  base::Instant now_;
  base::Instant deadline_ = base::Instant::never();
  bool asleep_ = false;
  bool send_wakes_ = false;

  std::vector<char> memory_;
  std::vector<base::Buffer> buffers_;
  std::vector<base::Buffer*> free_;

  std::vector<Submission> submissions_;
  std::map<std::uint64_t, Operation> operations_;
  std::map<std::pair<int, Op>, std::uint64_t> by_socket_;
  std::set<int> sending_;   // sockets with a send that is not told yet
  std::vector<Send> sent_;  // submitted, not told
  std::vector<Completion> completions_;
};

}  // namespace ring
