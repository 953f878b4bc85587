#pragma once
// What the cores tell of their sessions, as records in files (docs/accounting.md). Runs on the control thread: a slow disk delays records,
// never a core.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "control/accounting_file.h"
#include "control/accounting_record.h"
#include "control/event_loop.h"
#include "control/log.h"
#include "relay/mail.h"

namespace control {

class Accounting {
 public:
  // Closes what a run before has left. [accounting] folder is set, and folder_fault() has found nothing.
  Accounting(EventLoop& loop, Log& log, const config::Config& config, std::size_t cores);
  Accounting(const Accounting&) = delete;
  Accounting& operator=(const Accounting&) = delete;

  // Why no files can be made there; empty: they can, or none are wanted.
  static std::string folder_fault(const config::Config& config);

  // `text`: user and peers.
  void take(const relay::AccountMail& mail, std::string_view text);
  // The end of the last file.
  void close();

  std::uint64_t records() const { return sequence_; }
  std::uint64_t missing() const { return missing_; }
  std::size_t waiting() const { return file_.waiting(); }
  bool failing() const { return failing_; }

 private:
  static AccountingFile::Shape shape_of(const config::Config& config, const std::string& run);
  void close_left_over(const AccountingFile::Shape& shape);
  void put(AccountingRecord& record);
  bool put_line(AccountingRecord& record);
  void put_gap(std::optional<std::uint64_t> missing, std::string reason);
  void flush();
  void tell_fault();
  base::WallTime wall_time(base::Instant at);

  Log& log_;
  const config::Config& config_;
  std::string run_;
  AccountingFile file_;
  std::uint64_t sequence_ = 0;
  std::uint64_t missing_ = 0;             // records, in all
  std::uint64_t refused_ = 0;             // of these, since the file took one
  std::vector<std::uint64_t> lost_told_;  // [core]
  bool failing_ = false;
  std::int64_t wall_offset_ = 0;
  unsigned ticks_ = 0;
  Watch tick_;
};

}  // namespace control
