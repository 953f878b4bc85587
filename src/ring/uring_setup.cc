// How a ring comes to life: the order is create() on any thread (ring, buffers, allow-list), then start() on the owner's (enable, probe).
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "ring/uring_internal.h"
#include "ring/uring_ring.h"

namespace ring {

namespace {

constexpr unsigned ring_flags =
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED;

constexpr std::uint8_t allowed_operations[] = {IORING_OP_ACCEPT,       IORING_OP_CONNECT, IORING_OP_RECV,
                                               IORING_OP_SEND,         IORING_OP_SENDMSG, IORING_OP_POLL_ADD,
                                               IORING_OP_ASYNC_CANCEL, IORING_OP_CLOSE,   IORING_OP_MSG_RING};

std::string failure(const char* what, int negative_errno) {
  return std::string(what) + ": " + std::strerror(-negative_errno) + " (" + std::to_string(-negative_errno) + ")";
}

constexpr std::size_t pieces_kept = 8192;  // 128 KiB; sixteen full sends, then it submits

}  // namespace

UringRing::UringRing(base::CoreId core, Wakeups& wakeups, const UringOptions& options) : core_(core), wakeups_(wakeups), options_(options) {
  CHECK(core.value() < wakeups.cores());
  CHECK(std::has_single_bit(options.receive_buffers) && options.receive_buffers <= 32768);
}

base::Result<std::unique_ptr<UringRing>, std::string> UringRing::create(base::CoreId core, Wakeups& wakeups, const UringOptions& options) {
  std::unique_ptr<UringRing> ring(new UringRing(core, wakeups, options));
  if (base::Result<void, std::string> done = ring->set_up(); !done) return base::fail(done.error());
  return ring;
}

base::Result<void, std::string> UringRing::set_up() {
  io_uring_params parameters{};
  parameters.flags = ring_flags;
  parameters.cq_entries = options_.completion_entries;
  if (const int result = io_uring_queue_init_params(options_.submission_entries, &ring_, &parameters); result != 0)
    return base::fail(failure("io_uring_setup", result));
  ring_exists_ = true;
  if ((parameters.features & IORING_FEAT_EXT_ARG) == 0 || (parameters.features & IORING_FEAT_NODROP) == 0)
    return base::fail(std::string("io_uring of this kernel cannot wait with a timeout or loses completions; Linux 6.1 is needed"));

  io_uring_probe* probe = io_uring_get_probe_ring(&ring_);
  bool complete = probe != nullptr;
  for (const std::uint8_t operation : allowed_operations) {
    const bool supported = probe != nullptr && io_uring_opcode_supported(probe, operation) != 0;
    if (operation == IORING_OP_MSG_RING) {
      ring_messages_ = supported && options_.ring_messages;
    } else {
      complete = complete && supported;
    }
  }
  io_uring_free_probe(probe);
  if (!complete) return base::fail(std::string("io_uring of this kernel lacks an operation; Linux 6.1 is needed"));

  pieces_.resize(pieces_kept);
  messages_.resize(ring_.sq.ring_entries);
  addresses_.resize(64);
  sends_.reserve(ring_.sq.ring_entries);
  if (base::Result<void, std::string> done = set_up_buffers(); !done) return done;
  return allow_only_what_we_use();
}

base::Result<void, std::string> UringRing::set_up_buffers() {
  const std::size_t count = options_.receive_buffers;
  buffer_ring_bytes_ = count * sizeof(io_uring_buf);
  const std::size_t bytes = count * options_.receive_buffer_bytes;
  void* ring = ::mmap(nullptr, buffer_ring_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (ring == MAP_FAILED) return base::fail(failure("mmap of the buffer ring", -errno));
  buffer_ring_ = static_cast<io_uring_buf_ring*>(ring);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return base::fail(failure("mmap of the receive buffers", -errno));
  buffer_memory_ = static_cast<char*>(memory);

  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(ring);
  registration.ring_entries = static_cast<std::uint32_t>(count);
  registration.bgid = buffer_group;
  if (const int result = io_uring_register_buf_ring(&ring_, &registration, 0); result != 0)
    return base::fail(failure("io_uring_register(PBUF_RING)", result));
  io_uring_buf_ring_init(buffer_ring_);
  buffers_.resize(count);
  buffers_out_ = count;
  for (std::size_t i = 0; i < count; ++i) {
    base::Buffer& buffer = buffers_[i];
    buffer.data = buffer_memory_ + i * options_.receive_buffer_bytes;
    buffer.capacity = options_.receive_buffer_bytes;
    buffer.number = static_cast<std::uint32_t>(i);
    buffer.scarce = true;
    buffer.home = this;
    take_back(buffer);
  }
  publish_buffers();
  return {};
}

// From enabling on the kernel refuses every other opcode (-EACCES) and every io_uring_register(2) but the one that liburing's clean-up
// makes: whoever takes over a core by its parser gets no file operations from its ring.
base::Result<void, std::string> UringRing::allow_only_what_we_use() {
  std::vector<io_uring_restriction> restrictions;
  for (const std::uint8_t operation : allowed_operations) {
    io_uring_restriction restriction{};
    restriction.opcode = IORING_RESTRICTION_SQE_OP;
    restriction.sqe_op = operation;
    restrictions.push_back(restriction);
  }
  io_uring_restriction flags{};
  flags.opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  flags.sqe_flags = IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS;
  restrictions.push_back(flags);
  io_uring_restriction cleanup{};
  cleanup.opcode = IORING_RESTRICTION_REGISTER_OP;
  cleanup.register_op = IORING_UNREGISTER_RING_FDS;
  restrictions.push_back(cleanup);
  // Not io_uring_register_restrictions(): liburing 2.3 declares it, its library lacks it.
  const int result = io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_RESTRICTIONS, restrictions.data(),
                                       static_cast<unsigned>(restrictions.size()));
  if (result != 0) return base::fail(failure("io_uring_register(RESTRICTIONS)", result));
  return {};
}

base::Result<void, std::string> UringRing::start() {
  CHECK(!started_);
  const bool short_cut = io_uring_register_ring_fd(&ring_) == 1;
  // Nor is io_uring_enable_rings() there.
  if (const int result = io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0); result != 0)
    return base::fail(failure("io_uring_register(ENABLE_RINGS)", result));
  started_ = true;
  if (attempt(IORING_OP_OPENAT) != -EACCES) return base::fail(std::string("the kernel does not keep io_uring's allow-list of operations"));
  silent_sends_ = options_.silent_sends && sends_can_be_silent();

