#include "control/tls_keeper.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "control/control_thread.h"

namespace control {
namespace {

// Lists and statuses are made anew by a machine, most of them every few days.
constexpr std::int64_t days_of_warning = 14, days_of_warning_of_lists = 1;

const char* name_of(TlsRead::Kind kind) {
  switch (kind) {
    case TlsRead::Kind::certificate: return "certificate";
    case TlsRead::Kind::revocation_list: return "revocation list";
    case TlsRead::Kind::status: return "OCSP response";
  }
  return "";
}

std::chrono::sys_seconds today() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

}  // namespace

TlsKeeper::TlsKeeper(const config::Config& config, TlsRead read, base::Entropy& entropy, bool keeps_traffic_secrets)
    : config_(config),
      entropy_(entropy),
      read_(std::move(read)),
      stamp_(tls_files_stamp(config)),
      first_group_(transport::faster_group()),
      keeps_traffic_secrets_(keeps_traffic_secrets) {
  CHECK(read_.files != nullptr);
  rotate_tickets();
}

transport::CoreTls TlsKeeper::make() const {
  transport::TlsOptions options;
  options.first_group = first_group_;
  options.tickets = tickets_;
  options.keep_traffic_secrets = keeps_traffic_secrets_;
  auto made = transport::CoreTls::make(*read_.files, options);
  CHECK(made && "checked when it was read");
  return std::move(*made);
}

bool TlsKeeper::read_again(Log& log) {
  stamp_ = tls_files_stamp(config_);
  TlsRead read = read_tls_files(config_, today());
  log_faults(log, "tls", read.faults);
  if (read.files == nullptr) {
    log.write(LogLine(LogLevel::error, "tls", "not read again, the old certificates stay"));
    return false;
  }
  read_ = std::move(read);
  return true;
}

bool TlsKeeper::files_changed() { return tls_files_stamp(config_) != stamp_; }

void TlsKeeper::rotate_tickets() {
  auto keys = std::make_shared<transport::TicketKeys>();
  transport::TicketKeys::Key fresh;
  entropy_.fill(fresh.name);
  entropy_.fill(fresh.secret);
  keys->keys.push_back(fresh);
  if (tickets_ != nullptr) {
    const std::size_t kept = std::min(tickets_->keys.size(), transport::TicketKeys::window - 1);
    keys->keys.insert(keys->keys.end(), tickets_->keys.begin(), tickets_->keys.begin() + static_cast<std::ptrdiff_t>(kept));
  }
  tickets_ = std::move(keys);
}

void TlsKeeper::log_days_left(Log& log) const {
  for (const TlsRead::Expiry& expiry : read_.expiries) {
    const std::int64_t days = days_left(expiry.not_after, today());
    const bool soon = days < (expiry.kind == TlsRead::Kind::certificate ? days_of_warning : days_of_warning_of_lists);
    log.write(
        LogLine(soon ? LogLevel::warning : LogLevel::info, "tls", name_of(expiry.kind)).with("file", expiry.file).with("days_left", days));
  }
}

}  // namespace control
