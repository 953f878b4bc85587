#pragma once
// The relay as a service: tells the service manager when it is ready, what it does, and that every core turns its loop.
#include <chrono>
#include <cstdint>

#include "control/control_thread.h"
#include "daemon/service_manager.h"

namespace wiring {

class Service {
 public:
  // All outlive this. Ready is told when every core has answered for the first time.
  Service(const ServiceManager& manager, control::EventLoop& loop, control::ControlThread& control, control::Log& log);

  // Around ControlThread::read_again(): ready again is told when every core has taken what was read.
  void reload();
  void stop() const { manager_.stopping(); }

 private:
  void feed();
  void tell_status();
  bool all_told() const;

  const ServiceManager& manager_;
  control::ControlThread& control_;
  control::Log& log_;
  bool silence_logged_ = false;
  std::uint64_t frames_ = 0;
  std::chrono::steady_clock::time_point frames_at_;
  control::Watch watchdog_;
  control::Watch status_;
};

}  // namespace wiring
