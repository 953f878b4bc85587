#pragma once
// What TLS of the whole process is made of now: files, ticket keys. Cores get theirs from here, at start and when something changes.
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/entropy.h"
#include "control/log.h"
#include "control/tls_files.h"

namespace control {

class TlsKeeper {
 public:
  static constexpr auto ticket_keys_live = std::chrono::hours(1);

  // `keeps_traffic_secrets`: links change keys after they have left for the kernel.
  TlsKeeper(const config::Config& config, TlsRead read, base::Entropy& entropy, bool keeps_traffic_secrets);

  // For one core. What it is made of has been checked.
  transport::CoreTls make() const;
  // Files again: false when a fault keeps the old ones in force; the log says which.
  bool read_again(Log& log);
  // Have they been written since they were read last?
  bool files_changed();
  // A new key in front; the oldest falls out.
  void rotate_tickets();
  const std::shared_ptr<const transport::TicketKeys>& tickets() const { return tickets_; }
  // A line for each certificate; those that end soon are warnings.
  void log_days_left(Log& log) const;
  const std::vector<TlsRead::Expiry>& expiries() const { return read_.expiries; }

 private:
  const config::Config& config_;
  base::Entropy& entropy_;
  TlsRead read_;
  std::uint64_t stamp_;
  transport::Group first_group_;
  bool keeps_traffic_secrets_;
  std::shared_ptr<const transport::TicketKeys> tickets_;
};

}  // namespace control
