#include "ring/wakeups.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/check.h"

namespace ring {

Wakeups::Wakeups(std::size_t cores) : cores_(cores), threads_(std::make_unique<Thread[]>(cores + 1)) {}

base::Result<std::unique_ptr<Wakeups>, IoError> Wakeups::create(std::size_t cores) {
  CHECK(cores > 0 && cores < UINT16_MAX);
  std::unique_ptr<Wakeups> wakeups(new Wakeups(cores));
  for (std::size_t thread = 0; thread <= cores; ++thread) {
    const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0) return base::fail(IoError{-errno});
    wakeups->threads_[thread].event_descriptor = descriptor;
  }
  return wakeups;
}

Wakeups::~Wakeups() {
  for (std::size_t thread = 0; thread <= cores_; ++thread) {
    if (threads_[thread].event_descriptor >= 0) ::close(threads_[thread].event_descriptor);
  }
}

int Wakeups::event_descriptor(base::CoreId thread) const {
  CHECK(thread.value() <= cores_);
  return threads_[thread.value()].event_descriptor;
}

void Wakeups::drain(base::CoreId thread) {
  std::uint64_t count = 0;
  // -EAGAIN: nobody woke us, which is as good.
  const ssize_t octets = ::read(event_descriptor(thread), &count, sizeof count);
  CHECK(octets == static_cast<ssize_t>(sizeof count) || errno == EAGAIN || errno == EINTR);
}

void Wakeups::wake(base::CoreId thread) {
  const std::uint64_t one = 1;
  // -EAGAIN: 2^64 - 2 wakes wait, so it is awake soon.
  const ssize_t octets = ::write(event_descriptor(thread), &one, sizeof one);
  CHECK(octets == static_cast<ssize_t>(sizeof one) || errno == EAGAIN);
}

void Wakeups::announce_ring(base::CoreId core, int ring_descriptor) {
  CHECK(core.value() < cores_);
  threads_[core.value()].ring_descriptor.store(ring_descriptor, std::memory_order_release);
}

int Wakeups::ring_descriptor(base::CoreId core) const {
  CHECK(core.value() < cores_);
  return threads_[core.value()].ring_descriptor.load(std::memory_order_acquire);
}

}  // namespace ring
