#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "ring/listener.h"
#include "ring/socket_address.h"
#include "ring/uring_ring.h"
#include "ring/wakeups.h"
#include "stage.h"

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

namespace ring_test {

namespace {

const base::Endpoint loopback{base::IpAddress::from_octets4({127, 0, 0, 1}), 0};

int non_blocking_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

base::Endpoint name_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return *ring::from_kernel(address);
}

// Its own small piece of user space: what the socket does not take waits here. The stage pumps it each turn.
class KernelFarEnd final : public FarEnd {
 public:
  KernelFarEnd(int descriptor, std::vector<KernelFarEnd*>& all) : descriptor_(descriptor), local_(name_of(descriptor)), all_(all) {
    all_.push_back(this);
  }
  ~KernelFarEnd() override {
    std::erase(all_, this);
    close();
  }
  void write(std::string_view octets) override {
    backlog_ += octets;
    pump();
  }
  std::string read() override {
    std::string got;
    std::array<char, 65536> part;
    while (descriptor_ >= 0) {
      const ssize_t octets = ::recv(descriptor_, part.data(), part.size(), 0);
      if (octets == 0) at_end_ = true;
      if (octets < 0 && errno != EAGAIN) failed_ = true;
      if (octets <= 0) break;
      got.append(part.data(), static_cast<std::size_t>(octets));
    }
    return got;
  }
  bool at_end() override { return at_end_; }
  bool failed() override { return failed_; }
  void shutdown_write() override {
    shutting_ = true;
    pump();
  }
  void close() override {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  void reset() override {
    const linger at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  base::Endpoint local() override { return local_; }
  void pump() {
    while (descriptor_ >= 0 && !backlog_.empty()) {
      const ssize_t octets = ::send(descriptor_, backlog_.data(), backlog_.size(), MSG_NOSIGNAL);
      if (octets <= 0) return;
      backlog_.erase(0, static_cast<std::size_t>(octets));
    }
    if (shutting_ && descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
  }

 private:
  int descriptor_;
  base::Endpoint local_;
  std::vector<KernelFarEnd*>& all_;
  std::string backlog_;
  bool shutting_ = false;
  bool at_end_ = false;
  bool failed_ = false;
};

class KernelStage final : public Stage {
 public:
  explicit KernelStage(const ring::UringOptions& options) : wakeups_(*ring::Wakeups::create(1)) {
    auto ring = ring::UringRing::create(base::CoreId(0), *wakeups_, options);
    INFO((ring ? std::string() : ring.error()));
    REQUIRE(ring);
    ring_ = *std::move(ring);
    REQUIRE(ring_->start());
    auto listening = ring::listen_on_all_cores({&loopback, 1}, 1, 512);
    REQUIRE(listening);
    listening_ = std::move(listening->front());
    far_listener_ = non_blocking_socket();
    sockaddr_storage address;
    const socklen_t size = ring::to_kernel(loopback, address);
    REQUIRE(::bind(far_listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(far_listener_, 16) == 0);
  }
  ~KernelStage() override {
    completions.clear();
    ::close(far_listener_);
    if (nobody_ >= 0) ::close(nobody_);
    ::close(listening_.sockets[0].descriptor);
  }
  ring::Ring& ring() override { return *ring_; }
  ring::Socket listener() override { return listening_.sockets[0]; }
  std::unique_ptr<FarEnd> dial() override {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address;
    const socklen_t size = ring::to_kernel(listening_.endpoint, address);
    REQUIRE(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    return adopt(descriptor);
  }
  base::Endpoint far_listener() override { return name_of(far_listener_); }
  std::unique_ptr<FarEnd> far_accept() override {
    const int descriptor = ::accept4(far_listener_, nullptr, nullptr, SOCK_CLOEXEC);
    return descriptor < 0 ? nullptr : adopt(descriptor);
  }
  base::Endpoint nobody() override {
    // Bound, never listening, and open to the end of the stage: the port is nobody else's in the meantime.
    sockaddr_storage address;
    const socklen_t size = ring::to_kernel(loopback, address);
    if (nobody_ < 0) {
      nobody_ = non_blocking_socket();
      REQUIRE(::bind(nobody_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    }
    return name_of(nobody_);
  }
  bool is_kernel() const override { return true; }

 protected:
  void wait() override {
    for (KernelFarEnd* far : far_ends_) far->pump();
  }
  base::Instant soon() override {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return base::Instant::from_nanoseconds(now.tv_sec * 1'000'000'000 + now.tv_nsec) + std::chrono::milliseconds(1);
  }

 private:
  std::unique_ptr<FarEnd> adopt(int descriptor) {
    REQUIRE(::fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0);
    return std::make_unique<KernelFarEnd>(descriptor, far_ends_);
  }

  std::unique_ptr<ring::Wakeups> wakeups_;
  std::unique_ptr<ring::UringRing> ring_;
  ring::Listening listening_;
  int far_listener_ = -1;
  int nobody_ = -1;
  std::vector<KernelFarEnd*> far_ends_;
};

}  // namespace

std::unique_ptr<Stage> kernel_stage(unsigned submissions, unsigned completions, unsigned buffers, unsigned buffer_bytes, bool quick_ways) {
  ring::UringOptions options;
  options.submission_entries = submissions;
  options.completion_entries = completions;
  options.receive_buffers = buffers;
  options.receive_buffer_bytes = buffer_bytes;
  options.silent_sends = options.ring_messages = quick_ways;
  return std::make_unique<KernelStage>(options);
}

}  // namespace ring_test
