#pragma once
// One party's sending side: writes SEND requests as the window allows and takes their responses and REPORTs (RFC 4975 section 7.1, RFC 4976
// section 5.2). Pure: octets go to an Outbox, time is an argument.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.h"
#include "base/time.h"
#include "blaster/content.h"
#include "blaster/ledger.h"
#include "blaster/message_id.h"
#include "blaster/outbox.h"
#include "blaster/schedule.h"
#include "msrp/head.h"
#include "msrp/tid.h"

namespace blaster {

// Which share of the messages asks for what (0 to 1). The rest asks for no success report and for failure reports, as RFC 4975 section
// 7.1.1 has it where nothing is said.
struct ReportMix {
  double success = 0;          // Success-Report: yes
  double failure_no = 0;       // Failure-Report: no
  double failure_partial = 0;  // Failure-Report: partial
};

// What is the same for all senders of a run.
struct SendSettings {
  std::uint64_t chunk = 0;   // most octets of body per SEND; 0: a message is one chunk
  bool known_range = false;  // chunks of any size name their last octet; without it those above 2048 octets say "*" (RFC 4975 7.1.1)
  ReportMix reports{};
  // Open loop: messages begin when this says so, and their latency counts from then. It outlives the senders. nullptr: as the window lets.
  const Schedule* schedule = nullptr;
  std::uint32_t pairs = 1;  // that share the schedule
};

// Told of the octets as they leave, in order; for the checksum of a file.
class ContentWatcher {
 public:
  virtual ~ContentWatcher() = default;
  virtual void passed(std::string_view octets) = 0;
};

class Sender {
 public:
  // What is given lives as long as this. `ledger` is the pair's.
  Sender(std::uint32_t pair, const SendSettings& settings, const Content& content, Ledger& ledger, base::Entropy& entropy);

  // Both parties know their paths. Called once, before fill().
  void prepare(std::string_view to_path, std::string_view from_path);
  void watch(ContentWatcher* watcher) { watcher_ = watcher; }
  // This many messages from now on; UINT64_MAX: until stop().
  void allow(std::uint64_t messages) { left_ = messages; }
  // Begins no further message; what was begun is sent to its end.
  void stop() { left_ = 0; }
  // The schedule counts from here. Called once, before the first fill() that may write.
  void start(base::Instant now) { started_ = now; }

  // Writes what window and allowance let through, until the outbox holds about outbox_octets. The time is that of messages begun.
  void fill(Outbox& outbox, base::Instant now);
  // Only the outbox's bound kept fill() from writing on.
  bool has_more() const { return has_more_; }
  // The link is gone: forgets what it was about to send. Returns how many messages of the allowance were never begun.
  std::uint64_t abandon();

  void on_response(const msrp::Head& head);
  // As Receiver::repeat(): a response like the last 200 but for its transaction id, to a request that waits for one.
  std::size_t repeat_response(std::string_view octets);
  void on_report(const msrp::Head& head);

  static constexpr std::size_t outbox_octets = 256 * 1024;

 private:
  struct Transaction {
    std::uint32_t number = 0;
    bool under_way = false;
    std::uint64_t message = 0;
  };

  Transaction* complete(std::string_view tid);
  bool begin_chunk(Outbox& outbox);
  void write_head(Outbox& outbox, std::uint64_t body);
  void write_body(Outbox& outbox);
  void end_chunk(Outbox& outbox);
  void give_up_current();
  bool begin_message(base::Instant now);
  std::uint32_t draw_reports(std::uint64_t number) const;

  std::uint32_t pair_;
  MessageIdCounter id_;  // of the current message
  const SendSettings& settings_;
  const Content& content_;
  Ledger& ledger_;
  ContentWatcher* watcher_ = nullptr;
  msrp::TidFamily family_;

  // Report headers are told by a number: 1 for a success report, and 2 or 4 for Failure-Report no or partial.
  static constexpr std::uint32_t success = 1, failure_no = 2, failure_partial = 4, report_variants = 6;

  // A head is `before_id_` Message-ID, of before_range_ what its reports want, Byte-Range, and of after_range_ what its kind wants, behind
  // "MSRP " and the transaction id.
  std::string before_id_;
  std::array<std::string, report_variants> before_range_;
  std::vector<std::string> after_range_;
  std::size_t head_size_ = 0;

  std::string repeat_middle_;  // of the last 200, between its two transaction ids; empty: none yet

  std::uint64_t left_ = 0;
  bool has_more_ = false;
  base::Instant started_;
  std::uint64_t success_below_ = 0, no_below_ = 0, partial_below_ = 0;  // bounds of what is drawn
  std::uint64_t scheduled_ = 0;                                         // where in the schedule the next message stands
  std::uint32_t kind_ = 0, reports_ = 0;                                // of the current message
  Message* current_ = nullptr;                                          // not yet sent to its end
  std::uint64_t offset_ = 0;                                            // in the current message
  std::uint64_t chunk_end_ = 0;                                         // of the chunk that is being written
  bool in_chunk_ = false;
  std::uint32_t next_number_ = 0;
  msrp::MintedTid tid_;  // of the chunk that is being written
  std::vector<Transaction> transactions_;
};

}  // namespace blaster
