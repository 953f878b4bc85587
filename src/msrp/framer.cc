// Frames: where they begin, where they end, and nothing of what they mean. The head half; the body half is framer_body.cc.
#include "msrp/framer.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "msrp/framer_parts.h"
#include "msrp/head_parser.h"

namespace msrp {

Framer::Framer(const HeadLimits& limits, base::BufferPool& pool) : limits_(limits), pool_(&pool) {
  CHECK(limits.bytes + body_carry_max <= base::BufferPool::block_bytes);
  std::memcpy(end_line_.data(), "\r\n-------", 9);
  std::memcpy(guard_.data(), "-------", end_line_hyphens);
}

void Framer::feed(base::Slice input) {
  CHECK(pending() == 0);
  if (state_ == State::dead) return;
  release_head();
  input_ = std::move(input);
  at_ = input_.data;
  end_ = input_.data + input_.size;
}

void Framer::release_head() {
  if (!parsed_ || state_ == State::dead) return;
  parsed_ = false;
  block_.reset();
  gather_.reset();
  gathered_ = 0;
}

void Framer::drop_input() {
  input_ = {};
  at_ = end_ = nullptr;
}

Event Framer::next() {
  if (state_ == State::between) release_head();
  for (;;) {
    Event event;
    switch (state_) {
      case State::between:
        event = step_head();
        if (event.kind != EventKind::need_more) return event;
        break;
      case State::body_begins:
      case State::body:
        if (step_body(event)) return event;
        // An end-line without a part before it.
        if (state_ == State::ended) continue;
        break;
      case State::ended:
        state_ = State::between;
        guarded_ = false;
        if (skipping_) {
          skipping_ = false;
          release_head();
          continue;
        }
        event.kind = EventKind::end;
        event.flag = flag_;
        return event;
      case State::dead:
        event.kind = EventKind::malformed;
        event.error = death_;
        return event;
    }
    CHECK(at_ == end_);
    input_ = {};
    at_ = end_ = nullptr;
    return {};
  }
}

const Head& Framer::head() const {
  CHECK(parsed_);
  return HeadBlock::of(block_).head;
}

const Answerable& Framer::answerable() const {
  static constexpr Answerable nothing;
  return block_ ? HeadBlock::of(block_).answerable : nothing;
}

bool Framer::recoverable() const { return recoverable_; }

void Framer::pass_head(std::size_t size, std::string_view transaction_id) {
  CHECK(state_ == State::between && size <= pending());
  release_head();
  begin_frame(transaction_id);
  guarded_ = skipping_ = recoverable_ = false;
  state_ = State::body_begins;
  at_ += size;
}

void Framer::pass_frame(std::size_t size) {
  CHECK(state_ == State::between && size <= pending());
  release_head();
  at_ += size;
}

void Framer::set_guard(const TidFamily& family) {
  std::memcpy(guard_.data() + end_line_hyphens, family.prefix().data(), TidFamily::size);
  guarded_ = true;
}

void Framer::clear_guard() { guarded_ = false; }

// Reads from the input, or from the gathered octets once a head was cut. Nothing is taken from the input that lies behind the head.
Event Framer::step_head() {
  Event event;
  if (at_ == end_) return event;
  std::size_t used = 0;
  if (!gather_) {
    if (try_head({at_, pending()}, event, used) == HeadStep::done) {
      at_ += used;
      return event;
    }
    gather_ = pool_->take();
    if (!gather_) {
      die(ParseError::header_bytes, event);
      return event;
    }
  }
  while (at_ < end_) {
    constexpr std::size_t step = 512;
    const std::size_t size = std::min({step, pending(), gather_room() - gathered_});
    char* octets = gather_.buffer()->data;
    std::memcpy(octets + gathered_, at_, size);
    if (try_head({octets, gathered_ + size}, event, used) == HeadStep::done) {
      if (event.kind != EventKind::malformed || recoverable_) at_ += used - gathered_;
      return event;
    }
    gathered_ = static_cast<std::uint16_t>(gathered_ + size);
    at_ += size;
  }
  return event;
}

// `octets` begins with a frame. done: `event` is its head, or malformed; `used` octets belong to what has been read.
// Every answer depends on the octets alone, not on where they were cut: an error is found at the same octet each time.
Framer::HeadStep Framer::try_head(std::string_view octets, Event& event, std::size_t& used) {
  block_ = pool_->take();
  if (!block_) return die(ParseError::header_bytes, event);
  HeadBlock& block = HeadBlock::of(block_);
  block.answerable = {};

  const std::string_view window = octets.substr(0, limits_.bytes);
  index_head(window, limits_.lines, block.index);
  const bool full = octets.size() >= limits_.bytes;
  if (block.index.line_count == 0) {
    if (!may_become_start_line(octets)) return die(ParseError::start_line, event);
    if (full) return die(ParseError::header_bytes, event);
    block_.reset();
    return HeadStep::incomplete;
  }
  const auto start = parse_start_line(block.index.line(window, 0));
  if (!start) return die(ParseError::start_line, event);

  const std::size_t head_size = block.index.head_size();
  std::size_t frame_begins = head_size + 2;  // behind the empty line
  Match end_line;
  switch (block.index.end) {
    case HeadEnd::too_many_lines:
      fill_answerable(window, block.index, *start, block.answerable);
      event.part = {window.data(), window.size(), {}};
      return die(ParseError::header_lines, event);
    case HeadEnd::incomplete:
      if (full) {
        fill_answerable(window, block.index, *start, block.answerable);
        event.part = {window.data(), window.size(), {}};
        return die(ParseError::header_bytes, event);
      }
      block_.reset();
      return HeadStep::incomplete;
    case HeadEnd::end_line:
      begin_frame(start->transaction_id);
      // The CRLF before the hyphens is the last header line's own.
      end_line = match_end(octets.data() + head_size - 2, octets.data() + octets.size());
      if (end_line.outcome == Match::Outcome::partial) {
        block_.reset();
        return HeadStep::incomplete;
      }
      if (end_line.outcome == Match::Outcome::none) {
        fill_answerable(window, block.index, *start, block.answerable);
        event.part = {window.data(), head_size, {}};
        return die(ParseError::end_line, event);
      }
      frame_begins = head_size - 2 + end_line.size;
      flag_ = end_line.flag;
      break;
    case HeadEnd::body: begin_frame(start->transaction_id); break;
  }
  used = frame_begins;
  const bool has_body = block.index.end == HeadEnd::body;
  auto parsed = parse_indexed_head(window, block.index, *start, has_body, limits_, block.head);
  if (parsed && start->is_response && flag_ != ContinuationFlag::end && !has_body) parsed = base::fail(ParseError::end_line);
  if (!parsed) {
    fill_answerable(window, block.index, *start, block.answerable);
    event.part = {window.data(), head_size, {}};
  }
  return announce(has_body, parsed ? ParseError::start_line : parsed.error(), parsed.has_value(), event);
}

void Framer::begin_frame(std::string_view tid) {
  std::memcpy(end_line_.data() + 2 + end_line_hyphens, tid.data(), tid.size());
  end_line_size_ = static_cast<std::uint8_t>(2 + end_line_hyphens + tid.size());
}

Framer::HeadStep Framer::announce(bool has_body, ParseError error, bool good, Event& event) {
  parsed_ = true;
  guarded_ = false;
  skipping_ = !good;
  recoverable_ = !good;
  state_ = has_body ? State::body_begins : State::ended;
  event.kind = good ? EventKind::head : EventKind::malformed;
  event.error = error;
  return HeadStep::done;
}

// What block_ holds stays until the framer goes: the link's owner answers from it.
Framer::HeadStep Framer::die(ParseError error, Event& event) {
  state_ = State::dead;
  death_ = error;
  parsed_ = static_cast<bool>(block_);
  recoverable_ = false;
  event.kind = EventKind::malformed;
  event.error = error;
  at_ = end_;
  return HeadStep::done;
}

}  // namespace msrp