  utsname system{};
  ::uname(&system);
  features_ = std::string("Linux ") + system.release + ", io_uring " + std::to_string(ring_.sq.ring_entries) + "/" +
              std::to_string(ring_.cq.ring_entries) + " entries, " + std::to_string(buffers_.size()) + " receive buffers of " +
              std::to_string(options_.receive_buffer_bytes / 1024) + " KiB, allow-list of " +
              std::to_string(std::size(allowed_operations)) + " operations, silent sends " + (silent_sends_ ? "yes" : "no") +
              ", ring messages " + (ring_messages_ ? "yes" : "no (eventfd)") + ", registered ring descriptor " + (short_cut ? "yes" : "no");
  watch_event_descriptor();
  submit_all();
  wakeups_.announce_ring(core_, ring_.ring_fd);
  Completion none;
  (void)reap({&none, 0});
  return {};
}

UringRing::~UringRing() {
  if (ring_exists_) {
    CHECK(buffers_out_ == 0);
    if (started_) wakeups_.announce_ring(core_, -1);
    io_uring_queue_exit(&ring_);
  }
  if (buffer_memory_ != nullptr) ::munmap(buffer_memory_, options_.receive_buffers * std::size_t{options_.receive_buffer_bytes});
  if (buffer_ring_ != nullptr) ::munmap(buffer_ring_, buffer_ring_bytes_);
}

// Submits and takes what is there at once.
std::vector<io_uring_cqe> UringRing::probe_submit() {
  submit_all();
  (void)io_uring_get_events(&ring_);
  std::vector<io_uring_cqe> answers;
  io_uring_cqe* cqe = nullptr;
  while (io_uring_peek_cqe(&ring_, &cqe) == 0) {
    answers.push_back(io_uring_cqe{cqe->user_data, cqe->res, cqe->flags});
    io_uring_cqe_seen(&ring_, cqe);
  }
  return answers;
}

std::int32_t UringRing::attempt(std::uint8_t opcode) {
  io_uring_sqe& sqe = entry();
  io_uring_prep_rw(opcode, &sqe, -1, nullptr, 0, 0);
  sqe.user_data = 0;
  for (const io_uring_cqe& answer : probe_submit()) {
    if (answer.user_data == 0) return answer.res;
  }
  return 0;  // it is under way
}

// A send that is taken whole must post nothing, one that is cut its true count, one that is refused -EAGAIN, all inside the submission.
bool UringRing::sends_can_be_silent() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
  const int small = 4096;
  (void)::setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  const std::vector<char> octets(std::size_t{1} << 20);
  const std::size_t sizes[] = {1, octets.size(), octets.size()};
  for (std::uint64_t i = 0; i < 3; ++i) {
    io_uring_sqe& sqe = entry();
    io_uring_prep_send(&sqe, pair[0], octets.data(), sizes[i], MSG_DONTWAIT | MSG_NOSIGNAL | MSG_WAITALL);
    sqe.flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe.user_data = i;
  }
  const std::vector<io_uring_cqe> answers = probe_submit();
  std::vector<char> received(octets.size());
  ssize_t total = 0;
  for (ssize_t got = 1; got > 0;) {
    got = ::recv(pair[1], received.data(), received.size(), MSG_DONTWAIT);
    if (got > 0) total += got;
  }
  ::close(pair[0]);
  ::close(pair[1]);
  return answers.size() == 2 && answers[0].user_data == 1 && answers[0].res == total - 1 && answers[1].user_data == 2 &&
         answers[1].res == -EAGAIN;
}

}  // namespace ring
