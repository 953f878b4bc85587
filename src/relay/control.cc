// What the control thread says: new users, new rules, addresses, stop.
#include <memory>

#include "relay/worker.h"

namespace relay {

void Worker::read_order(std::string_view record) {
  std::string_view rest;
  switch (mail_kind(record)) {
    case MailKind::users: {
      const auto mail = read_mail<UsersMail>(record, rest);
      const std::unique_ptr<std::shared_ptr<const auth::UserTable>> table(mail.table);
      users_ = std::move(*table);
      return post(office_.control(), ring::MailLane::control, DoneMail::kind, DoneMail{core_, MailKind::users, mail.version});
    }
    case MailKind::tls: {
      const auto mail = read_mail<TlsMail>(record, rest);
      const std::unique_ptr<transport::CoreTls> tls(mail.tls);
      tls_ = std::move(*tls);
      return post(office_.control(), ring::MailLane::control, DoneMail::kind, DoneMail{core_, MailKind::tls, mail.version});
    }
    case MailKind::tickets: {
      const std::unique_ptr<std::shared_ptr<const transport::TicketKeys>> tickets(read_mail<TicketsMail>(record, rest).tickets);
      return tls_.use_tickets(*tickets);
    }
    case MailKind::rules: {
      const std::unique_ptr<CoreRules> rules(read_mail<RulesMail>(record, rest).rules);
      return take_rules(std::move(*rules));
    }
    case MailKind::use_rules: return use_rules(read_mail<UseRulesMail>(record, rest).version);
    case MailKind::stop: return stop(read_mail<StopMail>(record, rest).grace);
    case MailKind::resolved: return on_resolved(read_mail<ResolvedMail>(record, rest));
    case MailKind::ask_counters: return tell_counters();
    case MailKind::ask_list: {
      const auto mail = read_mail<AskListMail>(record, rest);
      return list(mail, rest);
    }
    case MailKind::kick: return kick(read_mail<KickMail>(record, rest));
    case MailKind::drain: return drain_links(read_mail<DrainMail>(record, rest));
    case MailKind::bans: {
      const std::unique_ptr<std::shared_ptr<const std::vector<base::IpAddress>>> bans(read_mail<BansMail>(record, rest).bans);
      return use_bans(std::move(*bans));
    }
    case MailKind::begin:
    case MailKind::part:
    case MailKind::end:
    case MailKind::fence:
    case MailKind::octets:
    case MailKind::pause:
    case MailKind::resume:
    case MailKind::gone:
    case MailKind::carried:
    case MailKind::stopped_message:
    case MailKind::fence_back:
    case MailKind::failure:
    case MailKind::log:
    case MailKind::resolve:
    case MailKind::counters:
    case MailKind::done:
    case MailKind::rule_hits:
    case MailKind::account:
    case MailKind::list:
    case MailKind::kicked:
    case MailKind::stopped: CHECK(false && "not an order of the control thread");
  }
}

void Worker::tell_counters() {
  constexpr std::size_t listeners_per_mail = 256;  // more than that are in the sums only
  tell_rule_hits();
  const std::size_t listeners = std::min(by_listener_.size(), listeners_per_mail);
  const CountersMail mail{core_, counters_, gauges(), static_cast<std::uint32_t>(listeners)};
  const std::string_view octets(reinterpret_cast<const char*>(by_listener_.data()), listeners * sizeof by_listener_[0]);
  post(office_.control(), ring::MailLane::control, CountersMail::kind, mail, octets);
}

Gauges Worker::gauges() const {
  Gauges now;
  now.buffer_octets = pool_.blocks_out() * base::BufferPool::block_bytes;
  now.buffer_octets_max = pool_.blocks_max() * base::BufferPool::block_bytes;
  now.receive_buffers = ring_.receive_buffers_out();
  now.receive_buffers_max = ring_.receive_buffers();
  for (const Waiting& lane : waiting_mail_) now.mail_waiting += lane.octets;
  now.reports = reports_.live();
  now.links_max = settings_.links_per_core;
  now.sessions_max = (settings_.limits.sessions + settings_.cores - 1) / settings_.cores;
  return now;
}

// No new links; what the others hold is sent, for at most `grace`; then they end. A second order, or the time, ends them at once.
void Worker::stop(base::Duration grace) {
  if (!stopping_) {
    stopping_ = true;
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
      const auto number = static_cast<std::uint32_t>(i);
      ring_.cancel({ring::Op::cancel, 0, number}, {ring::Op::accept, 0, number});
    }
  }
  if (grace > base::Duration(0)) {
    stop_deadline_ = now() + grace;
    links_.each([&](Link& link) {
      ends(link, LinkEnd::shutdown);
      drain(link);
    });
    return;
  }
  stop_deadline_ = base::Instant::never();
  links_.each([&](Link& link) {
    ends(link, LinkEnd::shutdown);
    close(link, LogLevel::info, "the relay stops");
  });
}

void Worker::check_finished() {
  if (!stopping_ || finished_ || links_.size() > 0 || accepting_ > 0) return;
  for (const Waiting& waiting : waiting_mail_) {
    if (!waiting.records.empty()) return;
  }
  if (accounts_) {
    // Sessions of relays have no link to end with.
    accounts_->end_all(now(), {.why = LinkEnd::shutdown});
    tell_accounts();
    if (accounts_->has_due()) return;
  }
  if (!told_stopped_) {
    told_stopped_ = true;
    for (std::size_t to = 0; to <= settings_.cores; ++to) {
      if (to != core_.value())
        post(base::CoreId(static_cast<std::uint16_t>(to)), ring::MailLane::control, StoppedMail::kind, StoppedMail{core_});
    }
    flush_mail();
  }
  // Until the last core has no links left, this one answers the fences of the others.
  finished_ = stopped_cores_ + 1 == settings_.cores;
}

}  // namespace relay
