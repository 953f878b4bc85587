#pragma once
// Chunks on their way out, in lanes: what an Outbox keeps of each, and where a core keeps them for use again.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "msrp/head.h"
#include "msrp/tid.h"
#include "relay/report.h"
#include "relay/segment_queue.h"
#include "relay/transactions.h"

namespace relay {

// A SEND as it goes on: what its head says after the move of our URIs.
struct SendHead {
  std::string_view headers;  // To-Path to the last header, without Byte-Range: msrp::write_forwarded_headers
  std::size_t before = 0;    // of which this much stands before Byte-Range
  bool has_body = false;
  std::optional<msrp::ByteRange> range;  // as received
  msrp::FailureReport failure_report = msrp::FailureReport::yes;
  bool small = false;         // all of it is here, and it is little: it shares blocks with others while it waits
  std::uint64_t message = 0;  // of session and Message-ID: the same for chunks of the same message; 0: none
};

struct Lane;

// One incoming SEND chunk on its way out.
struct Send {
  msrp::TidFamily family;
  SegmentQueue head;
  std::size_t before = 0;
  bool has_body = false;
  bool has_range = false;
  msrp::ByteRange range;
  msrp::FailureReport failure_report = msrp::FailureReport::yes;
  ReportId report = no_report;
  bool small = false;
  std::uint64_t message = 0;
  SegmentQueue body;
  Lane* lane = nullptr;
  Send* next = nullptr;  // behind it in its lane
  bool ended = false;
  bool sender_lost = false;
  bool forgotten = false;  // the next hop wants no more of it: not even the "#" that would close what has gone (413, R-092)
  msrp::ContinuationFlag flag = msrp::ContinuationFlag::end;
  std::uint64_t sent = 0;      // body octets that have left in all pieces
  std::uint64_t in_piece = 0;  // in the piece that is open
  bool piece_open = false;
  bool cut = false;  // a piece has gone out already
  std::uint32_t transaction = Transactions::none;
  msrp::MintedTid tid;
};

// The chunks of one source, oldest first.
struct Lane {
  base::LinkName source;
  Send* first = nullptr;
  Send* last = nullptr;
  std::size_t count = 0;
  std::size_t octets = 0;  // of bodies that wait
  // Its first chunk goes on with a message that another lane has begun: not before that one has brought all it has of it (R-141).
  std::optional<base::LinkName> behind;
};

// One core's, for all its links. What was used is used again with the memory it has: in the steady state nothing is allocated.
class SendStore {
 public:
  Send& take_send() {
    if (free_sends_.empty()) {
      sends_.push_back(std::make_unique<Send>());
      free_sends_.reserve(sends_.size());
      free_sends_.push_back(sends_.back().get());
    }
    Send& send = *free_sends_.back();
    free_sends_.pop_back();
    return send;
  }
  void give_back(Send& send) {
    SegmentQueue head = std::move(send.head);
    SegmentQueue body = std::move(send.body);
    head.recycle();
    body.recycle();
    send = Send();
    send.head = std::move(head);
    send.body = std::move(body);
    free_sends_.push_back(&send);
  }
  Lane& take_lane(base::LinkName source) {
    if (free_lanes_.empty()) {
      lanes_.push_back(std::make_unique<Lane>());
      free_lanes_.reserve(lanes_.size());
      free_lanes_.push_back(lanes_.back().get());
    }
    Lane& lane = *free_lanes_.back();
    free_lanes_.pop_back();
    lane.source = source;
    return lane;
  }
  void give_back(Lane& lane) {
    lane = Lane();
    free_lanes_.push_back(&lane);
  }
  // Lent to SegmentQueue::settle().
  SegmentQueue spare;
  std::size_t sends_out() const { return sends_.size() - free_sends_.size(); }

 private:
  std::vector<std::unique_ptr<Send>> sends_;
  std::vector<Send*> free_sends_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Lane*> free_lanes_;
};

}  // namespace relay
