#include "control/event_loop.h"

#include <event2/event.h>
#include <sys/time.h>

#include <utility>

#include "base/check.h"

namespace control {

EventLoop::EventLoop() : base_(event_base_new()) { CHECK(base_ != nullptr); }

EventLoop::~EventLoop() { event_base_free(base_); }

void EventLoop::run_once(bool may_sleep) { event_base_loop(base_, may_sleep ? EVLOOP_ONCE : EVLOOP_NONBLOCK); }

struct Watch::State {
  event* handle = nullptr;
  std::function<void()> call;
};

void Watch::End::operator()(State* state) const {
  event_free(state->handle);
  delete state;
}

Watch Watch::make(EventLoop& loop, int descriptor, short events, std::function<void()> call, const base::Duration* after) {
  Watch watch;
  watch.state_.reset(new State{nullptr, std::move(call)});
  // The call is copied first: it may destroy the Watch it came from.
  const auto run = [](evutil_socket_t, short, void* state) {
    const std::function<void()> copy = static_cast<State*>(state)->call;
    copy();
  };
  watch.state_->handle = event_new(loop.native(), descriptor, events, run, watch.state_.get());
  CHECK(watch.state_->handle != nullptr);
  timeval period{};
  if (after != nullptr) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(*after).count();
    period.tv_sec = static_cast<time_t>(microseconds / 1'000'000);
    period.tv_usec = static_cast<suseconds_t>(microseconds % 1'000'000);
  }
  CHECK(event_add(watch.state_->handle, after != nullptr ? &period : nullptr) == 0);
  return watch;
}

Watch Watch::on_descriptor(EventLoop& loop, int descriptor, What what, std::function<void()> call) {
  short events = EV_PERSIST;
  if (what != What::writable) events |= EV_READ;
  if (what != What::readable) events |= EV_WRITE;
  return make(loop, descriptor, events, std::move(call), nullptr);
}

Watch Watch::once(EventLoop& loop, base::Duration after, std::function<void()> call) { return make(loop, -1, 0, std::move(call), &after); }

Watch Watch::every(EventLoop& loop, base::Duration period, std::function<void()> call) {
  return make(loop, -1, EV_PERSIST, std::move(call), &period);
}

}  // namespace control
