#include "control/control_thread.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "control/core_log.h"
#include "control/needs_restart.h"
#include "control/read_file.h"
#include "control/users.h"
#include "rules/rule_set.h"

namespace control {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t configuration_bytes_max = 16UL * 1024 * 1024;
// What a core may need beyond the grace it was given.
constexpr base::Duration stop_margin = 5s;

bool any_error(const std::vector<config::Fault>& faults) {
  return std::any_of(faults.begin(), faults.end(), [](const config::Fault& fault) { return !fault.warning; });
}

}  // namespace

void log_faults(Log& log, std::string_view area, const std::vector<config::Fault>& faults) {
  for (const config::Fault& fault : faults) {
    log.write(LogLine(fault.warning ? LogLevel::warning : LogLevel::error, area, "fault").with("at", config::to_string(fault)));
  }
}

ControlThread::ControlThread(EventLoop& loop, Log& log, ring::PostOffice& post, ring::Wakeups& wakeups, const config::Config& config,
                             const config::Host& host, std::shared_ptr<const rules::RuleSet> rules, TlsKeeper& tls)
    : loop_(loop),
      log_(log),
      post_(post),
      config_(config),
      host_(host),
      mail_(post, wakeups),
      questions_(loop, mail_),
      resolver_(loop, {.hosts = config.dns_hosts, .servers = config.dns_servers, .below = arc4random_uniform}),
      counters_(post.cores()),
      told_(post.cores(), false),
      tls_(tls),
      rule_book_(post.cores()),
      stopped_(post.cores(), false),
      running_(post.cores()) {
  rule_book_.use(std::move(rules), rules_version_);
  if (!config.accounting.folder.empty()) accounting_ = std::make_unique<Accounting>(loop, log, config, post.cores());
  const base::CoreId self = post.control();
  wake_ = Watch::on_descriptor(loop, wakeups.event_descriptor(self), Watch::What::readable, [&wakeups, self] { wakeups.drain(self); });
  every_second_ = Watch::every(loop, 1s, [this] { log_.flush(); });
  every_ten_seconds_ = Watch::every(loop, 10s, [this] {
    ask_counters();
    look_at_tls();
  });
  every_hour_ = Watch::every(loop, TlsKeeper::ticket_keys_live, [this] {
    if (stops_asked_ != 0) return;
    tls_.rotate_tickets();
    tls_.log_days_left(log_);
    for (std::size_t core = 0; core < post_.cores(); ++core) {
      auto tickets = std::make_unique<std::shared_ptr<const transport::TicketKeys>>(tls_.tickets());
      mail_.post(base::CoreId(static_cast<std::uint16_t>(core)), relay::TicketsMail{tickets.release()});
    }
  });
}

bool ControlThread::run() {
  while (running_ != 0 && !too_late_) {
    mail_.flush();
    const bool more = mail_.drain([this](base::CoreId from, std::string_view record) { take(from, record); });
    if (running_ == 0) break;
    if (more) {
      loop_.run_once(false);
      continue;
    }
    const bool may_sleep = post_.prepare_to_sleep(post_.control());
    loop_.run_once(may_sleep);
    post_.woke_up(post_.control());
  }
  // What the last of them had to say.
  while (mail_.drain([this](base::CoreId from, std::string_view record) { take(from, record); })) {
  }
  if (accounting_) accounting_->close();
  log_.flush();
  return running_ == 0;
}

void ControlThread::stop() {
  ++stops_asked_;
  const base::Duration grace = stops_asked_ == 1 ? config_.timers.shutdown : base::Duration{};
  log_.write(LogLine(LogLevel::info, "control", stops_asked_ == 1 ? "stopping" : "stopping at once")
                 .with("grace_s", std::chrono::duration_cast<std::chrono::seconds>(grace).count()));
  mail_.post_all(relay::StopMail{grace});
  stop_limit_ = Watch::once(loop_, grace + stop_margin, [this] {
    for (std::size_t core = 0; core < stopped_.size(); ++core) {
      if (!stopped_[core]) log_.write(LogLine(LogLevel::error, "control", "core did not stop in time").with("core", core));
    }
    too_late_ = true;
  });
}

