#include "blaster/receiver.h"

#include <charconv>
#include <cstring>

#include "blaster/message_id.h"
#include "blaster/paths.h"

namespace blaster {

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
  const bool total_is_right = !head.byte_range || !head.byte_range->total || *head.byte_range->total == content_.size();
  if (offset != message->arrived || !total_is_right) {
    tally.count(Fault::corrupted);
    return nullptr;
  }
  return message;
}

void Receiver::head(const msrp::Head& head) {
  tid_ = msrp::PeerTid(head.transaction_id);
  wants_answer_ = head.failure_report == msrp::FailureReport::yes;
  wants_report_ = head.success_report;
  answer_to_path_ = head.from_path.first().octets();  // RFC 4975 section 7.2: the previous hop alone
  check_paths(head);
  message_ = message_of(head);
  if (message_ != nullptr) {
    number_ = message_->number;
    offset_ = message_->arrived;
  }
}

void Receiver::part(std::string_view octets) {
  ledger_.tally().octets_delivered += octets.size();
  if (watcher_ != nullptr) watcher_->passed(octets);
  if (message_ == nullptr) return;
  if (!content_.matches(pair_, number_, offset_, octets)) {
    ledger_.tally().count(Fault::corrupted);
    message_ = nullptr;
    return;
  }
  offset_ += octets.size();
}

void Receiver::end(msrp::ContinuationFlag flag, Outbox& outbox, base::Instant now) {
  ++ledger_.tally().frames_delivered;
  if (wants_answer_) answer(outbox);
  if (message_ == nullptr) return;
  Message& message = *message_;
  message_ = nullptr;
  // Given up while its last chunk was on its way: nobody waits for it any more.
  if (ledger_.find(number_) != &message) return;
  message.arrived = offset_;
  switch (flag) {
    case msrp::ContinuationFlag::more: return;
    case msrp::ContinuationFlag::abort: return ledger_.tally().count(Fault::aborted);
    case msrp::ContinuationFlag::end:
      if (message.arrived != content_.size()) return ledger_.tally().count(Fault::corrupted);
      if (wants_report_) report(outbox, message);
      return ledger_.deliver(message, now);
  }
}

void Receiver::answer(Outbox& outbox) {
  const std::string_view tid = tid_.octets();
  const auto copy = [](char* to, std::string_view octets) {
    std::memcpy(to, octets.data(), octets.size());
    return to + octets.size();
  };
  char* const begin = outbox.reserve(128 + 2 * tid.size() + answer_to_path_.size() + own_uri_.size());
  char* to = copy(begin, "MSRP ");
  to = copy(to, tid);
  to = copy(to, " 200 OK\r\nTo-Path: ");
  to = copy(to, answer_to_path_);
  to = copy(to, "\r\nFrom-Path: ");
  to = copy(to, own_uri_);
  to = copy(to, "\r\n-------");
  to = copy(to, tid);
  to = copy(to, "$\r\n");
  outbox.wrote(static_cast<std::size_t>(to - begin));
}

// RFC 4975 section 7.1.3: the whole From-Path, the whole message.
void Receiver::report(Outbox& outbox, const Message& message) {
  char id[MessageId::size];
  write_message_id(id, {pair_, message.number});
  const std::string size = std::to_string(content_.size());
  // Its own transaction id: no response will name it.
  const std::string tid = "report" + std::string(id + MessageId::pair_digits + 1, MessageId::number_digits);
  outbox.put("MSRP " + tid + " REPORT\r\nTo-Path: " + from_path_ + "\r\nFrom-Path: " + own_uri_ + "\r\nMessage-ID: " +
             std::string(id, sizeof id) + "\r\nByte-Range: 1-" + size + "/" + size + "\r\nStatus: 000 200 OK\r\n-------" + tid + "$\r\n");
}

}  // namespace blaster
