#pragma once
// The control thread's loop: descriptors, timers and a hook that runs before every sleep. libevent stays behind this face.
#include <functional>
#include <memory>

#include "base/time.h"

struct event;
struct event_base;

namespace control {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // One round: waits for an event when `may_sleep`, then runs what is ready.
  void run_once(bool may_sleep);
  event_base* native() { return base_; }

 private:
  event_base* base_;
};

// Interest in a descriptor or in a moment. Ends with its object; the descriptor stays the caller's.
class Watch {
 public:
  enum class What : unsigned char { readable, writable, both };

  Watch() = default;
  // `call` runs on the loop's thread each time the descriptor is ready. It may destroy this Watch.
  static Watch on_descriptor(EventLoop& loop, int descriptor, What what, std::function<void()> call);
  // `call` runs once, `after` from now.
  static Watch once(EventLoop& loop, base::Duration after, std::function<void()> call);
  // `call` runs every `period`.
  static Watch every(EventLoop& loop, base::Duration period, std::function<void()> call);
  bool active() const { return state_ != nullptr; }

 private:
  struct State;
  struct End {
    void operator()(State* state) const;
  };
  static Watch make(EventLoop& loop, int descriptor, short events, std::function<void()> call, const base::Duration* after);
  std::unique_ptr<State, End> state_;
};

}  // namespace control
