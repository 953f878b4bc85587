#pragma once
// What one link is to send, in the order in which it may: control frames (responses, REPORTs, all that is not SEND) before the send lanes,
// one lane per source link, in turn. Pure: it fills a queue of octets, the worker hands them to the ring.
//
// A piece of a chunk is begun, and resumed after "+", only when the chunk's end or more than interrupt_octets of its body are in hand, so
// everything begun can be cut at any moment (R-131, R-132). One octet is held back until the end is known: the last piece is never empty.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/buffer_pool.h"
#include "base/entropy.h"
#include "base/ids.h"
#include "base/time.h"
#include "msrp/head.h"
#include "msrp/tid.h"
#include "relay/counters.h"
#include "relay/report.h"
#include "relay/scratch.h"
#include "relay/segment_queue.h"
#include "relay/send.h"
#include "relay/transactions.h"

namespace relay {

// What an outbox borrows from its core.
struct OutboxContext {
  base::BufferPool& pool;
  Scratch& scratch;
  SendStore& sends;
  ReportRecords& reports;
  base::Entropy& entropy;
  Counters& counters;
  base::Instant now;
  base::Duration transaction_life{};
  std::size_t transactions_limit = 8192;
};

class Outbox {
 public:
  static constexpr std::size_t interrupt_octets = 2048;     // RFC 4975 7.1.1
  static constexpr std::size_t turn_octets = 16 * 1024;     // a lane's turn while other lanes wait
  static constexpr std::size_t whole_octets = 16 * 1024;    // a chunk that is in hand whole and not larger goes out as it came
  static constexpr std::size_t output_target = 256 * 1024;  // octets made ready for the ring at a time
  static constexpr std::size_t small_octets =
      4 * 1024;  // SendHead::small is for whole chunks up to this: who sends octets singly gets no block for each
  static constexpr std::size_t chunk_overhead = 1024;  // what a chunk that waits costs beside its body, about

  // Whole frames. False: the pool is exhausted.
  bool put_control(const OutboxContext& context, base::Slice frames) { return control_queue().append(std::move(frames), context.pool); }
  // The same with octets that have just been written to `scratch`.
  void put_control(Scratch& scratch, std::size_t octets) { scratch.commit(octets, control_queue()); }

  // A whole SEND that can go at once, in the form it came in: nothing waits before it. The share of `report` is taken. False: it cannot,
  // the share is still the caller's; begin() it.
  bool put_whole(const OutboxContext& context, Transactions& transactions, const SendHead& head, const msrp::TidFamily& family,
                 std::span<const base::Slice> body, msrp::ContinuationFlag flag, ReportId report);

  // The same with a head that is ready but for its transaction id (ReadySend::with); a body follows.
  bool put_ready(const OutboxContext& context, Transactions& transactions, std::string_view head, msrp::FailureReport failure_report,
                 const msrp::TidFamily& family, std::span<const base::Slice> body, msrp::ContinuationFlag flag, ReportId report);

  // A chunk whose body comes in parts. nullptr: the pool is exhausted. The pointer is good until finish() or the end of the link.
  Send* begin(const OutboxContext& context, const SendHead& head, base::LinkName source, const msrp::TidFamily& family, ReportId report);
  bool add(const OutboxContext& context, Send& send, base::Slice part);
  // `sender_lost`: the flag is ours (R-136); what has not begun to leave is forgotten.
  void finish(Send& send, msrp::ContinuationFlag flag, bool sender_lost);
  // No more of it goes on; nothing more is added. What is begun is closed with "#", unless `forget` and no piece is open.
  void stop(Send& send, bool forget);
  // The chunk that is answered for by this record, or nullptr.
  Send* find(ReportId report) const;
  // Nothing of any chunk here has left: all of them go on in `to`.
  void move_lanes(SendStore& store, Outbox& to);
  template <class Visit>  // visit(source)
  void each_source(Visit visit) const {
    for (const Lane* lane : lanes_) visit(lane->source);
  }
  // The octets that follow contain the ids made so far: what comes next goes out under a new family (R-017).
  void change_family(const OutboxContext& context, Transactions& transactions, Send& send, const msrp::TidFamily& family);

