#pragma once
// Octets to events, one link, one direction. No I/O, no decisions: it does not know which URIs are ours.
//
// Memory: a head that lies in one input slice is parsed where it is; one that is cut is gathered in a block of the pool (bounded by
// HeadLimits::bytes). The parsed Head itself stands in a block too, from its event to release_head(), the next feed() or
// the next frame: between frames and inside bodies a framer holds no block once its head has been released. When the pool has none, the
// frame is malformed with ParseError::header_bytes, not recoverable and with nothing to answer. Bodies are never joined: parts are slices
// of the input that share its lease. At most body_carry_max octets that might begin an end-line are held back inside; they are handed out
// as parts without a lease.
//
// A body ends at CRLF, seven hyphens, the frame's tid, a flag, CRLF, and at nothing else; the CRLF of the empty line before
// a body counts as that CRLF, so that a sender who leaves it out of an empty body does not lose its link. A bodiless frame is announced
// when its end-line is there: head and end follow each other without more input.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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
              //
  end,        // Event::flag; the frame is complete. Bodiless frames have it right after their head
  malformed,  // Event::error, Framer::answerable(). Unless recoverable() the framer is dead: answer if it can be, and close the link
};

struct Event {
  EventKind kind = EventKind::need_more;
  ContinuationFlag flag = ContinuationFlag::end;
  ParseError error = ParseError::start_line;
  base::Slice part;  // malformed: of the head what there is, when its first line is one of MSRP; to be looked at before the next call
};

struct WholeBody {
  base::Slice octets;
  ContinuationFlag flag = ContinuationFlag::end;
};

class Framer {
 public:
  // CRLF, seven hyphens, a tid, a flag, CRLF, rounded up.
  static constexpr std::size_t body_carry_max = 64;

  // `limits.bytes` + body_carry_max must not exceed the pool's block size.
  Framer(const HeadLimits& limits, base::BufferPool& pool);
  Framer(Framer&&) = default;  // what is left can only be destroyed
  Framer& operator=(Framer&&) = default;
  Framer(const Framer&) = delete;
  Framer& operator=(const Framer&) = delete;
  ~Framer() = default;

  // Hands over input. The input before it must have been used up (next() said need_more). Input without a lease must stay as it is until
  // then. A dead framer takes no more: its input is dropped.
  void feed(base::Slice input);

  // The next thing that happened. Call until need_more, or malformed without recoverable(). A malformed head whose end can be found does
  // not kill the framer: the frame is skipped to behind its end-line on the next calls, without further events.
  // A dead framer repeats its malformed event.
  Event next();

  // After EventKind::head, until release_head(), feed(), or the next() behind the frame's end. Its octets may stand in the input: who reads
  // them after need_more keeps the input's lease.
  const Head& head() const;
  const Answerable& answerable() const;  // after EventKind::malformed, as long
  bool recoverable() const;              // after EventKind::malformed: next() goes on behind the broken frame

  // Gives back the memory of the head: whoever has read it may say so before the frame's end has come.
  void release_head();
  // Forgets the rest of the input: nobody will call next() any more, but the framer stays.
  void drop_input();

  // For who knows heads by sight (RepeatedHead): the input from the next frame on. Empty when next() must be asked, because of what came
  // before.
  std::string_view upcoming() const { return state_ == State::between && !gather_ ? std::string_view(at_, pending()) : std::string_view(); }
  // upcoming() begins with a good head of `size` octets, its empty line included: goes behind it as if next() had said head, but without
  // head(). A body follows.
  void pass_head(std::size_t size, std::string_view transaction_id);
  // Behind pass_head(): the whole body, when it and its end-line are in hand and no other seven hyphens; then the frame is over as if
  // next() had said part and end. Whatever the guard, there is no collision in it. nullopt: nothing has happened, ask next().
  std::optional<WholeBody> whole_body();
  // The same with a whole frame that has no body: goes behind it as if next() had said head and end.
  void pass_frame(std::size_t size);

  // The beginning of the transaction ids under which this body goes out: the body is searched for it. Between head and the first
  // part, and after a collision. Without a guard (bodies that go nowhere) nothing is searched but the frame's own end. A guard ends with
  // its frame. After a collision with an unchanged guard next() says collision again.
  void set_guard(const TidFamily& family);
  void clear_guard();

  // Between frames, nothing held: the state in which an idle link costs least and a half-close is clean.
  bool idle() const { return state_ == State::between && !gather_ && pending() == 0; }
  // Octets of input that next() has not yet looked at (for accounting).
  std::size_t pending() const { return static_cast<std::size_t>(end_ - at_); }

 private:
  enum class State : std::uint8_t {
    between,      // before or inside a head
    body_begins,  // nothing of the body has come
    body,
    ended,  // the end-line has been read, its event is due
    dead,
  };
  struct HeadBlock;
  struct Match;
  enum class HeadStep : std::uint8_t { incomplete, done };

  Event step_head();
  HeadStep try_head(std::string_view octets, Event& event, std::size_t& used);
  HeadStep die(ParseError error, Event& event);
  HeadStep announce(bool has_body, ParseError error, bool good, Event& event);
  void begin_frame(std::string_view tid);
  std::size_t gather_room() const { return limits_.bytes + body_carry_max; }

  bool step_body(Event& event);
  bool step_carry(Event& event);
  bool step_input(Event& event);
  bool hand_out(const char* end, Event& event);
  void hold_back(const char* from);
  Match match_end(const char* begin, const char* end) const;
  Match match_guard(const char* begin, const char* end) const;
  Match match(const char* begin, const char* end) const;
  bool may_be_own_tid(const char* at) const;
  const char* possible_beginning(const char* from) const;
  void end_body(ContinuationFlag flag);

  static constexpr std::size_t end_line_front = 2 + 7 + transaction_id_max;  // CRLF, hyphens, tid

  HeadLimits limits_;
  base::BufferPool* pool_;
  base::Slice input_;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  base::Lease block_;   // holds a HeadBlock: head(), answerable()
  base::Lease gather_;  // a head that was cut
  std::uint16_t gathered_ = 0;
  State state_ = State::between;
  bool parsed_ = false;    // the HeadBlock belongs to the frame that was begun last
  bool skipping_ = false;  // the body of a malformed frame: no events
  bool recoverable_ = false;
  bool guarded_ = false;
  bool carry_has_empty_line_ = false;  // the first two octets of the carry are no body
  ContinuationFlag flag_ = ContinuationFlag::end;
  ParseError death_ = ParseError::start_line;
  std::uint8_t carry_begin_ = 0;
  std::uint8_t carry_end_ = 0;
  std::uint8_t end_line_size_ = 0;               // of end_line_
  std::array<char, end_line_front> end_line_;    // CRLF, hyphens, tid of the frame
  std::array<char, 7 + TidFamily::size> guard_;  // hyphens and the guard
  std::array<char, body_carry_max> carry_;       // octets held back
};

}  // namespace msrp
