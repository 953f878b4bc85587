#pragma once
// The requests that one link has sent and that wait for a response: looked up by the number in our own transaction id, compared whole
// . They live on the core of the outgoing link and end with it. Pure.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "msrp/tid.h"
#include "relay/report.h"

namespace relay {

struct Transaction {
  msrp::MintedTid tid;
  bool live = false;
  bool is_send = false;
  bool is_auth = false;         // with an Authorization header: a 401 counts against the link it came on
  std::uint8_t moved = 0;       // own URIs that the request passed
  ReportId report = no_report;  // SEND
  base::LinkName origin;        // others: where the response goes, with the id the peer gave
  msrp::PeerTid peer_tid;
  base::Instant deadline = base::Instant::never();
  std::uint32_t before = UINT32_MAX;  // neighbours in the order of deadlines
  std::uint32_t after = UINT32_MAX;
  std::uint32_t uses = 0;  // of this slot: a late answer must not complete the next piece of the same chunk
};

class Transactions {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint32_t slot_bits = 20;  // of the number in an id; the others count the uses of the slot
  static constexpr std::size_t live_max = std::size_t{1} << slot_bits;

  std::size_t live() const { return live_; }
  // nullptr: `limit` are live already.
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
    transaction = {};
    transaction.live = true;
    transaction.uses = uses;
    transaction.tid = msrp::MintedTid(family, uses << slot_bits | number);
    return &transaction;
  }
  // The live transaction with exactly this id, or nullptr.
  Transaction* find(std::string_view tid) {
    const auto number = msrp::MintedTid::transaction_of(tid);
    if (!number) return nullptr;
    const std::size_t slot = *number & (live_max - 1);
    if (slot >= slots_.size()) return nullptr;
    Transaction& transaction = slots_[slot];
    return transaction.live && transaction.tid.octets() == tid ? &transaction : nullptr;
  }
  // Starts its clock; deadlines must not fall (one constant: [timers] transaction).
  void start(Transaction& transaction, base::Instant deadline) {
    transaction.deadline = deadline;
    transaction.before = last_;
    transaction.after = none;
    (last_ == none ? first_ : slots_[last_].after) = number_of(transaction);
    last_ = number_of(transaction);
  }
  // Ends it; the caller has released what it holds.
  void close(Transaction& transaction) {
    if (!transaction.deadline.is_never()) unlink(transaction);
    transaction.live = false;
    transaction.after = first_free_;
    first_free_ = number_of(transaction);
    --live_;
  }
  // The one whose deadline comes first; nullptr: no clock runs.
  Transaction* oldest() { return first_ == none ? nullptr : &slots_[first_]; }
  template <class Visit>
  void each_live(Visit visit) {
    for (Transaction& transaction : slots_) {
      if (transaction.live) visit(transaction);
    }
  }

 private:
  std::uint32_t number_of(const Transaction& transaction) const { return static_cast<std::uint32_t>(&transaction - slots_.data()); }
  void unlink(Transaction& transaction) {
    (transaction.before == none ? first_ : slots_[transaction.before].after) = transaction.after;
    (transaction.after == none ? last_ : slots_[transaction.after].before) = transaction.before;
  }

  std::vector<Transaction> slots_;
  std::uint32_t first_free_ = none;
  std::uint32_t first_ = none;
  std::uint32_t last_ = none;
  std::size_t live_ = 0;
};

}  // namespace relay
