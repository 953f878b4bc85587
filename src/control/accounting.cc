#include "control/accounting.h"

#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <utility>

#include "control/tls_files.h"

namespace control {
namespace {

using namespace std::chrono_literals;

// What is lost when this process is killed: so long at most.
constexpr auto tick_period = 250ms;
constexpr unsigned ticks_per_sync = 4;
// So much is written at once, without waiting for the tick.
constexpr std::size_t written_at_once = std::size_t{64} * 1024;
// A clock that has been set by less than that goes on: the times of one session stay as they were told.
constexpr std::int64_t wall_step_ns = 10'000'000;

std::int64_t nanoseconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}
base::Instant steady_now() { return base::Instant::from_nanoseconds(nanoseconds_of(CLOCK_MONOTONIC)); }

// "20260102T030405Z-4711": no two runs on this host have the same.
std::string name_of_run() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)) + "-" + std::to_string(getpid());
}

std::string_view name_of(relay::AccountEvent event) {
  switch (event) {
    case relay::AccountEvent::start: return "start";
    case relay::AccountEvent::interim: return "interim";
    case relay::AccountEvent::stop: return "stop";
  }
  return "";
}

std::string prefix_of(const config::Config& config) { return "msrp-relay-" + config.name + "-"; }

}  // namespace

std::string Accounting::folder_fault(const config::Config& config) {
  if (config.accounting.folder.empty()) return {};
  return AccountingFile::folder_fault(beside(config, config.accounting.folder));
}

AccountingFile::Shape Accounting::shape_of(const config::Config& config, const std::string& run) {
  const bool csv = config.accounting.format == config::AccountingFormat::csv;
  return {.folder = beside(config, config.accounting.folder),
          .name = prefix_of(config) + run,
          .extension = csv ? "csv" : "jsonl",
          .head = accounting_head(config.accounting.format),
          .mark = csv ? "# " : "",
          .rotate_octets = config.accounting.rotate_size,
          .rotate_after = config.accounting.rotate_time};
}

Accounting::Accounting(EventLoop& loop, Log& log, const config::Config& config, std::size_t cores)
    : log_(log), config_(config), run_(name_of_run()), file_(shape_of(config, run_)), lost_told_(cores) {
  close_left_over(shape_of(config, run_));
  tick_ = Watch::every(loop, tick_period, [this] {
    flush();
    if (++ticks_ % ticks_per_sync == 0) file_.sync();
    tell_fault();
  });
}

void Accounting::close_left_over(const AccountingFile::Shape& shape) {
  std::vector<std::string> faults;
  const auto read = [this](std::string_view line) { return place_of(line, config_.accounting.format); };
  const auto closed = AccountingFile::close_left_over(shape, prefix_of(config_), read, faults);
  for (const std::string& fault : faults) log_.write(LogLine(LogLevel::error, "accounting", "left over").with("reason", fault));
  for (const AccountingFile::LeftOver& left : closed) {
    log_.write(LogLine(LogLevel::warning, "accounting", "closed what a run that was killed has left")
                   .with("file", left.name)
                   .with("records", left.records)
                   .with("last_sequence", left.last_sequence));
    put_gap(std::nullopt, "crash: run " + left.run + " ended after sequence " + std::to_string(left.last_sequence) +
                              ", the records of its last second and the stops of its sessions are missing");
  }
}

base::WallTime Accounting::wall_time(base::Instant at) {
  const std::int64_t offset = nanoseconds_of(CLOCK_REALTIME) - nanoseconds_of(CLOCK_MONOTONIC);
  if (std::abs(offset - wall_offset_) > wall_step_ns) wall_offset_ = offset;
  return {at.nanoseconds() + wall_offset_};
}

void Accounting::take(const relay::AccountMail& mail, std::string_view text) {
  if (std::uint64_t& told = lost_told_.at(mail.core.value()); mail.lost > told) {
    missing_ += mail.lost - told;
    put_gap(mail.lost - told, "overload: core " + std::to_string(mail.core.value()) + " had more records than it may keep");
    told = mail.lost;
  }
  const config::Listen& listen = config_.listens.at(mail.listener.value());
  AccountingRecord record;
  record.time = wall_time(mail.at);
  record.event = name_of(mail.event);
  record.session = session_handle({mail.session.data(), mail.session.size()});
  record.user = text.substr(0, mail.user_octets);
  record.realm = listen.realm;
  record.listener = listen.name;
  record.client = mail.client.to_string();
  record.peers = text.substr(mail.user_octets);
  record.peers_left_out = mail.peers_left_out;
  record.started = wall_time(mail.began);
  record.duration = mail.at - mail.began;
  record.numbers = mail.numbers;
  record.tls_version = transport::name(mail.tls_version);
  if (mail.tls_version != transport::TlsVersion::none) record.tls_cipher = transport::suite_name(mail.tls_suite);
  if (mail.event == relay::AccountEvent::stop) record.termination.assign(mail.termination.data(), mail.termination.size());
  put(record);
  if (file_.waiting() >= written_at_once && !failing_) flush();
}

bool Accounting::put_line(AccountingRecord& record) {
  record.node = config_.name;
  record.run = run_;
  record.sequence = sequence_ + 1;
  if (!file_.add(accounting_line(record, config_.accounting.format), record.sequence)) return false;
  ++sequence_;
  return true;
}

// Where some were refused the file says so before it goes on.
void Accounting::put(AccountingRecord& record) {
  if (refused_ > 0) {
    AccountingRecord gap;
    gap.event = gap_event;
    gap.time = wall_time(steady_now());
    gap.missing = refused_;
    gap.reason = "disk: nothing more could be kept for a folder that could not be written";
    if (put_line(gap)) refused_ = 0;
  }
  if (refused_ == 0 && put_line(record)) return;
  ++refused_;
  ++missing_;
}

void Accounting::put_gap(std::optional<std::uint64_t> missing, std::string reason) {
  AccountingRecord gap;
  gap.event = gap_event;
  gap.time = wall_time(steady_now());
  gap.missing = missing;
  gap.reason = std::move(reason);
  put(gap);
}

void Accounting::flush() {
  (void)file_.flush(steady_now());
  tell_fault();
}

// Once when it begins and once when it is over.
void Accounting::tell_fault() {
  const bool fails = !file_.fault().empty();
  if (fails == std::exchange(failing_, fails)) return;
  if (fails) {
    log_.write(LogLine(LogLevel::error, "accounting", "records cannot be written, they wait").with("reason", file_.fault()));
  } else {
    log_.write(LogLine(LogLevel::info, "accounting", "records are written again").with("missing", missing_));
  }
}

void Accounting::close() {
  tick_ = Watch();
  // What was refused last has no record behind it that would say so.
  if (refused_ > 0) {
    const std::uint64_t missing = std::exchange(refused_, 0);
    (void)file_.flush(steady_now());
    put_gap(missing, "disk: nothing more could be kept for a folder that could not be written");
  }
  file_.close(steady_now());
  if (file_.waiting() > 0) {
    log_.write(
        LogLine(LogLevel::error, "accounting", "records were not written").with("octets", file_.waiting()).with("reason", file_.fault()));
  }
}

}  // namespace control
