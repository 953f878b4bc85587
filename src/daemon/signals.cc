#include "daemon/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "base/check.h"

namespace wiring {
namespace {

sigset_t ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, number);
  return set;
}

}  // namespace

void Signals::block() {
  const sigset_t set = ours();
  CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  // A file that may not grow is a fault to be told, no end.
  CHECK(std::signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
}

Signals::Signals(control::EventLoop& loop, Calls calls) : calls_(std::move(calls)) {
  const sigset_t set = ours();
  descriptor_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  CHECK(descriptor_ >= 0);
  watch_ = control::Watch::on_descriptor(loop, descriptor_, control::Watch::What::readable, [this] { read_all(); });
}

Signals::~Signals() {
  watch_ = control::Watch();
  close(descriptor_);
}

void Signals::read_all() {
  signalfd_siginfo info{};
  while (read(descriptor_, &info, sizeof info) == sizeof info) {
    switch (static_cast<int>(info.ssi_signo)) {
      case SIGTERM:
      case SIGINT: calls_.stop(); break;
      case SIGHUP: calls_.read_again(); break;
      case SIGUSR1: calls_.log_counters(); break;
      default: break;
    }
  }
}

}  // namespace wiring
