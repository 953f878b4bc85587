#pragma once
// Octets to events, one link, one direction. No I/O, no decisions: it does not know which URIs are ours.
//
// Memory: a head that lies in one input slice is parsed where it is; one that is cut is gathered in a block of the pool (bounded by
// HeadLimits::bytes) which is given back as soon as the frame's head is done. Bodies are never joined: parts are slices of the input
// that share its lease. At most body_carry_max octets that might begin an end-line are held back inside.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/buffer_pool.h"
#include "base/lease.h"
#include "msrp/head.h"
#include "msrp/tid.h"

namespace msrp {

enum class EventKind : std::uint8_t {
  need_more,  // the input is used up; feed() again
  head,       // Framer::head() is good until the next call of next(). For a frame with a body set_guard() may be called now
  part,       // Event::part: octets of the body, in order. With a lease: share it. Without: copy before the next call
  collision,  // the body contains seven hyphens and the guard: nothing of them has been handed out yet. Call set_guard() with a new one
  end,        // Event::flag; the frame is complete. Bodiless frames have it right after their head
  malformed,  // Event::error, Framer::answerable(). The framer is dead: the link is answered (if it can be) and closed.
};

struct Event {
  EventKind kind = EventKind::need_more;
  ContinuationFlag flag = ContinuationFlag::end;
  ParseError error = ParseError::start_line;
  base::Slice part;
};

class Framer {
 public:
  // CRLF, seven hyphens, a tid, a flag, CRLF, rounded up.
  static constexpr std::size_t body_carry_max = 64;

  // `limits.bytes` must not exceed the pool's block size.
  Framer(const HeadLimits& limits, base::BufferPool& pool);

  // Hands over input. The input before it must have been used up (next() said need_more).
  void feed(base::Slice input);

  // The next thing that happened. Call until need_more or malformed. A malformed head whose end can be found does not kill the framer
  // by itself: `recoverable()` then says true, and the frame is skipped to its end-line on the next calls.
  Event next();

  const Head& head() const;              // after EventKind::head
  const Answerable& answerable() const;  // after EventKind::malformed
  bool recoverable() const;              // after EventKind::malformed: next() goes on behind the broken frame

  // The beginning of the transaction ids under which this body goes out: the body is searched for it. Between head and the first
  // part, and after a collision. Without a guard (bodies that go nowhere) nothing is searched but the frame's own end.
  void set_guard(const TidFamily& family);
  void clear_guard();

  // Between frames, nothing held: the state in which an idle link costs least and a half-close is clean.
  bool idle() const;
  // Octets of input that next() has not yet looked at (for accounting).
  std::size_t pending() const;

 private:
  friend struct FramerImplementation;
  // The owner of src/msrp fills this in.
};

}  // namespace msrp
