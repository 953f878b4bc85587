#include "blaster/sender.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "blaster/chance.h"
#include "blaster/message_id.h"
#include "msrp/status.h"

namespace blaster {
namespace {

// RFC 4975 section 7.1.1: a chunk of more octets may be interrupted, and says so with "*" for its end.
constexpr std::uint64_t interruptible_above = 2048;
// Bodies up to this size are copied behind their head: one piece costs the kernel less than two.
constexpr std::uint64_t copied_up_to = 1024;
constexpr std::uint64_t piece_octets = 64 * 1024;
constexpr std::uint64_t transactions_max = 1024;
constexpr std::string_view start_line = "MSRP ";
constexpr std::string_view end_line = "\r\n-------";
constexpr std::size_t range_room = 64;

char* copy(char* to, std::string_view octets) {
  octets.copy(to, octets.size());
  return to + octets.size();
}

char* write_number(char* to, std::uint64_t number) { return std::to_chars(to, to + 20, number).ptr; }

}  // namespace

Sender::Sender(std::uint32_t pair, const SendSettings& settings, const Content& content, Ledger& ledger, base::Entropy& entropy)
    : pair_(pair),
      id_(pair),
      settings_(settings),
      content_(content),
      ledger_(ledger),
      family_(msrp::TidFamily::mint(entropy)),
      success_below_(bound_of(settings.reports.success)),
      no_below_(bound_of(settings.reports.failure_no)),
      partial_below_(bound_of(settings.reports.failure_no + settings.reports.failure_partial)),
      scheduled_(pair) {}

void Sender::prepare(std::string_view to_path, std::string_view from_path) {
  before_id_ = " SEND\r\nTo-Path: ";
  before_id_.append(to_path).append("\r\nFrom-Path: ").append(from_path).append("\r\nMessage-ID: ");
  std::size_t longest_before = 0, longest_after = 0;
  for (std::uint32_t reports = 0; reports < report_variants; ++reports) {
    std::string& text = before_range_[reports];
    text = "\r\n";
    if ((reports & success) != 0) text += "Success-Report: yes\r\n";
    if ((reports & failure_no) != 0) text += "Failure-Report: no\r\n";
    if ((reports & failure_partial) != 0) text += "Failure-Report: partial\r\n";
    text += "Byte-Range: ";
    longest_before = std::max(longest_before, text.size());
  }
  after_range_.clear();
  for (const Kind& kind : content_.kinds()) {
    after_range_.push_back("\r\nContent-Type: " + kind.content_type + "\r\n\r\n");
    longest_after = std::max(longest_after, after_range_.back().size());
  }
  head_size_ =
      start_line.size() + msrp::MintedTid::size + before_id_.size() + MessageId::size + longest_before + range_room + longest_after;

  const std::uint64_t chunk = settings_.chunk > 0 ? settings_.chunk : std::max<std::uint64_t>(content_.size(), 1);
  const std::uint64_t chunks = std::min(content_.size() / chunk + 1, transactions_max);
  transactions_.resize(std::bit_ceil(std::min(chunks * ledger_.window(), std::max<std::uint64_t>(transactions_max, ledger_.window()))));
}

std::uint32_t Sender::draw_reports(std::uint64_t number) const {
  std::uint32_t reports = 0;
  if (success_below_ > 0 && drawn(pair_, number, Draw::success_report) < success_below_) reports |= success;
  if (partial_below_ == 0) return reports;
  const std::uint32_t chance = drawn(pair_, number, Draw::failure_report);
  if (chance < no_below_) return reports | failure_no;
  return chance < partial_below_ ? reports | failure_partial : reports;
}

// False: none may begin now.
bool Sender::begin_message(base::Instant now) {
  if (left_ == 0 || !ledger_.has_room()) return false;
  base::Instant begun = now;
  if (settings_.schedule != nullptr) {
    begun = started_ + settings_.schedule->due(scheduled_);
    if (begun > now) return false;
    scheduled_ += settings_.pairs;
  }
  if (left_ != UINT64_MAX) --left_;
  current_ = &ledger_.begin(begun);
  if (current_->number != id_.number()) id_.advance();
  const Content::Shape shape = content_.shape_of(pair_, current_->number);
  current_->size = shape.size;
  kind_ = shape.kind;
  reports_ = draw_reports(current_->number);
  current_->report_due = (reports_ & success) != 0;
  offset_ = 0;
  return true;
}

[[gnu::flatten]] void Sender::fill(Outbox& outbox, base::Instant now) {
  has_more_ = false;
  while (true) {
    if (outbox.size() >= outbox_octets) {
      has_more_ = true;
      return;
    }
    if (in_chunk_) {
      write_body(outbox);
      if (offset_ == chunk_end_) end_chunk(outbox);
      continue;
    }
    if (current_ == nullptr && !begin_message(now)) return;
    if (current_->spoilt)
      give_up_current();
    else if (!begin_chunk(outbox))
      return;
  }
}

// False: too many responses are awaited.
bool Sender::begin_chunk(Outbox& outbox) {
  Transaction& transaction = transactions_[next_number_ & (transactions_.size() - 1)];
  if (transaction.under_way) return false;
  const std::uint64_t rest = current_->size - offset_;
  const std::uint64_t body = settings_.chunk > 0 ? std::min(rest, settings_.chunk) : rest;
  tid_ = msrp::MintedTid(family_, next_number_);
  if ((reports_ & (failure_no | failure_partial)) == 0) {
    transaction = {.number = next_number_, .under_way = true, .message = current_->number};
    ++current_->unanswered;
  }
  ++next_number_;
  ++ledger_.tally().frames_sent;
  chunk_end_ = offset_ + body;
  in_chunk_ = true;
  write_head(outbox, body);
  if (offset_ == chunk_end_) end_chunk(outbox);
  return true;
}

void Sender::write_head(Outbox& outbox, std::uint64_t body) {
  char* const begin = outbox.reserve(head_size_ + copied_up_to);
  char* to = copy(begin, start_line);
  to = copy(to, tid_.octets());
  to = copy(to, before_id_);
  to = copy(to, id_.text());
  to = copy(to, before_range_[reports_]);
  to = write_number(to, offset_ + 1);
  *to++ = '-';
  if (body > interruptible_above && !settings_.known_range)
    *to++ = '*';
  else
    to = write_number(to, offset_ + body);
  *to++ = '/';
  to = write_number(to, current_->size);
  // Without a body there is no type either (RFC 4975 section 9).
  to = copy(to, current_->size > 0 ? std::string_view(after_range_[kind_]) : std::string_view("\r\n"));
  if (body <= copied_up_to && body > 0) {
    const std::string_view octets = content_.at(pair_, current_->number, offset_, body);
    if (octets.size() == body) {
      to = copy(to, octets);
      offset_ += body;
      if (watcher_ != nullptr) watcher_->passed(octets);
    }
  }
  outbox.wrote(static_cast<std::size_t>(to - begin));
}

// Octets of the chunk in hand, as many as the outbox should hold.
void Sender::write_body(Outbox& outbox) {
  while (offset_ < chunk_end_ && outbox.size() < outbox_octets) {
    const std::string_view octets = content_.at(pair_, current_->number, offset_, std::min(chunk_end_ - offset_, piece_octets));
    outbox.refer(octets);
    if (watcher_ != nullptr) watcher_->passed(octets);
    offset_ += octets.size();
  }
}

void Sender::end_chunk(Outbox& outbox) {
  const bool whole = offset_ == current_->size;
  // Without a body nothing stands between the headers and the end-line (RFC 4975 section 9).
  const std::string_view line = current_->size > 0 ? end_line : end_line.substr(2);
  char* const begin = outbox.reserve(end_line.size() + msrp::MintedTid::size + 3);
  char* to = copy(begin, line);
  to = copy(to, tid_.octets());
  *to++ = whole ? '$' : '+';
  to = copy(to, "\r\n");
  outbox.wrote(static_cast<std::size_t>(to - begin));
  in_chunk_ = false;
  if (!whole) return;
  if (current_->spoilt) return give_up_current();
  Message& message = *current_;
  current_ = nullptr;
  message.all_sent = true;
  ledger_.settle(message);
}

std::uint64_t Sender::abandon() {
  current_ = nullptr;
  in_chunk_ = has_more_ = false;
  return std::exchange(left_, 0);
}

void Sender::give_up_current() {
  ledger_.give_up(*current_);
  current_ = nullptr;
}

// The transaction of a response, no longer under way; nullptr when nothing waits for it.
Sender::Transaction* Sender::complete(std::string_view tid) {
  const auto number = msrp::MintedTid::transaction_of(tid);
  if (!number || transactions_.empty() || !tid.starts_with(family_.prefix())) return nullptr;
  Transaction& transaction = transactions_[*number & (transactions_.size() - 1)];
  if (!transaction.under_way || transaction.number != *number) return nullptr;
  transaction.under_way = false;
  return &transaction;
}

void Sender::on_response(const msrp::Head& head) {
  Tally& tally = ledger_.tally();
  Transaction* const transaction = complete(head.transaction_id);
  if (transaction == nullptr) {
    // A response that nothing waits for: the second to one request, or to a request that wanted none.
    return tally.count(msrp::is_success(head.status_code) ? Fault::duplicated : Fault::refused);
  }
  if (head.status_code == msrp::status_ok) {
    repeat_middle_ = head.octets.substr(std::min(head.octets.size(), start_line.size() + msrp::MintedTid::size));
    repeat_middle_ += "-------";
  }
  Message* const message = ledger_.find(transaction->message);
  if (message == nullptr) return;
  CHECK(message->unanswered > 0);
  --message->unanswered;
  if (head.status_code == msrp::status_ok) return ledger_.settle(*message);
  tally.count(Fault::refused);
  tally.last_refusal = head.status_code;
  ledger_.spoil(*message);
}

[[gnu::flatten]] std::size_t Sender::repeat_response(std::string_view octets) {
  constexpr std::size_t tid_size = msrp::MintedTid::size;
  const std::size_t total = start_line.size() + 2 * tid_size + repeat_middle_.size() + 3;
  if (repeat_middle_.empty() || octets.size() < total || !octets.starts_with(start_line)) return 0;
  const std::string_view tid = octets.substr(start_line.size(), tid_size);
  const std::size_t end_at = start_line.size() + tid_size + repeat_middle_.size();
  if (!octets.substr(start_line.size() + tid_size).starts_with(repeat_middle_) || !octets.substr(end_at).starts_with(tid) ||
      !octets.substr(end_at + tid_size).starts_with("$\r\n"))
    return 0;
  const Transaction* const transaction = complete(tid);
  if (transaction == nullptr) return 0;
  Message* const message = ledger_.find(transaction->message);
  if (message == nullptr) return total;
  CHECK(message->unanswered > 0);
  --message->unanswered;
  ledger_.settle(*message);
  return total;
}

void Sender::on_report(const msrp::Head& head) {
  Tally& tally = ledger_.tally();
  const auto id = head.message_id ? parse_message_id(*head.message_id) : std::nullopt;
  if (!id || id->pair != pair_ || !head.status) return tally.count(Fault::corrupted);
  // "000 200 OK": the code behind the namespace.
  const std::string_view code = head.status->size() >= 7 ? head.status->substr(4, 3) : std::string_view();
  std::uint16_t number = 0;
  std::from_chars(code.data(), code.data() + code.size(), number);
  Message* const message = ledger_.find(id->number);
  if (msrp::is_success(number)) {
    ++tally.success_reports;
    if (message == nullptr) return;
    message->report_due = false;
    return ledger_.settle(*message);
  }
  tally.count(Fault::reported);
  tally.last_refusal = number;
  if (message != nullptr) ledger_.spoil(*message);
}

}  // namespace blaster
