// Bodies: one scan for runs of seven hyphens answers two questions, is this the frame's end, and would it be one for the next hop
// ? Octets of which that cannot be said yet, because the input ends, are held back in the carry; at most 44 can be in doubt.
#include <algorithm>
#include <array>
#include <cstring>

#include "msrp/framer.h"
#include "msrp/framer_parts.h"

namespace msrp {
namespace {

// The longest end-line with its CRLF before it: so many octets from any place on tell what begins there.
constexpr std::size_t doubt_max = 2 + end_line_hyphens + transaction_id_max + 1 + 2;
static_assert(doubt_max <= Framer::body_carry_max);

constexpr bool is_flag(char c) { return c == '$' || c == '+' || c == '#'; }

}  // namespace

// CRLF, hyphens, tid, flag, CRLF.
Framer::Match Framer::match_end(const char* begin, const char* end) const {
  Match match;
  const auto size = static_cast<std::size_t>(end - begin);
  if (std::memcmp(begin, end_line_.data(), std::min<std::size_t>(size, end_line_size_)) != 0) return match;
  match.outcome = Match::Outcome::partial;
  if (size <= end_line_size_) return match;
  const char* flag = begin + end_line_size_;
  const std::size_t behind = size - end_line_size_;
  if (!is_flag(flag[0]) || (behind > 1 && flag[1] != '\r') || (behind > 2 && flag[2] != '\n')) return {};
  if (behind < 3) return match;
  match.outcome = Match::Outcome::end;
  match.flag = static_cast<ContinuationFlag>(flag[0]);
  match.size = end_line_size_ + 3U;
  return match;
}

// Seven hyphens and the guard.
Framer::Match Framer::match_guard(const char* begin, const char* end) const {
  Match match;
  const auto size = static_cast<std::size_t>(end - begin);
  if (!guarded_ || std::memcmp(begin, guard_.data(), std::min(size, guard_.size())) != 0) return match;
  match.outcome = size < guard_.size() ? Match::Outcome::partial : Match::Outcome::collision;
  return match;
}

Framer::Match Framer::match(const char* begin, const char* end) const {
  if (*begin == '\r') return match_end(begin, end);
  if (*begin == '-') return match_guard(begin, end);
  return {};
}

std::optional<WholeBody> Framer::whole_body() {
  CHECK(state_ == State::body_begins);
  const HyphenRun run = find_hyphen_run(at_, end_);
  const bool seven = run.end - run.begin == static_cast<std::ptrdiff_t>(end_line_hyphens);
  if (!seven || run.begin - at_ < 2) return std::nullopt;
  const char* line = run.begin - 2;
  const Match found = match_end(line, end_);
  if (found.outcome != Match::Outcome::end) return std::nullopt;
  WholeBody body{{at_, static_cast<std::size_t>(line - at_), input_.lease}, found.flag};
  at_ = line + found.size;
  state_ = State::between;
  guarded_ = false;
  return body;
}

// False: the input is used up, or the end-line stands at once (state_ says which). True: `event` is a part or a collision.
bool Framer::step_body(Event& event) {
  if (state_ == State::body_begins && at_ < end_) {
    state_ = State::body;
    carry_begin_ = carry_end_ = 0;
    carry_has_empty_line_ = false;
    // The empty line's CRLF may serve as the end-line's own: it is laid before the body, and never handed out.
    if (*at_ == '-') {
      carry_[0] = '\r';
      carry_[1] = '\n';
      carry_end_ = 2;
      carry_has_empty_line_ = true;
    }
  }
  while (state_ == State::body && at_ < end_) {
    const bool happened = carry_begin_ < carry_end_ ? step_carry(event) : step_input(event);
    if (happened && !skipping_) return true;
  }
  return false;
}

// Decides about the octets held back, with as many of the input as that needs.
bool Framer::step_carry(Event& event) {
  std::array<char, doubt_max + body_carry_max> window;
  const std::size_t held = carry_end_ - carry_begin_;
  const std::size_t fresh = std::min(pending(), doubt_max);
  std::memcpy(window.data(), carry_.data() + carry_begin_, held);
  std::memcpy(window.data() + held, at_, fresh);
  const char* end = window.data() + held + fresh;

  std::size_t clear = 0;
  Match found;
  while (clear < held) {
    found = match(window.data() + clear, end);
    if (found.outcome != Match::Outcome::none) break;
    ++clear;
  }
  if (clear > 0) {
    // The first `clear` octets are body; they stay where they are until the next call.
    const std::size_t hidden = carry_has_empty_line_ ? std::min<std::size_t>(2, clear) : 0;
    carry_has_empty_line_ = carry_has_empty_line_ && hidden < 2;
    event.kind = EventKind::part;
    event.part = {carry_.data() + carry_begin_ + hidden, clear - hidden, {}};
    carry_begin_ = static_cast<std::uint8_t>(carry_begin_ + clear);
    if (clear > hidden) return true;
    // Only the empty line's CRLF went: nothing to tell.
    event = {};
    return false;
  }
  switch (found.outcome) {
    case Match::Outcome::none: break;
    case Match::Outcome::collision: event.kind = EventKind::collision; return true;
    case Match::Outcome::end:
      at_ += found.size - held;
      end_body(found.flag);
      return false;
    case Match::Outcome::partial:
      // Still in doubt, so all of the input fits.
      std::memcpy(carry_.data(), window.data(), held + fresh);
      carry_begin_ = 0;
      carry_end_ = static_cast<std::uint8_t>(held + fresh);
      at_ += fresh;
      break;
  }
  return false;
}

// A quick look: a tid has four octets at least.
bool Framer::may_be_own_tid(const char* at) const {
  return end_ - at < 4 || std::memcmp(at, end_line_.data() + 2 + end_line_hyphens, 4) == 0;
}

// The same for the input, with nothing held back before it.
bool Framer::step_input(Event& event) {
  const char* from = at_;
  for (;;) {
    const HyphenRun run = find_hyphen_run(from, end_);
    if (run.empty()) break;
    // The octets before at_ have been handed out: an end-line that began there would have been found then.
    const bool seven = run.end - run.begin == static_cast<std::ptrdiff_t>(end_line_hyphens);
    if (seven && run.begin - at_ >= 2 && run.begin[-2] == '\r' && run.begin[-1] == '\n' && may_be_own_tid(run.end)) {
      const char* line = run.begin - 2;
      const Match found = match_end(line, end_);
      if (found.outcome == Match::Outcome::end) {
        const bool part = hand_out(line, event);
        at_ = line + found.size;
        end_body(found.flag);
        return part;
      }
      if (found.outcome == Match::Outcome::partial) {
        const bool part = hand_out(line, event);
        hold_back(line);
        return part;
      }
    }
    from = run.end;
    if (!guarded_ || (run.end < end_ && *run.end != guard_[end_line_hyphens])) continue;
    // Of a longer run the last seven count.
    const char* hyphens = run.end - end_line_hyphens;
    const Match found = match_guard(hyphens, end_);
    if (found.outcome != Match::Outcome::none) {
      const bool part = hand_out(hyphens, event);
      if (found.outcome == Match::Outcome::partial) {
        hold_back(hyphens);
        return part;
      }
      at_ = hyphens;
      if (part) return true;
      event.kind = EventKind::collision;
      return true;
    }
  }
  const char* line = possible_beginning(from);
  const bool part = hand_out(line, event);
  hold_back(line);
  return part;
}

// Where, in the last octets of the input behind `from`, something may begin that less than seven hyphens have come of; end_ if nowhere.
const char* Framer::possible_beginning(const char* from) const {
  constexpr std::ptrdiff_t most = 2 + static_cast<std::ptrdiff_t>(end_line_hyphens) - 1;
  for (const char* line = std::max(from, end_ - std::min(most, end_ - from)); line < end_; ++line) {
    if (match(line, end_).outcome == Match::Outcome::partial) return line;
  }
  return end_;
}

// The octets from at_ to `end` are body. False: there are none.
bool Framer::hand_out(const char* end, Event& event) {
  if (at_ == end) return false;
  if (!skipping_) {
    event.kind = EventKind::part;
    event.part = {at_, static_cast<std::size_t>(end - at_), input_.lease};
  }
  return true;
}

void Framer::hold_back(const char* from) {
  carry_begin_ = 0;
  carry_end_ = static_cast<std::uint8_t>(end_ - from);
  std::memcpy(carry_.data(), from, carry_end_);
  at_ = end_;
}

void Framer::end_body(ContinuationFlag flag) {
  flag_ = flag;
  state_ = State::ended;
}

}  // namespace msrp
