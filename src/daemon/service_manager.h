#pragma once
// What a service manager wants to hear (sd_notify(3)), without its library: datagrams to the socket that NOTIFY_SOCKET names. Without one
// all of it does nothing.
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace wiring {

class ServiceManager {
 public:
  // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, which are removed, so that no child takes them for its own. Call it once, before
  // there are other threads. A socket that cannot be reached is as none.
  static ServiceManager from_environment();
  ServiceManager() = default;
  ServiceManager(ServiceManager&& other) noexcept;
  ServiceManager& operator=(ServiceManager&&) = delete;
  ~ServiceManager();

  bool listens() const { return descriptor_ >= 0; }
  // How often it wants to hear that all is well; it ends a service that is silent for longer.
  const std::optional<base::Duration>& watchdog() const { return watchdog_; }

  // Never waits: what the manager does not take at once is lost, and comes again with the next.
  void ready() const { tell("READY=1"); }
  void reloading() const;
  void stopping() const { tell("STOPPING=1"); }
  void alive() const { tell("WATCHDOG=1"); }
  // One line, for `systemctl status`.
  void status(std::string_view text) const { tell("STATUS=" + std::string(text)); }

 private:
  void tell(std::string_view what) const;

  int descriptor_ = -1;
  std::optional<base::Duration> watchdog_;
};

}  // namespace wiring
