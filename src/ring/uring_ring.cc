// The operations. What happens before the first one is in uring_setup.cc.
#include "ring/uring_ring.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "base/check.h"
#include "ring/socket_address.h"
#include "ring/uring_internal.h"

namespace ring {

namespace {

constexpr std::uint64_t internal(Internal what, std::uint64_t number) { return static_cast<std::uint64_t>(what) << 56 | number; }

// MSG_DONTWAIT: ends inside the submission. MSG_WAITALL: a short count is a failure to io_uring, and so is told even by a silent send.
constexpr int send_flags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_WAITALL;
// The kernel's TLS refuses MSG_WAITALL (EOPNOTSUPP): its short counts are successes, and every one must be told.
constexpr int encrypted_send_flags = MSG_DONTWAIT | MSG_NOSIGNAL;

base::Instant clock_now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return base::Instant::from_nanoseconds(at.tv_sec * 1'000'000'000 + at.tv_nsec);
}

void set_option(int descriptor, int level, int name, int value) {
  // Fails only on a socket that is dead already; its owner learns that from the next operation.
  (void)::setsockopt(descriptor, level, name, &value, sizeof value);
}

base::Result<base::Endpoint, IoError> named(int failed, const sockaddr_storage& address) {
  if (failed != 0) return base::fail(IoError{-errno});
  const std::optional<base::Endpoint> endpoint = from_kernel(address);
  if (!endpoint) return base::fail(IoError{-EAFNOSUPPORT});
  return *endpoint;
}

}  // namespace

// --- Sockets, at once.

base::Result<Socket, IoError> UringRing::open_socket(const base::Endpoint& remote, const std::optional<base::Endpoint>& local) {
  const int family = remote.address.is_v4() ? AF_INET : AF_INET6;
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return base::fail(IoError{-errno});
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  if (local) {
    sockaddr_storage address;
    const socklen_t size = to_kernel(*local, address);
    // Without it the port is taken at bind(), and all links of one source address share 28,000 of them.
    if (local->port == 0) set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
      const IoError error{-errno};
      ::close(descriptor);
      return base::fail(error);
    }
  }
  return Socket{descriptor};
}

void UringRing::configure(Socket socket, const LinkOptions& options) {
  const int descriptor = socket.descriptor;
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, static_cast<int>(options.unsent_low_water));
  const auto seconds = static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(options.keepalive).count());
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, options.keepalive.count() > 0 ? 1 : 0);
  // Unread or lost: the same to whoever waits for an answer. Without this the kernel tries for a quarter of an hour.
  const auto unconfirmed = std::chrono::duration_cast<std::chrono::milliseconds>(options.unconfirmed).count();
  if (unconfirmed > 0)
    set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(std::min<std::int64_t>(unconfirmed, INT_MAX)));
  if (options.keepalive.count() <= 0) return;
  // Silent for `keepalive`, then a quarter of it for each of four more probes: a vanished peer is noticed after twice the time.
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, std::max(seconds, 1));
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, std::max(seconds / 4, 1));
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

base::Result<base::Endpoint, IoError> UringRing::peer_of(Socket socket) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return named(::getpeername(socket.descriptor, reinterpret_cast<sockaddr*>(&address), &size), address);
}

base::Result<base::Endpoint, IoError> UringRing::local_of(Socket socket) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return named(::getsockname(socket.descriptor, reinterpret_cast<sockaddr*>(&address), &size), address);
}

std::size_t UringRing::unsent(Socket socket) const {
  int octets = 0;
  return ioctl(socket.descriptor, SIOCOUTQ, &octets) == 0 && octets > 0 ? static_cast<std::size_t>(octets) : 0;
}

void UringRing::shutdown_write(Socket socket) {
  // ENOTCONN: the peer was quicker; the recv tells.
  (void)::shutdown(socket.descriptor, SHUT_WR);
}

// --- Operations.

io_uring_sqe& UringRing::entry() {
  CHECK(started_);
  if (io_uring_sq_space_left(&ring_) == 0) submit_all();
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  CHECK(sqe != nullptr);
  return *sqe;
}

void UringRing::accept(Token token, Socket listener) {
  io_uring_sqe& sqe = entry();
  io_uring_prep_multishot_accept(&sqe, listener.descriptor, nullptr, nullptr, SOCK_CLOEXEC);
  sqe.user_data = token.packed();
}

