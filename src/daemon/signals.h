#pragma once
// Signals as events of the control thread's loop.
#include <functional>

#include "control/event_loop.h"

namespace wiring {

// Blocked in every thread made after block(); SIGPIPE and SIGXFSZ are ignored.
class Signals {
 public:
  // Before any other thread exists: threads inherit the mask.
  static void block();

  struct Calls {
    std::function<void()> stop;          // SIGTERM, SIGINT
    std::function<void()> read_again;    // SIGHUP
    std::function<void()> log_counters;  // SIGUSR1
  };
  Signals(control::EventLoop& loop, Calls calls);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void read_all();

  int descriptor_;
  Calls calls_;
  control::Watch watch_;
};

}  // namespace wiring
