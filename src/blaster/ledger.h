#pragma once
// The messages that one pair has under way: what the sender gave away and what the receiver got, so that every message is told done, lost
// or wrong exactly once. The window is a number of messages.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "blaster/tally.h"

namespace blaster {

struct Message {
  std::uint64_t number = 0;      // from 0, one after the other
  base::Instant begun;           // or when it should have begun, in an open loop
  std::uint64_t size = 0;        // octets of its body
  std::uint64_t arrived = 0;     // octets of its body at the receiver, in order
  std::uint32_t unanswered = 0;  // chunks whose response is awaited
  bool under_way = false;
  bool all_sent = false;
  bool delivered = false;
  bool report_due = false;  // its success REPORT is awaited
  bool has_gap = false;     // a chunk came before its turn: if the one before it comes still, they were misordered, else it is lost
  bool spoilt = false;      // no further chunk of it goes out
};

class Ledger {
 public:
  // `tally` is the thread's. `latency`: where in it the latencies go.
  Ledger(std::uint32_t window, Tally& tally, base::Histogram& latency)
      : tally_(tally), latency_(latency), window_(window), messages_(std::bit_ceil(window)) {
    CHECK(window > 0);
  }
  Ledger(std::uint32_t window, Tally& tally) : Ledger(window, tally, tally.latency) {}

  bool has_room() const { return under_way_ < window_ && !messages_[place_of(next_)].under_way; }
  Message& begin(base::Instant now) {
    Message& message = messages_[place_of(next_)];
    CHECK(!message.under_way);
    message = {.number = next_++, .begun = now, .under_way = true};
    ++under_way_;
    ++tally_.messages_under_way;
    ++tally_.messages_begun;
    return message;
  }
  // The message of that number while it is under way, or nullptr.
  Message* find(std::uint64_t number) {
    Message& message = messages_[place_of(number)];
    return message.under_way && message.number == number ? &message : nullptr;
  }
  bool was_begun(std::uint64_t number) const { return number < next_; }

  // A response or a part of it came; the caller has changed `message`. Ends it when nothing is awaited any more.
  void settle(Message& message) {
    if (!message.delivered || !message.all_sent || message.unanswered > 0 || message.report_due) return;
    ++tally_.messages_done;
    end(message);
  }
  void deliver(Message& message, base::Instant now) {
    message.delivered = true;
    ++tally_.messages_delivered;
    latency_.record(static_cast<std::uint64_t>((now - message.begun).count()));
    settle(message);
  }
  // Refused, reported as failed or arrived wrong (counted by the caller): nothing more is awaited of it once the chunk in hand is sent.
  void spoil(Message& message) {
    message.spoilt = true;
    if (message.all_sent) end(message);
  }
  // A spoilt message of which nothing more goes out.
  void give_up(Message& message) { end(message); }
  // The end of the run: whatever is under way now never came.
  void close() {
    for (Message& message : messages_) {
      if (!message.under_way) continue;
      if (!message.delivered)
        tally_.count(Fault::lost);
      else if (message.report_due)
        tally_.count(Fault::unreported);
      tally_.count(Fault::unanswered, message.unanswered);
      end(message);
    }
  }

  std::uint32_t window() const { return window_; }
  Tally& tally() { return tally_; }

 private:
  void end(Message& message) {
    message.under_way = false;
    --under_way_;
    --tally_.messages_under_way;
  }

  std::size_t place_of(std::uint64_t number) const { return number & (messages_.size() - 1); }

  Tally& tally_;
  base::Histogram& latency_;
  std::uint32_t window_;
  std::uint64_t next_ = 0;
  std::uint32_t under_way_ = 0;
  std::vector<Message> messages_;
};

}  // namespace blaster
