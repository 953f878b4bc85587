#pragma once
// The real Ring: one io_uring with SINGLE_ISSUER and DEFER_TASKRUN, a ring of provided receive buffers, and an allow-list of opcodes that
// the kernel enforces. Floor: Linux 6.1; what is newer or may fail is tried in start(), with a fallback, and told by features().
//
// One io_uring_enter a turn, in submit_and_wait(): sends end inside it because they carry MSG_DONTWAIT, and those that were taken whole
// post no completion ("silent sends"): so the same call can submit sends and sleep until something new happens.
#include <liburing.h>
#include <sys/uio.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/lease.h"
#include "base/result.h"
#include "ring/ring.h"
#include "ring/wakeups.h"

namespace ring {

struct UringOptions {
  unsigned submission_entries = 1024;
  unsigned completion_entries = 8192;  // more at once is kept by the kernel and costs a call, nothing is lost
  unsigned receive_buffers = 128;      // a power of two; all of them together 1-4 MiB: few and hot beats many
  std::uint32_t receive_buffer_bytes = 32 * 1024;
  // The quick ways, off to try the fallbacks.
  bool silent_sends = true;
  bool ring_messages = true;
};

class UringRing final : public Ring, private base::BufferHome {
 public:
  // On any thread; the ring is not yet enabled. Errors are texts for the operator (see kernel_check.h for the usual reasons).
  static base::Result<std::unique_ptr<UringRing>, std::string> create(base::CoreId core, Wakeups& wakeups, const UringOptions& options);
  // On the thread that will own the ring, once, before anything else: enables it, tries what may be missing.
  base::Result<void, std::string> start();
  // On the owner's thread, or after it ended. All leases must be home. Operations still under way are ended by the kernel.
  ~UringRing() override;
  UringRing(const UringRing&) = delete;
  UringRing& operator=(const UringRing&) = delete;

  // What start() found, in one line for the log.
  std::string_view features() const { return features_; }
  // Submits one operation without arguments and returns its result: -EACCES when the allow-list refuses it. Only while nothing else is
  // under way.
  std::int32_t attempt(std::uint8_t opcode);

  base::Instant now() const override { return now_; }
  base::Instant clock() const override;
  base::Result<Socket, IoError> open_socket(const base::Endpoint& remote, const std::optional<base::Endpoint>& local) override;
  void configure(Socket socket, const LinkOptions& options) override;
  base::Result<base::Endpoint, IoError> peer_of(Socket socket) const override;
  base::Result<base::Endpoint, IoError> local_of(Socket socket) const override;
  std::size_t unsent(Socket socket) const override;
  void shutdown_write(Socket socket) override;
  KernelTlsOutcome encrypt_in_kernel(Socket socket, const RecordKeys& sending, const RecordKeys& receiving) override;
  bool change_key(Socket socket, Direction direction, const RecordKeys& keys) override;
  base::Result<ControlRecord, IoError> receive_control(Socket socket, std::span<char> room) override;
  bool send_control(Socket socket, RecordType type, std::string_view octets) override;

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
  void submit_and_wait(base::Instant deadline, bool may_sleep) override;

  std::size_t receive_buffers() const override { return buffers_.size(); }
  std::size_t receive_buffers_out() const override { return buffers_out_; }

 private:
  // A send from send() until its completion is told.
  struct Send {
    Token token;
    std::int32_t octets = 0;
    bool told = false;
    bool silent = false;  // its success posts nothing
  };

  UringRing(base::CoreId core, Wakeups& wakeups, const UringOptions& options);
  base::Result<void, std::string> set_up();
  base::Result<void, std::string> set_up_buffers();
  base::Result<void, std::string> allow_only_what_we_use();
  bool sends_can_be_silent();
  std::vector<io_uring_cqe> probe_submit();
  void take_back(base::Buffer& buffer) override;

  io_uring_sqe& entry();
  void submit_all();
  void publish_buffers();
  void batch_submitted();
  void watch_event_descriptor();
  void arm(Token token, Socket socket, bool once, std::size_t most);
  void arm_or_wait(Token token, Socket socket, bool once, std::size_t most);
  void arm_waiting();
  bool forget_waiting(Token target);
  std::size_t free_buffers() const { return buffers_.size() - buffers_out_; }
  bool all_told() const { return next_untold_ == sends_submitted_ && owed_.empty(); }
  // False: it was nothing for the caller.
  bool translate(const io_uring_cqe& cqe, Completion& completion);
  bool translate_internal(const io_uring_cqe& cqe, Completion& completion);
  void translate_recv(const io_uring_cqe& cqe, Completion& completion, bool multishot);
  std::size_t tell_owed(std::span<Completion> room);
  std::size_t tell_silent_sends(std::span<Completion> room);

  base::CoreId core_;
  Wakeups& wakeups_;
  UringOptions options_;
  std::string features_;
  io_uring ring_{};
  bool ring_exists_ = false;
  bool started_ = false;
  bool silent_sends_ = false;
  bool ring_messages_ = false;
  base::Instant now_;

  // Receive buffers: one mapping, and the ring through which the kernel gets them.
  io_uring_buf_ring* buffer_ring_ = nullptr;
  std::size_t buffer_ring_bytes_ = 0;
  char* buffer_memory_ = nullptr;
  std::vector<base::Buffer> buffers_;
  std::size_t buffers_out_ = 0;
  int buffers_to_publish_ = 0;

  // What submission entries point to, until the kernel has taken them.
  std::vector<iovec> pieces_;
  std::vector<msghdr> messages_;
  std::vector<sockaddr_storage> addresses_;
  std::size_t pieces_used_ = 0;
  std::size_t messages_used_ = 0;
  std::size_t addresses_used_ = 0;

  std::vector<Send> sends_;          // in the order they were asked for; emptied when all are told
  std::size_t sends_submitted_ = 0;  // the first that the kernel has not seen
  std::size_t next_untold_ = 0;      // the first whose success may have to be told
  std::vector<bool> encrypted_;      // by descriptor: the kernel does its TLS
  std::vector<Completion> owed_;     // made by the ring itself, not yet told

  // Receives that were asked for while no buffer was free. Armed at once, each would end with -ENOBUFS, be asked for again, and so on: with
  // a thousand busy links the kernel did nothing else (20 refusals for each buffer filled). So they wait, in turn, for as many buffers.
  struct Waiting {
    Token token;
    Socket socket;
    bool once = false;
    std::size_t most = 0;
  };
  std::vector<Waiting> waiting_;
  std::size_t waiting_head_ = 0;
  std::size_t armed_in_batch_ = 0;
};

}  // namespace ring