void UringRing::connect(Token token, Socket socket, const base::Endpoint& to) {
  if (addresses_used_ == addresses_.size()) submit_all();
  io_uring_sqe& sqe = entry();
  sockaddr_storage& address = addresses_[addresses_used_++];
  const socklen_t size = to_kernel(to, address);
  io_uring_prep_connect(&sqe, socket.descriptor, reinterpret_cast<const sockaddr*>(&address), size);
  sqe.user_data = token.packed();
}

void UringRing::recv(Token token, Socket socket) { arm_or_wait(token, socket, false, 0); }
void UringRing::recv_once(Token token, Socket socket, std::size_t most) { arm_or_wait(token, socket, true, most); }

void UringRing::arm(Token token, Socket socket, bool once, std::size_t most) {
  io_uring_sqe& sqe = entry();
  if (once) {
    io_uring_prep_recv(&sqe, socket.descriptor, nullptr, most, 0);
  } else {
    io_uring_prep_recv_multishot(&sqe, socket.descriptor, nullptr, 0, 0);
  }
  sqe.flags |= IOSQE_BUFFER_SELECT;
  sqe.buf_group = buffer_group;
  sqe.user_data = token.packed() | (once ? once_bit : 0);
  ++armed_in_batch_;
}

void UringRing::arm_or_wait(Token token, Socket socket, bool once, std::size_t most) {
  CHECK(token.op == Op::recv);
  if (waiting_.empty() && armed_in_batch_ < free_buffers()) {
    arm(token, socket, once, most);
  } else {
    waiting_.push_back({token, socket, once, most});
  }
}

void UringRing::arm_waiting() {
  while (waiting_head_ < waiting_.size() && armed_in_batch_ < free_buffers()) {
    const Waiting next = waiting_[waiting_head_++];
    if (next.token.op != Op::none) arm(next.token, next.socket, next.once, next.most);
  }
  if (waiting_head_ == waiting_.size()) {
    waiting_.clear();
    waiting_head_ = 0;
  } else if (waiting_head_ * 2 > waiting_.size()) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_head_));
    waiting_head_ = 0;
  }
}

// Whether `target` waited; the kernel knows nothing of it.
bool UringRing::forget_waiting(Token target) {
  for (std::size_t i = waiting_head_; i < waiting_.size(); ++i) {
    if (waiting_[i].token != target) continue;
    waiting_[i].token = {};
    return true;
  }
  return false;
}

void UringRing::send(Token token, Socket socket, std::span<const Octets> pieces) {
  CHECK(!pieces.empty() && pieces.size() <= send_pieces_max);
  if (pieces_used_ + pieces.size() > pieces_.size() || messages_used_ == messages_.size()) submit_all();
  io_uring_sqe& sqe = entry();
  std::size_t octets = 0;
  for (const Octets& piece : pieces) octets += piece.size;
  // Far below what one sendmsg takes (MAX_RW_COUNT): "all of it" never means less than was asked.
  CHECK(octets > 0 && octets <= send_octets_max);

  const auto number = static_cast<std::size_t>(socket.descriptor);
  const bool encrypted = number < encrypted_.size() && encrypted_[number];
  const int flags = encrypted ? encrypted_send_flags : send_flags;
  if (pieces.size() == 1) {
    io_uring_prep_send(&sqe, socket.descriptor, pieces[0].data, pieces[0].size, flags);
  } else {
    msghdr& message = messages_[messages_used_++];
    message = {};
    message.msg_iov = &pieces_[pieces_used_];
    message.msg_iovlen = pieces.size();
    for (const Octets& piece : pieces) pieces_[pieces_used_++] = {const_cast<char*>(piece.data), piece.size};
    io_uring_prep_sendmsg(&sqe, socket.descriptor, &message, static_cast<unsigned>(flags));
  }
  const bool silent = silent_sends_ && !encrypted;
  if (silent) sqe.flags |= IOSQE_CQE_SKIP_SUCCESS;
  sqe.user_data = internal(Internal::send, sends_.size());
  sends_.push_back({token, static_cast<std::int32_t>(octets), false, silent});
}

void UringRing::poll_out(Token token, Socket socket) {
  io_uring_sqe& sqe = entry();
  io_uring_prep_poll_add(&sqe, socket.descriptor, POLLOUT);
  sqe.user_data = token.packed();
}

void UringRing::cancel(Token token, Token target) {
  if (target.op == Op::recv && forget_waiting(target)) {
    owed_.push_back({target, -ECANCELED, false, {}});
    owed_.push_back({token, 0, false, {}});
    return;
  }
  if (target.op == Op::recv) {
    // It may be of either kind, and they differ in their user_data; the answer to this second cancel is nobody's.
    io_uring_sqe& once = entry();
    io_uring_prep_cancel64(&once, target.packed() | once_bit, 0);
    once.user_data = internal(Internal::nobody, 0);
  }
  io_uring_sqe& sqe = entry();
  io_uring_prep_cancel64(&sqe, target.packed(), 0);
  sqe.user_data = token.packed();
}

