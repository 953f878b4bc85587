#include "blaster/receiver.h"

#include <charconv>
#include <cstring>

#include "blaster/message_id.h"
#include "blaster/paths.h"

namespace blaster {
namespace {

constexpr std::string_view start = "MSRP ";
constexpr std::string_view end_line = "\r\n-------";
// Longer ones cost so much for their octets that the framer's share is small.
constexpr std::uint64_t repeated_body_max = 16 * 1024;

}  // namespace

void Receiver::prepare(std::string_view own_uri, std::string_view from_path) {
  own_uri_ = own_uri;
  from_path_ = from_path;
}

void Receiver::check_paths(const msrp::Head& head) {
  if (head.to_path.value != own_uri_ || head.from_path.value != from_path_) ledger_.tally().count(Fault::misaddressed);
}

// The message that the frame continues, or nullptr with the fault counted.
Message* Receiver::message_of(const msrp::Head& head) {
  Tally& tally = ledger_.tally();
  const auto id = head.message_id ? parse_message_id(*head.message_id) : std::nullopt;
  if (!id || id->pair != pair_ || !ledger_.was_begun(id->number)) {
    tally.count(Fault::corrupted);
    return nullptr;
  }
  const std::uint64_t offset = head.byte_range ? head.byte_range->start.value() - 1 : 0;
  Message* const message = ledger_.find(id->number);
  if (message == nullptr || message->delivered || offset < message->arrived) {
    tally.count(Fault::duplicated);
    return nullptr;
  }
  const bool total_is_right = !head.byte_range || !head.byte_range->total || *head.byte_range->total == message->size;
  if (!total_is_right) {
    tally.count(Fault::corrupted);
    return nullptr;
  }
  if (offset > message->arrived) {
    message->has_gap = true;
    return nullptr;
  }
  if (message->has_gap) {
    tally.count(Fault::misordered);
    ledger_.spoil(*message);
    return nullptr;
  }
  if (offset == 0) take_turn(id->number);
  return message;
}

// Messages of a session begin to arrive in the order in which they were sent; one that never comes is lost, not misordered.
void Receiver::take_turn(std::uint64_t number) {
  if (number < next_.number()) return ledger_.tally().count(Fault::misordered);
  next_.jump_to(number + 1);
}

// Remembers a SEND that is right in every way, so that the next one need only be compared.
void Receiver::learn(const msrp::Head& head) {
  repeat_before_id_.clear();
  if (message_ == nullptr || message_->arrived != 0 || !content_.is_uniform() || content_.is_file() ||
      content_.size() > repeated_body_max || content_.size() == 0)
    return;
  const bool whole = head.byte_range && head.byte_range->end == content_.size();
  if (!whole || head.to_path.value != own_uri_ || head.from_path.value != from_path_) return;
  const std::size_t tid_end = start.size() + head.transaction_id.size();
  const auto id = static_cast<std::size_t>(head.message_id->data() - head.octets.data());
  repeat_before_id_ = head.octets.substr(tid_end, id - tid_end);
  repeat_after_id_ = head.octets.substr(id + MessageId::size);
  repeat_after_id_ += "\r\n";
}

void Receiver::head(const msrp::Head& head) {
  tid_ = msrp::PeerTid(head.transaction_id);
  wants_answer_ = head.failure_report == msrp::FailureReport::yes;
  wants_report_ = head.success_report;
  // RFC 4975 section 7.2: the previous hop alone.
  if (const std::string_view to = head.from_path.first().octets(); answer_middle_.empty() || to != answer_to_path_) {
    answer_to_path_ = to;
    answer_middle_ = " 200 OK\r\nTo-Path: " + answer_to_path_ + "\r\nFrom-Path: " + own_uri_ + "\r\n-------";
  }
  check_paths(head);
  message_ = message_of(head);
  is_spoilt_ = false;
  learn(head);
  if (message_ != nullptr) {
    number_ = message_->number;
    offset_ = message_->arrived;
  }
}

void Receiver::part(std::string_view octets) {
  ledger_.tally().octets_delivered += octets.size();
  if (watcher_ != nullptr) watcher_->passed(octets);
  if (message_ == nullptr || is_spoilt_) return;
  if (octets.size() > message_->size - offset_ || !content_.matches(pair_, number_, offset_, octets)) {
    ledger_.tally().count(Fault::corrupted);
    is_spoilt_ = true;
    return;
  }
  offset_ += octets.size();
}

void Receiver::end(msrp::ContinuationFlag flag, Outbox& outbox, base::Instant now) {
  Tally& tally = ledger_.tally();
  ++tally.frames_delivered;
  if (wants_answer_) answer(outbox, tid_.octets());
  if (message_ == nullptr) return;
  Message& message = *message_;
  message_ = nullptr;
  // Given up while its last chunk was on its way: nobody waits for it any more.
  if (ledger_.find(number_) != &message) return;
  if (is_spoilt_) return ledger_.spoil(message);
  message.arrived = offset_;
  switch (flag) {
    case msrp::ContinuationFlag::more: return;
    case msrp::ContinuationFlag::abort: tally.count(Fault::aborted); return ledger_.spoil(message);
    case msrp::ContinuationFlag::end: break;
  }
  if (message.arrived != message.size) {
    tally.count(Fault::corrupted);
    return ledger_.spoil(message);
  }
  if (wants_report_) report(outbox, message);
  ledger_.deliver(message, now);
}

[[gnu::flatten]] std::size_t Receiver::repeat(std::string_view octets, Outbox& outbox, base::Instant now) {
  if (repeat_before_id_.empty()) return 0;
  const std::size_t tid_size = tid_.octets().size();
  const std::size_t id_at = start.size() + tid_size + repeat_before_id_.size();
  const std::size_t body_at = id_at + MessageId::size + repeat_after_id_.size();
  const std::size_t end_at = body_at + content_.size();
  const std::size_t total = end_at + end_line.size() + tid_size + 3;
  if (octets.size() < total || !octets.starts_with(start)) return 0;
  const std::string_view tid = octets.substr(start.size(), tid_size);
  const bool is_like_the_last = octets.substr(start.size() + tid_size).starts_with(repeat_before_id_) &&
                                octets.substr(id_at + MessageId::size).starts_with(repeat_after_id_) &&
                                octets.substr(end_at).starts_with(end_line) && octets.substr(end_at + end_line.size()).starts_with(tid) &&
                                octets.substr(total - 3).starts_with("$\r\n");
  if (!is_like_the_last) return 0;
  if (octets.substr(id_at, MessageId::size) != next_.text()) return 0;
  Message* const message = ledger_.find(next_.number());
  if (message == nullptr || message->delivered || message->arrived != 0) return 0;
  if (!content_.matches(pair_, message->number, 0, octets.substr(body_at, content_.size()))) return 0;

  Tally& tally = ledger_.tally();
  ++tally.frames_delivered;
  tally.octets_delivered += content_.size();
  if (wants_answer_) answer(outbox, tid);
  if (wants_report_) report(outbox, *message);
  message->arrived = content_.size();
  next_.advance();
  ledger_.deliver(*message, now);
  return total;
}

void Receiver::answer(Outbox& outbox, std::string_view tid) {
  const auto copy = [](char* to, std::string_view octets) {
    octets.copy(to, octets.size());
    return to + octets.size();
  };
  char* const begin = outbox.reserve(start.size() + 2 * tid.size() + answer_middle_.size() + 3);
  char* to = copy(begin, start);
  to = copy(to, tid);
  to = copy(to, answer_middle_);
  to = copy(to, tid);
  to = copy(to, "$\r\n");
  outbox.wrote(static_cast<std::size_t>(to - begin));
}

// RFC 4975 section 7.1.3: the whole From-Path, the whole message.
void Receiver::report(Outbox& outbox, const Message& message) {
  char id[MessageId::size];
  write_message_id(id, {pair_, message.number});
  const std::string size = std::to_string(message.size);
  // Its own transaction id: no response will name it.
  const std::string tid = "report" + std::string(id + MessageId::pair_digits + 1, MessageId::number_digits);
  outbox.put("MSRP " + tid + " REPORT\r\nTo-Path: " + from_path_ + "\r\nFrom-Path: " + own_uri_ + "\r\nMessage-ID: " +
             std::string(id, sizeof id) + "\r\nByte-Range: 1-" + size + "/" + size + "\r\nStatus: 000 200 OK\r\n-------" + tid + "$\r\n");
}

}  // namespace blaster
