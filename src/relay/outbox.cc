#include "relay/outbox.h"

#include <algorithm>
#include <cstring>

#include "msrp/writer.h"
#include "relay/ready_send.h"

namespace relay {
namespace {

constexpr std::size_t small_copy = 1024;  // bodies up to this are copied beside their head: one piece costs less than two
constexpr std::size_t line_room = 256;    // a start line, a Byte-Range line, an end-line

bool copies_body(std::span<const base::Slice> body) {
  std::size_t octets = 0;
  for (const base::Slice& slice : body) octets += slice.size;
  return octets <= small_copy;
}

}  // namespace

const msrp::MintedTid* Outbox::open_transaction(const OutboxContext& context, Transactions& transactions,
                                                msrp::FailureReport failure_report, const msrp::TidFamily& family, ReportId report,
                                                std::uint32_t* number) {
  *number = Transactions::none;
  if (failure_report == msrp::FailureReport::no) {
    CHECK(report == no_report);
    unanswered_tid_ = msrp::MintedTid(family, unanswered_++);
    return &unanswered_tid_;
  }
  Transaction* transaction = transactions.open(family, context.transactions_limit);
  if (transaction == nullptr) {
    // Silence is the usual end of a partial one: the oldest makes room.
    if (Transaction* oldest = transactions.oldest_partial()) {
      context.reports.release(oldest->report);
      transactions.close(*oldest);
      transaction = transactions.open(family, context.transactions_limit);
    }
  }
  if (transaction == nullptr) {
    ++context.counters.transactions_full;
    return nullptr;
  }
  transaction->is_send = true;
  transaction->partial = failure_report == msrp::FailureReport::partial;
  transaction->report = report;
  *number = transactions.number_of(*transaction);
  return &transaction->tid;
}

// A frame that is begun must be ended: the room for all of it is reserved at first, and sharing a lease takes none.
template <class WriteHead>
bool Outbox::put(const OutboxContext& context, Transactions& transactions, const msrp::TidFamily& family, const WholeSend& send,
                 WriteHead write_head) {
  if (!lanes_.empty() || !control_.empty() || output_.octets() > output_target) return false;
  const bool copied = copies_body(send.body);
  const std::span<char> room = context.scratch.reserve(send.head_octets_max + line_room + (copied ? small_copy : 0));
  if (room.empty()) return false;
  std::uint32_t number = 0;
  const msrp::MintedTid* const tid = open_transaction(context, transactions, send.failure_report, family, send.report, &number);
  if (tid == nullptr) return false;

  std::size_t octets = write_head(room, *tid);
  CHECK(octets <= send.head_octets_max);
  msrp::Writer writer(room.subspan(octets));
  if (copied) {
    for (const base::Slice& slice : send.body) writer.put(slice.view());
  } else {
    context.scratch.commit(octets, output_);
    for (const base::Slice& slice : send.body) {
      const bool shared = output_.append(slice, context.pool);
      CHECK(shared);
    }
    octets = 0;
  }
  msrp::write_end_line(writer, *tid, send.flag, send.has_body);
  CHECK(writer.good());
  context.scratch.commit(octets + writer.size(), output_);
  if (number != Transactions::none) transactions.start_when_sent(transactions.with_number(number), sent_ + output_.octets());
  ++context.counters.frames_out;
  return true;
}

bool Outbox::put_whole(const OutboxContext& context, Transactions& transactions, const SendHead& head, const msrp::TidFamily& family,
                       std::span<const base::Slice> body, msrp::ContinuationFlag flag, ReportId report) {
  const WholeSend send{head.headers.size() + line_room, head.has_body, head.failure_report, body, flag, report};
  return put(context, transactions, family, send, [&](std::span<char> room, const msrp::MintedTid& tid) {
    msrp::Writer writer(room);
    msrp::write_request_line(writer, tid, "SEND");
    writer.put(head.headers.substr(0, head.before));
    if (head.range) msrp::write_byte_range(writer, *head.range);
    writer.put(head.headers.substr(head.before));
    if (head.has_body) writer.put("\r\n");
    CHECK(writer.good());
    return writer.size();
  });
}

bool Outbox::put_ready(const OutboxContext& context, Transactions& transactions, std::string_view head, msrp::FailureReport failure_report,
                       const msrp::TidFamily& family, std::span<const base::Slice> body, msrp::ContinuationFlag flag, ReportId report) {
  const WholeSend send{head.size(), true, failure_report, body, flag, report};
  return put(context, transactions, family, send, [&](std::span<char> room, const msrp::MintedTid& tid) {
    std::memcpy(room.data(), head.data(), head.size());
    std::memcpy(room.data() + ReadySend::tid_at, tid.octets().data(), msrp::MintedTid::size);
    return head.size();
  });
}

Lane* Outbox::find(base::LinkName source) const {
  const auto found = std::find_if(lanes_.begin(), lanes_.end(), [&](const Lane* lane) { return lane->source == source; });
  return found == lanes_.end() ? nullptr : *found;
}

Send* Outbox::begin(const OutboxContext& context, const SendHead& head, base::LinkName source, const msrp::TidFamily& family,
                    ReportId report) {
  Send* send = &context.sends.take_send();
  if (!send->head.append_copy(head.headers, context.pool, shared_fill_)) {
    context.sends.give_back(*send);
    return nullptr;
  }
  send->family = family;
  send->before = head.before;
  send->has_body = head.has_body;
  send->has_range = head.range.has_value();
  if (head.range) send->range = *head.range;
  send->failure_report = head.failure_report;
  send->report = report;
  send->small = head.small;
  send->message = head.message;
  Lane* lane = find(source);
  if (lane == nullptr) {
    lane = &context.sends.take_lane(source);
    const bool goes_on = head.range && head.range->start.value() > 1;
    if (goes_on && !lanes_.empty()) lane->behind = lane_with(head.message);
    lanes_.push_back(lane);
  }
  send->lane = lane;
  (lane->last == nullptr ? lane->first : lane->last->next) = send;
  lane->last = send;
  ++lane->count;
  return send;
}

bool Outbox::add(const OutboxContext& context, Send& send, base::Slice part) {
  const std::size_t octets = part.size;
  const bool shares = send.small && !part.lease;
  const bool good =
      shares ? send.body.append_copy(part.view(), context.pool, shared_fill_) : send.body.append(std::move(part), context.pool);
  if (!good) return false;
  send.lane->octets += octets;
  return true;
}

void Outbox::take(Send& send, std::size_t octets) {
  send.body.move_to(output_, octets);
  send.lane->octets -= octets;
  send.sent += octets;
  send.in_piece += octets;
}

void Outbox::finish(Send& send, msrp::ContinuationFlag flag, bool sender_lost) {
  send.ended = true;
  send.sender_lost = sender_lost;
  send.flag = flag;
}

void Outbox::stop(Send& send, bool forget) {
  finish(send, msrp::ContinuationFlag::abort, true);
  send.forgotten = forget;
  // A last piece is never empty: of what waits, one octet stays to be closed with "#".
  const std::size_t kept = send.piece_open ? 0 : std::min<std::size_t>(send.body.octets(), 1);
  send.lane->octets -= send.body.octets() - kept;
  send.body.drop_behind(kept);
}

Send* Outbox::find(ReportId report) const {
  for (const Lane* lane : lanes_) {
    for (Send* send = lane->first; send != nullptr; send = send->next) {
      if (send->report == report) return send;
    }
  }
  return nullptr;
}

void Outbox::move_lanes(SendStore& store, Outbox& to) {
  for (Lane* lane : lanes_) {
    Lane* there = to.find(lane->source);
    if (there == nullptr) {
      to.lanes_.push_back(lane);
      continue;
    }
    for (Send* send = lane->first; send != nullptr; send = send->next) send->lane = there;
    there->last->next = lane->first;
    there->last = lane->last;
    there->count += lane->count;
    there->octets += lane->octets;
    store.give_back(*lane);
  }
  lanes_.clear();
  shared_fill_ = {};
}

void Outbox::change_family(const OutboxContext& context, Transactions& transactions, Send& send, const msrp::TidFamily& family) {
  ++context.counters.collisions;
  if (send.piece_open) {
    // What was handed over before is still free of the old ids; it goes out under them, all but the octet that keeps the next piece from
    // being empty.
    if (send.body.octets() > 1) take(send, send.body.octets() - 1);
    end_piece(context, transactions, send, msrp::ContinuationFlag::more);
    active_ = nullptr;
  }
  send.family = family;
}

bool Outbox::startable(const Lane& lane) const {
  const Send& send = *lane.first;
  return (send.ended || send.body.octets() > interrupt_octets) && !is_behind(lane);
}

// The next hop before us has moved the message to another of its links: what came by the first one is still here.
std::optional<base::LinkName> Outbox::lane_with(std::uint64_t message) const {
  if (message == 0) return std::nullopt;
  for (const Lane* lane : lanes_) {
    for (const Send* send = lane->first; send != nullptr; send = send->next) {
      if (send->message == message) return lane->source;
    }
  }
  return std::nullopt;
}

bool Outbox::is_behind(const Lane& lane) const {
  if (!lane.behind) return false;
  const Lane* const other = find(*lane.behind);
  if (other == nullptr) return false;
  for (const Send* send = other->first; send != nullptr; send = send->next) {
    if (send->message == lane.first->message) return true;
  }
  return false;
}

bool Outbox::write_piece_head(const OutboxContext& context, const Send& send) {
  const bool whole = send.ended && send.body.octets() <= whole_octets;
  const std::span<char> room = context.scratch.reserve(send.head.octets() + 2 * line_room);
  if (room.empty()) return false;
  msrp::Writer writer(room);
  msrp::write_request_line(writer, send.tid, "SEND");
  // The template lies in pool blocks; it is put together here around its Byte-Range.
  const std::size_t line = writer.size();
  send.head.copy_to(room.data() + line);
  std::array<char, 96> range_text{};
  msrp::Writer range_writer(range_text);
  if (send.has_body && !(whole && !send.cut && !send.has_range)) {
    msrp::ByteRange range = send.range;
    range.start = range.start.advanced_by(send.sent);
    if (!whole) {
      range.end.reset();
    } else if (send.cut) {
      range.end = range.start.value() + send.body.octets() - 1;
    }
    msrp::write_byte_range(range_writer, range);
  } else if (send.has_range) {
    msrp::write_byte_range(range_writer, send.range);
  }
  const std::string_view range_line = range_writer.written();
  const std::size_t after = send.head.octets() - send.before;
  std::memmove(room.data() + line + send.before + range_line.size(), room.data() + line + send.before, after);
  std::memcpy(room.data() + line + send.before, range_line.data(), range_line.size());
  std::size_t size = line + send.head.octets() + range_line.size();
  if (send.has_body) {
    std::memcpy(room.data() + size, "\r\n", 2);
    size += 2;
  }
  return output_.append(context.scratch.commit(size), context.pool);
}

bool Outbox::start_piece(const OutboxContext& context, Transactions& transactions, Send& send) {
  const msrp::MintedTid* const tid =
      open_transaction(context, transactions, send.failure_report, send.family, send.report, &send.transaction);
  if (tid == nullptr) {
    starved_ = true;
    return false;
  }
  if (send.transaction != Transactions::none) context.reports.share(send.report);
  send.tid = *tid;
  if (!write_piece_head(context, send)) {
    if (send.transaction != Transactions::none) {
      context.reports.release(send.report);
      transactions.close(*transactions.find(tid->octets()));
    }
    return false;
  }
  if (send.cut) ++context.counters.chunks_cut;
  send.piece_open = true;
  send.in_piece = 0;
  active_ = &send;
  return true;
}

bool Outbox::end_piece(const OutboxContext& context, Transactions& transactions, Send& send, msrp::ContinuationFlag flag) {
  const std::span<char> room = context.scratch.reserve(line_room);
  if (room.empty()) return false;
  msrp::Writer writer(room);
  msrp::write_end_line(writer, send.tid.octets(), flag, send.has_body);
  if (!output_.append(context.scratch.commit(writer.size()), context.pool)) return false;
  if (send.transaction != Transactions::none) {
    // The answer may be here already (a 413 in mid-chunk): then there is no clock to start.
    if (Transaction* transaction = transactions.find(send.tid.octets()))
      transactions.start_when_sent(*transaction, sent_ + output_.octets());
  }
  send.piece_open = false;
  send.cut = true;
  ++context.counters.frames_out;
  return true;
}

// The first chunk of the first lane is done with.
void Outbox::retire_first(const OutboxContext& context) {
  Lane& lane = *lanes_.front();
  Send& send = *lane.first;
  active_ = nullptr;
  lane.first = send.next;
  --lane.count;
  context.reports.release(send.report);
  context.sends.give_back(send);
  // The next lane's turn.
  if (lane.first == nullptr) {
    context.sends.give_back(lane);
    lanes_.erase(lanes_.begin());
    if (lanes_.empty()) shared_fill_ = {};
  } else {
    std::rotate(lanes_.begin(), lanes_.begin() + 1, lanes_.end());
  }
}

bool Outbox::start_next(const OutboxContext& context, Transactions& transactions) {
  for (std::size_t tried = 0; tried < lanes_.size(); ++tried) {
    Lane& lane = *lanes_.front();
    Send& send = *lane.first;
    if (startable(lane)) {
      lane.behind.reset();
      // A chunk whose sender was lost before anything of it left: nobody needs to hear of it.
      if (send.sender_lost && (!send.cut || send.forgotten)) {
        send.lane->octets -= send.body.octets();
        retire_first(context);
        return true;
      }
      return start_piece(context, transactions, send);
    }
    std::rotate(lanes_.begin(), lanes_.begin() + 1, lanes_.end());
  }
  return false;
}

// Octets that the open piece may still carry before it yields: responses and REPORTs wait least (R-131), other sessions a turn (R-132).
std::size_t Outbox::allowance(const Send& send) const {
  std::size_t limit = SIZE_MAX;
  const bool others = std::any_of(lanes_.begin() + 1, lanes_.end(), [&](const Lane* lane) { return startable(*lane); });
  if (others) limit = turn_octets;
  if (!control_.empty()) limit = interrupt_octets;
  return limit == SIZE_MAX ? limit : limit - std::min<std::size_t>(send.in_piece, limit);
}

// The open piece ends with "+"; the other lanes have their turn before it goes on.
bool Outbox::yield(const OutboxContext& context, Transactions& transactions, Send& send) {
  if (!end_piece(context, transactions, send, msrp::ContinuationFlag::more)) return false;
  active_ = nullptr;
  std::rotate(lanes_.begin(), lanes_.begin() + 1, lanes_.end());
  return true;
}

bool Outbox::fill(const OutboxContext& context, Transactions& transactions) {
  starved_ = false;
  while (output_.octets() < output_target) {
    if (active_ == nullptr) {
      if (!control_.empty()) {
        control_.move_to(output_, control_.octets());
        continue;
      }
      if (lanes_.empty() || !start_next(context, transactions)) break;
      continue;
    }
    Send& send = *active_;
    const bool interruptible = !(send.ended && send.body.octets() <= whole_octets);
    const std::size_t allowed = interruptible ? allowance(send) : SIZE_MAX;
    if (allowed == 0) {
      if (!yield(context, transactions, send)) return false;
      continue;
    }
    const std::size_t in_hand = send.ended ? send.body.octets() : send.body.octets() - std::min<std::size_t>(send.body.octets(), 1);
    std::size_t octets = in_hand;
    if (interruptible) {
      octets = std::min(octets, output_target - output_.octets());
      octets = std::min(octets, allowed);
    }
    take(send, octets);
    if (send.ended && send.body.empty()) {
      if (!end_piece(context, transactions, send, send.flag)) return false;
      retire_first(context);
    } else if (octets == 0) {
      // Its sender has stalled. Whoever waits behind it need not (R-131, R-132).
      if (allowed == SIZE_MAX) break;
      if (!yield(context, transactions, send)) return false;
    }
  }
  return true;
}

bool Outbox::settle_waiting(const OutboxContext& context) {
  bool good = control_.settle(context.pool, context.sends.spare);
  for (Lane* lane : lanes_) {
    for (Send* send = lane->first; send != nullptr; send = send->next) {
      SegmentQueue& spare = context.sends.spare;
      const bool settled = send->small ? send->body.settle(context.pool, spare, shared_fill_) : send->body.settle(context.pool, spare);
      good = settled && good;
    }
  }
  return good;
}

bool Outbox::settle(const OutboxContext& context) {
  const bool good = output_.settle(context.pool, context.sends.spare);
  return settle_waiting(context) && good;
}

// Behind the first each chunk that waits costs something, whatever its size: that counts, or small ones would use up the pool.
std::size_t Outbox::lane_octets(base::LinkName source) const {
  const Lane* lane = find(source);
  return lane == nullptr ? 0 : lane->octets + (lane->count - 1) * chunk_overhead;
}

std::size_t Outbox::octets() const {
  std::size_t sum = committed();
  for (const Lane* lane : lanes_) sum += lane->octets;
  return sum;
}

bool Outbox::nothing_ready() const {
  if (!output_.empty() || !control_.empty()) return false;
  return std::none_of(lanes_.begin(), lanes_.end(), [&](const Lane* lane) { return lane->first->ended && !is_behind(*lane); });
}

}  // namespace relay