void UringRing::close(Token token, Socket socket) {
  const auto number = static_cast<std::size_t>(socket.descriptor);
  if (number < encrypted_.size()) encrypted_[number] = false;
  io_uring_sqe& sqe = entry();
  io_uring_prep_close(&sqe, socket.descriptor);
  sqe.user_data = token.packed();
}

void UringRing::wake(base::CoreId core) {
  const int target = core.value() < wakeups_.cores() && core != core_ && ring_messages_ ? wakeups_.ring_descriptor(core) : -1;
  if (target < 0) {
    wakeups_.wake(core);
    return;
  }
  io_uring_sqe& sqe = entry();
  io_uring_prep_msg_ring(&sqe, target, 0, Token{Op::wake, 0, 0}.packed(), 0);
  sqe.flags |= IOSQE_CQE_SKIP_SUCCESS;
  sqe.user_data = internal(Internal::wake_failed, core.value());
}

void UringRing::watch_event_descriptor() {
  // Multishot and edge-triggered: each wake is told once, and nobody has to read the counter.
  io_uring_sqe& sqe = entry();
  io_uring_prep_poll_multishot(&sqe, wakeups_.event_descriptor(core_), POLLIN);
  sqe.user_data = internal(Internal::event, 0);
}

// --- Submission.

void UringRing::publish_buffers() {
  if (buffers_to_publish_ == 0) return;
  io_uring_buf_ring_advance(buffer_ring_, buffers_to_publish_);
  buffers_to_publish_ = 0;
}

// The kernel has copied what the entries pointed to; sends are over, told or not.
void UringRing::batch_submitted() {
  pieces_used_ = 0;
  messages_used_ = 0;
  addresses_used_ = 0;
  armed_in_batch_ = 0;
  sends_submitted_ = sends_.size();
}

void UringRing::submit_all() {
  publish_buffers();
  while (io_uring_sq_ready(&ring_) != 0) {
    const int submitted = io_uring_submit(&ring_);
    if (submitted > 0) continue;
    // The kernel is out of memory, or wants its overflown completions taken: both pass, and nothing else can be done.
    CHECK(submitted == -EAGAIN || submitted == -EBUSY || submitted == -EINTR || submitted == -ENOMEM);
    (void)io_uring_get_events(&ring_);
  }
  batch_submitted();
}

void UringRing::submit_and_wait(base::Instant deadline, bool may_sleep) {
  CHECK(started_);
  arm_waiting();
  publish_buffers();
  // While receives wait, it sleeps only if nothing can be done for them: no buffer is free, and no send is about to free one.
  const bool sends = sends_.size() > sends_submitted_;
  may_sleep = may_sleep && all_told() && (waiting_.empty() || (free_buffers() == 0 && !sends));
  // Without silent sends every send posts a completion, the failed ones among them: no sleep before they are looked at.
  may_sleep = may_sleep && (silent_sends_ || !sends) && io_uring_cq_ready(&ring_) == 0;
  base::Duration left{};
  if (may_sleep) {
    // Not now(): the turn has taken its time. An hour at most, so that no deadline overflows what the kernel takes.
    const base::Duration hour = std::chrono::hours(1);
    left = deadline.is_never() ? hour : std::min(deadline - clock_now(), hour);
    may_sleep = left.count() > 0;
  }
  int result = 0;
  if (may_sleep) {
    __kernel_timespec timeout{};
    timeout.tv_sec = left.count() / 1'000'000'000;
    timeout.tv_nsec = left.count() % 1'000'000'000;
    io_uring_cqe* cqe = nullptr;
    result = io_uring_submit_and_wait_timeout(&ring_, &cqe, 1, &timeout, nullptr);
  } else {
    // Completions are made only inside such a call (DEFER_TASKRUN), so it happens even with nothing to submit.
    result = io_uring_submit_and_get_events(&ring_);
  }
  CHECK(result >= 0 || result == -ETIME || result == -EINTR || result == -EAGAIN || result == -EBUSY || result == -ENOMEM);
  if (io_uring_sq_ready(&ring_) != 0) {
    submit_all();
  } else {
    batch_submitted();
  }
}

base::Instant UringRing::clock() const { return clock_now(); }

// --- Completions.