void ControlThread::take(base::CoreId from, std::string_view record) {
  std::string_view rest;
  switch (relay::mail_kind(record)) {
    case relay::MailKind::log: {
      const auto mail = relay::read_mail<relay::LogMail>(record, rest);
      return log_.write(line_of(mail, rest));
    }
    case relay::MailKind::resolve: {
      const auto mail = relay::read_mail<relay::ResolveMail>(record, rest);
      return resolve(mail, rest);
    }
    case relay::MailKind::counters: {
      const auto mail = relay::read_mail<relay::CountersMail>(record, rest);
      return take_counters(mail, rest);
    }
    case relay::MailKind::stopped: return take_stopped(from);
    case relay::MailKind::done: return take_done(relay::read_mail<relay::DoneMail>(record, rest));
    case relay::MailKind::rule_hits: {
      const auto mail = relay::read_mail<relay::RuleHitsMail>(record, rest);
      return rule_book_.take(mail, rest);
    }
    case relay::MailKind::account: {
      const auto mail = relay::read_mail<relay::AccountMail>(record, rest);
      if (accounting_) accounting_->take(mail, rest);
      return;
    }
    case relay::MailKind::list: return questions_.take(relay::read_mail<relay::ListMail>(record, rest).question, record);
    case relay::MailKind::kicked: return questions_.take(relay::read_mail<relay::KickedMail>(record, rest).question, record);
    case relay::MailKind::begin:
    case relay::MailKind::part:
    case relay::MailKind::end:
    case relay::MailKind::fence:
    case relay::MailKind::octets:
    case relay::MailKind::pause:
    case relay::MailKind::resume:
    case relay::MailKind::gone:
    case relay::MailKind::carried:
    case relay::MailKind::stopped_message:
    case relay::MailKind::fence_back:
    case relay::MailKind::failure:
    case relay::MailKind::users:
    case relay::MailKind::tls:
    case relay::MailKind::tickets:
    case relay::MailKind::rules:
    case relay::MailKind::use_rules:
    case relay::MailKind::stop:
    case relay::MailKind::resolved:
    case relay::MailKind::ask_counters:
    case relay::MailKind::ask_list:
    case relay::MailKind::kick:
    case relay::MailKind::drain:
    case relay::MailKind::bans: break;
  }
  CHECK(false && "mail for a core in the control thread's lane");
}

void ControlThread::take_counters(const relay::CountersMail& mail, std::string_view octets) {
  const std::uint64_t lost = counters_.take(mail, octets);
  if (lost != 0) {
    log_.write(LogLine(LogLevel::warning, "log", std::to_string(lost) + " log records lost").with("core", mail.core.value()));
  }
  told_.at(mail.core.value()) = true;
  if (std::find(told_.begin(), told_.end(), false) == told_.end()) call_readers();
}

bool ControlThread::with_counters(std::function<void()> call) {
  if (counter_readers_.size() >= counter_readers_max) return false;
  counter_readers_.push_back(std::move(call));
  if (counter_readers_.size() > 1) return true;
  told_.assign(post_.cores(), false);
  answer_limit_ = Watch::once(loop_, answer_limit, [this] { call_readers(); });
  ask_counters();
  return true;
}

void ControlThread::call_readers() {
  if (counter_readers_.empty()) return;
  answer_limit_ = Watch();
  for (const auto& call : std::exchange(counter_readers_, {})) call();
}

void ControlThread::drain(std::optional<base::Duration> within) {
  draining_ = within.has_value();
  mail_.post_all(relay::DrainMail{draining_, within.value_or(base::Duration{})});
}

void ControlThread::ban(const std::vector<base::IpAddress>& addresses) {
  if (stops_asked_ != 0) return;  // nobody would own the lists
  const auto list = std::make_shared<const std::vector<base::IpAddress>>(addresses);
  for (std::size_t core = 0; core < post_.cores(); ++core) {
    auto mine = std::make_unique<std::shared_ptr<const std::vector<base::IpAddress>>>(list);
    mail_.post(base::CoreId(static_cast<std::uint16_t>(core)), relay::BansMail{mine.release()});
  }
}

void ControlThread::take_stopped(base::CoreId core) {
  if (stopped_.at(core.value())) return;
  stopped_[core.value()] = true;
  --running_;
  log_.write(LogLine(LogLevel::info, "control", "core stopped").with("core", core.value()));
}

void ControlThread::resolve(const relay::ResolveMail& mail, std::string_view host) {
  const auto tell = [this, link = mail.link, name = std::string(host)](const base::Result<Resolver::Endpoints, ResolveError>& result) {
    relay::ResolvedMail answer{.link = link.link};
    if (result) {
      answer.count = static_cast<std::uint32_t>(std::min(result->size(), answer.endpoints.size()));
      std::copy_n(result->begin(), answer.count, answer.endpoints.begin());
    } else {
      log_.write(LogLine(LogLevel::warning, "dns", "name not resolved").with("name", name).with("reason", describe(result.error())));
    }
    mail_.post(link.core, answer);
  };
  // RFC 4976 8: AUTH is for TLS only, so there is no service of plain MSRP.
  if (mail.services) return resolver_.resolve_service("_msrps._tcp", host, mail.port, tell);
  resolver_.resolve(host, [port = mail.port, tell](const base::Result<Resolver::Addresses, ResolveError>& result) {
    if (!result) return tell(base::fail(result.error()));
    Resolver::Endpoints endpoints;
    for (const base::IpAddress& address : *result) endpoints.push_back({address, port});
    tell(endpoints);
  });
}

void ControlThread::log_counters() {
  with_counters([this] {
    log_.write(counters_.line());
    // Each core has told its rules' hits before its counters.
    rule_book_.each_line([this](const LogLine& line) { log_.write(line); });
  });
}