  // Moves what may go next into output(), up to output_target. Returns false when the pool is exhausted.
  bool fill(const OutboxContext& context, Transactions& transactions);
  SegmentQueue& output() { return output_; }
  // `octets` of output() have left: the clocks of the SENDs that end there start (R-105).
  void sent(const OutboxContext& context, Transactions& transactions, std::size_t octets) {
    output_.pop(octets);
    sent_ += octets;
    transactions.sent(sent_, context.now + context.transaction_life);
  }
  // All that has ever left, on the scale of Transaction::end.
  std::uint64_t sent() const { return sent_; }
  // The last fill() ended because transactions_per_link are unanswered.
  bool is_starved() const { return starved_; }
  // Copies what must wait out of scarce memory. False: the pool is exhausted.
  bool settle(const OutboxContext& context);
  // The same but for output(), which a send in flight may still name.
  bool settle_waiting(const OutboxContext& context);

  bool empty() const { return output_.empty() && control_.empty() && lanes_.empty(); }
  // Everything that is complete has left; chunks whose end has not come may be there.
  bool nothing_ready() const;
  std::size_t committed() const { return output_.octets() + control_.octets(); }
  std::size_t lane_octets(base::LinkName source) const;
  std::size_t octets() const;
  std::size_t lanes() const { return lanes_.size(); }
  bool has_lane(base::LinkName source) const { return find(source) != nullptr; }

  // The link has ended: every chunk that has not left whole. output() stays, a send in flight may name it.
  template <class Visit>
  void abandon_lanes(SendStore& store, Visit visit) {
    for (Lane* lane : lanes_) {
      while (Send* send = lane->first) {
        lane->first = send->next;
        visit(*send);
        store.give_back(*send);
      }
      store.give_back(*lane);
    }
    lanes_.clear();
    shared_fill_ = {};
    active_ = nullptr;
    control_.clear();
  }
  template <class Visit>
  void abandon(SendStore& store, Visit visit) {
    abandon_lanes(store, visit);
    output_.clear();
  }

 private:
  struct WholeSend {
    std::size_t head_octets_max = 0;
    bool has_body = true;
    msrp::FailureReport failure_report = msrp::FailureReport::yes;
    std::span<const base::Slice> body;
    msrp::ContinuationFlag flag = msrp::ContinuationFlag::end;
    ReportId report = no_report;
  };
  // Behind an open piece nothing may be written until fill() has closed it.
  SegmentQueue& control_queue() { return active_ == nullptr && control_.empty() ? output_ : control_; }
  template <class WriteHead>  // octets = write_head(room, tid)
  bool put(const OutboxContext& context, Transactions& transactions, const msrp::TidFamily& family, const WholeSend& send,
           WriteHead write_head);
  bool startable(const Lane& lane) const;
  bool is_behind(const Lane& lane) const;
  std::optional<base::LinkName> lane_with(std::uint64_t message) const;
  void take(Send& send, std::size_t octets);
  bool start_piece(const OutboxContext& context, Transactions& transactions, Send& send);
  bool end_piece(const OutboxContext& context, Transactions& transactions, Send& send, msrp::ContinuationFlag flag);
  bool yield(const OutboxContext& context, Transactions& transactions, Send& send);
  bool write_piece_head(const OutboxContext& context, const Send& send);
  bool start_next(const OutboxContext& context, Transactions& transactions);
  void retire_first(const OutboxContext& context);
  std::size_t allowance(const Send& send) const;
  Lane* find(base::LinkName source) const;
  // nullptr: the table is full. The transaction takes a share of `report` that the caller has; without one, for want of an answer that
  // is awaited, the number is Transactions::none.
  const msrp::MintedTid* open_transaction(const OutboxContext& context, Transactions& transactions, msrp::FailureReport failure_report,
                                          const msrp::TidFamily& family, ReportId report, std::uint32_t* number);

  SegmentQueue output_;
  std::uint64_t sent_ = 0;  // octets that have left output_
  SegmentQueue control_;
  Fill shared_fill_;          // heads, and small bodies, of chunks that wait
  std::vector<Lane*> lanes_;  // in turn: the first is active or next
  Send* active_ = nullptr;    // the chunk whose piece is open, in lanes_[0]
  bool starved_ = false;
  msrp::MintedTid unanswered_tid_;  // the last id that no response will name (Failure-Report: no), and how many there were
  std::uint32_t unanswered_ = 0;
};

}  // namespace relay