std::size_t UringRing::reap(std::span<Completion> room) {
  now_ = clock_now();
  std::size_t count = 0;
  std::array<io_uring_cqe*, 64> batch;
  while (count < room.size()) {
    // Fetches overflown completions too.
    const auto wanted = static_cast<unsigned>(std::min(batch.size(), room.size() - count));
    const unsigned ready = io_uring_peek_batch_cqe(&ring_, batch.data(), wanted);
    if (ready == 0) {
      count += tell_owed(room.subspan(count));
      return count + tell_silent_sends(room.subspan(count));
    }
    for (unsigned i = 0; i < ready; ++i) {
      if (translate(*batch[i], room[count])) ++count;
    }
    io_uring_cq_advance(&ring_, ready);
  }
  return count;
}

std::size_t UringRing::tell_owed(std::span<Completion> room) {
  const std::size_t count = std::min(room.size(), owed_.size());
  std::move(owed_.begin(), owed_.begin() + static_cast<std::ptrdiff_t>(count), room.begin());
  owed_.erase(owed_.begin(), owed_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

// Called when every completion posted so far has been taken: submitted sends that have none were successful.
std::size_t UringRing::tell_silent_sends(std::span<Completion> room) {
  std::size_t count = 0;
  while (next_untold_ < sends_submitted_) {
    const Send& send = sends_[next_untold_];
    if (!send.told) {
      if (count == room.size() || !send.silent) break;
      room[count++] = Completion{send.token, send.octets, false, {}};
    }
    ++next_untold_;
  }
  if (next_untold_ == sends_.size()) {
    sends_.clear();
    sends_submitted_ = 0;
    next_untold_ = 0;
  }
  return count;
}

bool UringRing::translate(const io_uring_cqe& cqe, Completion& completion) {
  if (cqe.user_data >> 56 >= first_internal) return translate_internal(cqe, completion);
  const bool once = (cqe.user_data & once_bit) != 0;
  completion.token = Token::unpacked(cqe.user_data & ~once_bit);
  completion.result = cqe.res;
  completion.more = (cqe.flags & IORING_CQE_F_MORE) != 0;
  completion.octets = {};
  if (completion.token.op == Op::recv) translate_recv(cqe, completion, !once);
  return true;
}

void UringRing::translate_recv(const io_uring_cqe& cqe, Completion& completion, bool multishot) {
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
    base::Buffer& buffer = buffers_[cqe.flags >> IORING_CQE_BUFFER_SHIFT];
    CHECK(buffer.leases == 0);
    ++buffers_out_;
    // With an end or an error the lease ends here, and the buffer goes back.
    base::Lease lease(buffer);
    if (cqe.res > 0) completion.octets = {buffer.data, static_cast<std::size_t>(cqe.res), std::move(lease)};
  }
  if (multishot && cqe.res > 0 && !completion.more) {
    // The kernel ends a multishot with data when the completion queue overflows. For the owner that is the same as no buffer: arm again.
    completion.more = true;
    owed_.push_back({completion.token, -ENOBUFS, false, {}});
  }
}

bool UringRing::translate_internal(const io_uring_cqe& cqe, Completion& completion) {
  const std::uint64_t number = cqe.user_data & UINT32_MAX;
  switch (static_cast<Internal>(cqe.user_data >> 56)) {
    case Internal::event:
      if ((cqe.flags & IORING_CQE_F_MORE) == 0) watch_event_descriptor();
      completion = Completion{Token{Op::wake, 0, 0}, 0, false, {}};
      return true;
    case Internal::wake_failed:
      // It does not run yet or any more, or the kernel cannot reach it this way.
      if (cqe.res == -EINVAL || cqe.res == -EOPNOTSUPP) ring_messages_ = false;
      wakeups_.wake(base::CoreId(static_cast<std::uint16_t>(number)));
      return false;
    case Internal::send: {
      Send& send = sends_[number];
      CHECK(!send.told);
      send.told = true;
      completion = Completion{send.token, cqe.res, false, {}};
      return true;
    }
    case Internal::nobody: return false;
  }
  CHECK(false);
  return false;
}

// The last lease ended. The kernel gets it with the next submission.
void UringRing::take_back(base::Buffer& buffer) {
  CHECK(buffers_out_ > 0);
  --buffers_out_;
  io_uring_buf_ring_add(buffer_ring_, buffer.data, buffer.capacity, static_cast<std::uint16_t>(buffer.number),
                        io_uring_buf_ring_mask(static_cast<std::uint32_t>(buffers_.size())), buffers_to_publish_);
  ++buffers_to_publish_;
}

}  // namespace ring