void ControlThread::read_again() {
  if (stops_asked_ != 0) return;  // a core that has stopped would not take its table over
  log_.write(LogLine(LogLevel::info, "control", "reading again"));
  read_users_again();
  read_tls_again();
  read_configuration_again();
}

void ControlThread::read_users_again() {
  const std::string file = users_file(config_);
  const UsersRead read = read_users(file);
  if (read.table == nullptr) {
    for (const UsersFault& fault : read.faults) {
      log_.write(LogLine(LogLevel::error, "users", "fault").with("at", to_string(file, fault)));
    }
    log_.write(LogLine(LogLevel::error, "users", "not read again, the old users stay"));
    return;
  }
  user_count_ = read.table->size();
  users_awaited_.expect(++users_version_, post_.cores());
  for (std::size_t core = 0; core < post_.cores(); ++core) {
    auto table = std::make_unique<std::shared_ptr<const auth::UserTable>>(read.table);
    mail_.post(base::CoreId(static_cast<std::uint16_t>(core)), relay::UsersMail{users_version_, table.release()});
  }
}

// Links go on with what they have; new ones get the new certificates.
void ControlThread::read_tls_again() {
  if (!tls_.read_again(log_)) return;
  tls_awaited_.expect(++tls_version_, post_.cores());
  for (std::size_t core = 0; core < post_.cores(); ++core) {
    auto mine = std::make_unique<transport::CoreTls>(tls_.make());
    mail_.post(base::CoreId(static_cast<std::uint16_t>(core)), relay::TlsMail{tls_version_, mine.release()});
  }
}

void ControlThread::look_at_tls() {
  if (stops_asked_ == 0 && tls_.files_changed()) read_tls_again();
}

void ControlThread::read_configuration_again() {
  const auto content = read_file(config_.file, configuration_bytes_max);
  if (!content) {
    log_.write(LogLine(LogLevel::error, "config", "not read again").with("file", config_.file).with("reason", content.error()));
    return;
  }
  const config::Loaded loaded = config::load(*content, config_.file, host_);
  log_faults(log_, "config", loaded.faults);
  if (!loaded.good()) {
    log_.write(LogLine(LogLevel::error, "config", "not read again, all settings and rules stay").with("file", config_.file));
    return;
  }
  read_rules_again(loaded.config);
  for (const std::string& key : needs_restart(config_, loaded.config)) {
    log_.write(LogLine(LogLevel::warning, "config", "needs restart").with("key", key));
  }
}

void ControlThread::read_rules_again(const config::Config& config) {
  std::vector<config::Fault> faults;
  const auto rules = rules::compile(config.rules, config.file, faults, config_.limits.body_prefix);  // the one in force
  log_faults(log_, "rules", faults);
  if (rules == nullptr || any_error(faults)) {
    log_.write(LogLine(LogLevel::error, "rules", "not read again, the old rules stay"));
    return;
  }
  rules_next_ = rules;
  rule_count_ = config.rules.size();
  give_rules();
}

// One version after the other: each core gets it, and when all have it they use it.
void ControlThread::give_rules() {
  if (stops_asked_ != 0) return;  // a core that has stopped reads no mail, and nobody would own them
  if (rules_next_ == nullptr || rules_awaited_.any() || rules_in_use_awaited_.any()) return;
  rules_given_ = std::exchange(rules_next_, nullptr);
  ++rules_version_;
  rules_awaited_.expect(rules_version_, post_.cores());
  for (std::size_t core = 0; core < post_.cores(); ++core) {
    auto mine = std::make_unique<relay::CoreRules>();
    mine->version = rules_version_;
    mine->set = rules_given_;
    mine->state = rules_given_->make_state(0);  // the core seeds it
    mail_.post(base::CoreId(static_cast<std::uint16_t>(core)), relay::RulesMail{mine.release()});
  }
}

// What is in force is said when it is so on every core, not when it was sent to them.
void ControlThread::take_done(const relay::DoneMail& mail) {
  if (mail.order == relay::MailKind::users) {
    if (!users_awaited_.completed_by(mail)) return;
    log_.write(LogLine(LogLevel::info, "users", "read again").with("users", user_count_).with("file", users_file(config_)));
  } else if (mail.order == relay::MailKind::tls) {
    if (!tls_awaited_.completed_by(mail)) return;
    log_.write(LogLine(LogLevel::info, "tls", "read again"));
    tls_.log_days_left(log_);
  } else if (mail.order == relay::MailKind::rules) {
    if (!rules_awaited_.completed_by(mail)) return;
    rules_in_use_awaited_.expect(rules_version_, post_.cores());
    rule_book_.use(rules_given_, rules_version_);
    mail_.post_all(relay::UseRulesMail{rules_version_});
  } else {
    if (!rules_in_use_awaited_.completed_by(mail)) return;
    log_.write(LogLine(LogLevel::info, "rules", "read again").with("rules", rule_count_));
    give_rules();
  }
}

}  // namespace control
