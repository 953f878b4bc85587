#pragma once
// The one thread beside the cores: users, rules and configuration read again, name resolution, the log, orderly stopping. It talks to cores
// by mail only, and nothing on a core waits for it.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "control/accounting.h"
#include "control/awaited.h"
#include "control/core_mail.h"
#include "control/core_questions.h"
#include "control/counters.h"
#include "control/event_loop.h"
#include "control/log.h"
#include "control/resolver.h"
#include "control/rule_book.h"
#include "control/tls_keeper.h"

namespace control {

class ControlThread {
 public:
  // `config` is what is in force; its `file` is read again on request. All arguments outlive this.
  ControlThread(EventLoop& loop, Log& log, ring::PostOffice& post, ring::Wakeups& wakeups, const config::Config& config,
                const config::Host& host, std::shared_ptr<const rules::RuleSet> rules, TlsKeeper& tls);

  // Until every core has stopped. False: a core did not stop in time, and its thread cannot be joined.
  bool run();

  // Cores stop accepting and send what they hold for at most [timers] shutdown; a second call stops at once.
  void stop();
  // Users, certificates and rules again, each all or nothing; what else changed is named in the log as "needs restart".
  void read_again();
  // Counters of all cores to the log, as soon as they have told them.
  void log_counters();

  // Asks all cores for their counters and calls back, on this thread, when all have told them, or after answer_limit: see told().
  // False: counter_readers_max wait already.
  bool with_counters(std::function<void()> call);
  static constexpr auto answer_limit = std::chrono::milliseconds(250);
  static constexpr std::size_t counter_readers_max = 64;
  // In such a call: has this core answered? One that has not is stalled, and its counters are those of before.
  bool told(std::size_t core) const { return told_.at(core); }
  const CounterBook& counters() const { return counters_; }
  const RuleBook& rules() const { return rule_book_; }
  const Accounting* accounting() const { return accounting_.get(); }  // nullptr: there is none
  bool stopping() const { return stops_asked_ != 0; }
  std::size_t cores() const { return post_.cores(); }
  CoreQuestions& questions() { return questions_; }

  // From now on no AUTH is taken, and links are closed evenly until it is over; nullopt: all as before, for those that are left.
  void drain(std::optional<base::Duration> within);
  bool draining() const { return draining_; }
  // Addresses whose links are closed and refused, sorted: all of them.
  void ban(const std::vector<base::IpAddress>& addresses);

 private:
  void take(base::CoreId from, std::string_view record);
  void take_counters(const relay::CountersMail& mail, std::string_view octets);
  void take_stopped(base::CoreId core);
  void resolve(const relay::ResolveMail& mail, std::string_view host);
  void read_users_again();
  void read_configuration_again();
  void read_tls_again();
  void look_at_tls();
  void read_rules_again(const config::Config& config);
  void give_rules();
  void take_done(const relay::DoneMail& mail);
  void ask_counters() { mail_.post_all(relay::AskCountersMail{}); }
  void call_readers();

  EventLoop& loop_;
  Log& log_;
  ring::PostOffice& post_;
  const config::Config& config_;
  const config::Host& host_;
  CoreMail mail_;
  CoreQuestions questions_;
  Resolver resolver_;
  CounterBook counters_;
  std::vector<std::function<void()>> counter_readers_;  // wait for the answers of all cores
  std::vector<bool> told_;                              // cores that have answered since they were asked for the first of them
  Watch answer_limit_;
  std::uint32_t users_version_ = 1;
  std::size_t user_count_ = 0;
  Awaited users_awaited_;
  TlsKeeper& tls_;
  std::uint32_t tls_version_ = 1;
  Awaited tls_awaited_;
  std::uint32_t rules_version_ = 1;
  std::shared_ptr<const rules::RuleSet> rules_given_;  // to the cores, some of which have not taken them yet
  std::shared_ptr<const rules::RuleSet> rules_next_;   // read while that lasts; nullptr: none
  std::size_t rule_count_ = 0;
  Awaited rules_awaited_;
  Awaited rules_in_use_awaited_;
  RuleBook rule_book_;
  std::unique_ptr<Accounting> accounting_;
  std::vector<bool> stopped_;
  std::size_t running_;
  unsigned stops_asked_ = 0;
  bool draining_ = false;
  bool too_late_ = false;
  Watch wake_;
  Watch every_second_;
  Watch every_ten_seconds_;
  Watch every_hour_;
  Watch stop_limit_;
};

// Used at start and when read again: lines of the log for faults.
void log_faults(Log& log, std::string_view area, const std::vector<config::Fault>& faults);

}  // namespace control
