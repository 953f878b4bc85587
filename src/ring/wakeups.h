#pragma once
// How the threads of one process wake each other: an eventfd per thread, and the ring descriptors for the quicker way between cores.
// Built once at start, outlives the rings and the threads.
#include <atomic>
#include <cstddef>
#include <memory>

#include "base/ids.h"
#include "base/result.h"
#include "ring/ring.h"

namespace ring {

class Wakeups {
 public:
  // For `cores` cores and the control thread. Fails with what eventfd(2) said (-EMFILE: raise the open-file limit).
  static base::Result<std::unique_ptr<Wakeups>, IoError> create(std::size_t cores);
  ~Wakeups();
  Wakeups(const Wakeups&) = delete;
  Wakeups& operator=(const Wakeups&) = delete;

  std::size_t cores() const { return cores_; }
  // Becomes readable when `thread` is woken. A ring watches its core's; the control thread gives its own to its event loop and drain()s it.
  int event_descriptor(base::CoreId thread) const;
  void drain(base::CoreId thread);
  // By eventfd, from any thread; never waits. This is how the control thread wakes a core.
  void wake(base::CoreId thread);

  // The descriptor of the core's ring while it runs, else -1.
  void announce_ring(base::CoreId core, int ring_descriptor);
  int ring_descriptor(base::CoreId core) const;

 private:
  struct Thread {
    int event_descriptor = -1;
    std::atomic<int> ring_descriptor{-1};
  };
  explicit Wakeups(std::size_t cores);

  std::size_t cores_;
  std::unique_ptr<Thread[]> threads_;
};

}  // namespace ring
