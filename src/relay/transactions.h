#pragma once
// The requests that one link has sent and that wait for a response: looked up by the number in our own transaction id, compared whole
// . They live on the core of the outgoing link and end with it. Pure.
//
// A SEND's clock starts when its last octet has left: until then it waits in the order of the octets. Then it waits in the order of
// deadlines, which is the same order: one constant. Those with Failure-Report: partial have a queue of their own, because no answer is
// their usual end: when the table is full, the oldest of them makes room.
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "msrp/tid.h"
#include "relay/report.h"

namespace relay {

// Of a request that is no SEND: where its response goes, and what it must say.
struct WayBack {
  base::LinkName origin;
  bool is_auth = false;    // with an Authorization header: a 401 counts against the link it came on
  msrp::PeerTid peer_tid;  // the id the peer gave
  std::string to_path;     // From-Path as received
  std::string passed;      // the URIs of ours in To-Path
};

// One for each SEND that is not answered yet: small, and what others need stands apart.
struct Transaction {
  enum class Queue : std::uint8_t { none, sending, clock, partial };

  msrp::MintedTid tid;
  bool live = false;
  bool is_send = false;
  bool partial = false;  // SEND with Failure-Report: partial
  Queue queue = Queue::none;
  ReportId report = no_report;        // SEND
  std::uint32_t before = UINT32_MAX;  // neighbours in its queue
  std::uint32_t after = UINT32_MAX;
  std::uint32_t uses = 0;  // of this slot: a late answer must not complete the next piece of the same chunk
  std::uint64_t end = 0;   // of the octets that the link has sent since it is there: with this one the request has left
  base::Instant deadline = base::Instant::never();
  std::unique_ptr<const WayBack> way_back;  // others
};

class Transactions {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint32_t slot_bits = msrp::MintedTid::low_bits;  // of the number in an id; the others count the uses of the slot
  static constexpr std::size_t live_max = std::size_t{1} << slot_bits;

  std::size_t live() const { return live_; }
  // nullptr: `limit` are live already (see oldest_partial()).
  Transaction* open(const msrp::TidFamily& family, std::size_t limit) {
    if (live_ >= limit || live_ >= live_max) return nullptr;
    std::uint32_t number = first_free_;
    if (number == none) {
      number = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      first_free_ = slots_[number].after;
    }
    ++live_;
    Transaction& transaction = slots_[number];
    const std::uint32_t uses = transaction.uses + 1;
    transaction.live = true;
    transaction.is_send = transaction.partial = false;
    transaction.report = no_report;
    transaction.deadline = base::Instant::never();
    transaction.end = 0;
    transaction.uses = uses;
    transaction.tid = msrp::MintedTid(family, uses << slot_bits | number);
    return &transaction;
  }
  // The live transaction with exactly this id, or nullptr.
  Transaction* find(std::string_view tid) {
    if (tid.size() != msrp::MintedTid::size) return nullptr;
    const std::size_t slot = msrp::MintedTid::low_bits_of(tid);
    if (slot >= slots_.size()) return nullptr;
    Transaction& transaction = slots_[slot];
    const bool same = std::memcmp(transaction.tid.octets().data(), tid.data(), msrp::MintedTid::size) == 0;
    return transaction.live && same ? &transaction : nullptr;
  }
  // Where it stands: two that are live never have the same one.
  std::uint32_t number_of(const Transaction& transaction) const { return static_cast<std::uint32_t>(&transaction - slots_.data()); }
  // The one with this number, which is live.
  Transaction& with_number(std::uint32_t number) { return slots_[number]; }
  // Its clock starts when the link has sent `end` octets; `end` must not fall.
  void start_when_sent(Transaction& transaction, std::uint64_t end) {
    transaction.end = end;
    append(transaction, Transaction::Queue::sending);
  }
  // The link has sent so many octets: the clocks of those that have left whole start. Deadlines must not fall.
  void sent(std::uint64_t octets, base::Instant deadline) {
    while (Transaction* first = first_of(Transaction::Queue::sending)) {
      if (first->end > octets) return;
      start(*first, deadline);
    }
  }
  // Starts its clock, or starts it anew: it goes to the end.
  void start(Transaction& transaction, base::Instant deadline) {
    unlink(transaction);
    transaction.deadline = deadline;
    append(transaction, transaction.partial ? Transaction::Queue::partial : Transaction::Queue::clock);
  }
  // Ends it; the caller has released what it holds.
  void close(Transaction& transaction) {
    unlink(transaction);
    transaction.live = false;
    transaction.way_back.reset();
    transaction.after = first_free_;
    first_free_ = number_of(transaction);
    --live_;
  }
  // The one whose deadline comes first; nullptr: no clock runs.
  Transaction* oldest() {
    Transaction* answered = first_of(Transaction::Queue::clock);
    Transaction* partial = oldest_partial();
    if (answered == nullptr) return partial;
    return partial == nullptr || answered->deadline <= partial->deadline ? answered : partial;
  }
  Transaction* oldest_partial() { return first_of(Transaction::Queue::partial); }
  template <class Visit>
  void each_live(Visit visit) {
    for (Transaction& transaction : slots_) {
      if (transaction.live) visit(transaction);
    }
  }

 private:
  struct List {
    std::uint32_t first = none;
    std::uint32_t last = none;
  };
  static constexpr std::size_t index(Transaction::Queue queue) { return static_cast<std::size_t>(queue) - 1; }
  Transaction* first_of(Transaction::Queue queue) {
    const std::uint32_t first = queues_[index(queue)].first;
    return first == none ? nullptr : &slots_[first];
  }
  void append(Transaction& transaction, Transaction::Queue queue) {
    List& list = queues_[index(queue)];
    transaction.queue = queue;
    transaction.before = list.last;
    transaction.after = none;
    (list.last == none ? list.first : slots_[list.last].after) = number_of(transaction);
    list.last = number_of(transaction);
  }
  void unlink(Transaction& transaction) {
    if (transaction.queue == Transaction::Queue::none) return;
    List& list = queues_[index(transaction.queue)];
    (transaction.before == none ? list.first : slots_[transaction.before].after) = transaction.after;
    (transaction.after == none ? list.last : slots_[transaction.after].before) = transaction.before;
    transaction.queue = Transaction::Queue::none;
  }

  std::vector<Transaction> slots_;
  std::uint32_t first_free_ = none;
  List queues_[3];
  std::size_t live_ = 0;
};

}  // namespace relay
