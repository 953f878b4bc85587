#include "daemon/service.h"

#include <string>

namespace wiring {
namespace {

constexpr auto status_period = std::chrono::seconds(10);

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

}  // namespace

Service::Service(const ServiceManager& manager, control::EventLoop& loop, control::ControlThread& control, control::Log& log)
    : manager_(manager), control_(control), log_(log), frames_at_(std::chrono::steady_clock::now()) {
  if (!manager.listens()) return;
  control.with_counters([this] {
    manager_.ready();
    tell_status();
  });
  // Twice in the time that the manager waits, as sd_watchdog_enabled(3) advises.
  if (manager.watchdog()) watchdog_ = control::Watch::every(loop, *manager.watchdog() / 2, [this] { feed(); });
  status_ = control::Watch::every(loop, status_period, [this] { control_.with_counters([this] { tell_status(); }); });
}

void Service::reload() {
  manager_.reloading();
  control_.read_again();
  // The answer comes behind what the core was told before.
  control_.with_counters([this] { manager_.ready(); });
}

bool Service::all_told() const {
  for (std::size_t core = 0; core < control_.counters().cores().size(); ++core) {
    if (!control_.told(core)) return false;
  }
  return true;
}

// A core that does not turn its loop serves nobody: better that the manager starts the relay anew, after it has kept what it was doing.
void Service::feed() {
  control_.with_counters([this] {
    if (all_told() || control_.stopping()) {
      silence_logged_ = false;
      return manager_.alive();
    }
    if (silence_logged_) return;
    silence_logged_ = true;
    log_.write(control::LogLine(control::LogLevel::error, "daemon",
                                "a core does not turn its loop: the service manager is not told that all is well"));
  });
}

void Service::tell_status() {
  if (control_.stopping()) return manager_.status("Stopping: sends what it holds");
  std::uint64_t links = 0, sessions = 0, frames = 0;
  for (const auto& core : control_.counters().cores()) {
    links += core.counters.links;
    sessions += core.counters.sessions;
    frames += core.counters.frames_in;
  }
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - frames_at_).count();
  const double rate = seconds > 0 ? static_cast<double>(frames - frames_) / seconds : 0;
  frames_ = frames;
  frames_at_ = now;
  manager_.status((all_told() ? "" : "A core does not answer! ") + std::string(control_.draining() ? "Draining: " : "") +
                  with_commas(links) + " links, " + with_commas(sessions) + " sessions, " + with_commas(static_cast<std::uint64_t>(rate)) +
                  " frames/s");
}

}  // namespace wiring
