#include "relay/worker.h"

#include <algorithm>
#include <array>
#include <utility>

#include "msrp/status.h"

namespace relay {
namespace {

constexpr std::size_t completions_per_turn = 256;
constexpr base::Duration full_lane_pause = std::chrono::microseconds(200);
constexpr base::Duration stall = std::chrono::milliseconds(10);
constexpr base::Duration sweep_period = std::chrono::seconds(1);
constexpr std::size_t sessions_expired_per_turn = 256;

}  // namespace

Worker::Worker(const Settings& settings, base::CoreId core, ring::Ring& ring, ring::PostOffice& office, base::Entropy& entropy,
               std::shared_ptr<const auth::UserTable> users, std::shared_ptr<const rules::RuleSet> rules,
               std::vector<ListeningSocket> listeners)
    : settings_(settings),
      core_(core),
      ring_(ring),
      now_(ring.now()),
      office_(office),
      entropy_(entropy),
      users_(std::move(users)),
      rules_{1, std::move(rules), nullptr},
      listeners_(std::move(listeners)),
      head_limits_{settings.limits.header_bytes, settings.limits.header_lines, settings.limits.uris_per_path},
      by_listener_(settings.listeners.size() + 1),
      pool_(settings.limits.core_buffer),
      forward_scratch_(pool_),
      reply_scratch_(pool_),
      sessions_(session::SessionLimits{(settings.limits.sessions + settings.cores - 1) / settings.cores, settings.limits.sessions_per_link,
                                       settings.limits.sessions_per_user}),
      outbox_context_{.pool = pool_,
                      .scratch = forward_scratch_,
                      .sends = sends_,
                      .reports = reports_,
                      .entropy = entropy_,
                      .counters = counters_,
                      .now = now_,
                      .transaction_life = settings_.timers.transaction,
                      .transactions_limit = settings_.limits.transactions_per_link},
      mailed_head_(std::make_unique<msrp::Head>()),
      completions_(completions_per_turn),
      accept_retry_(listeners_.size()),
      waiting_mail_((settings.cores + 1) * ring::mail_lanes),
      mailed_(settings.cores + 1),
      remote_routes_(settings.cores) {
  for (std::size_t shard = 0; shard < settings_.core_of_shard.size(); ++shard) {
    if (settings_.core_of_shard[shard] == core_) own_shards_.emplace_back(static_cast<std::uint8_t>(shard));
  }
  CHECK(!own_shards_.empty());
  std::uint64_t seed = 0;
  entropy_.fill({reinterpret_cast<std::uint8_t*>(&seed), sizeof seed});
  rules_.state = rules_.set->make_state(seed);
  entropy_.fill({reinterpret_cast<std::uint8_t*>(&key_seed_), sizeof key_seed_});
  if (settings_.accounting) {
    // As many again may have ended and wait to be told.
    const std::size_t sessions = (settings_.limits.sessions + settings_.cores - 1) / settings_.cores;
    accounts_ = std::make_unique<AccountBook>(2 * sessions, settings_.accounting_interim);
  }
  stop_reason_.reserve(rules::CoreState::octets_max);
}

Worker::~Worker() {
  forward_scratch_.release();
  reply_scratch_.release();
  links_.each([&](Link& link) {
    forget_route(link.route);
    link.outbox.abandon(sends_, [](const Send&) {});
  });
}

void Worker::start() {
  for (std::size_t i = 0; i < listeners_.size(); ++i) arm_accept(i);
}

void Worker::arm_accept(std::size_t listener) {
  ++accepting_;
  ring_.accept({ring::Op::accept, 0, static_cast<std::uint32_t>(listener)}, listeners_[listener].socket);
}

// The relay, once round. Completions first, all of them; then what other threads say; then time; then everything that is to be sent, one
// send a link.
void Worker::turn() {
  const std::size_t count = ring_.reap(completions_);
  outbox_context_.now = now_ = ring_.now();
  if (std::exchange(slept_, false)) office_.woke_up(core_);
  if (!turn_began_.is_never()) end_of_turn(now() - turn_began_);
  turn_began_ = now();
  ++counters_.turns;
  sends_in_flight_ = false;
  unsent_ = false;
  forward_scratch_.rewind();
  reply_scratch_.rewind();
  go_on_securing();
  for (std::size_t i = 0; i < count; ++i) {
    complete(completions_[i]);
    completions_[i].octets = {};  // nobody wanted them: the buffer goes home
  }
  for (std::size_t from = 0; from <= settings_.cores; ++from) {
    if (from == core_.value()) continue;
    const base::CoreId sender(static_cast<std::uint16_t>(from));
    read_mail_from(sender, ring::MailLane::control);
    read_mail_from(sender, ring::MailLane::data);
  }
  expire();
  flush();
  tell_accounts();
  flush_mail();
  check_finished();
  slept_ = count < completions_.size() && may_sleep() && office_.prepare_to_sleep(core_);
  // Before a sleep the kernel's part of it cannot be told from the sleep.
  if (slept_) end_of_turn(ring_.clock() - std::exchange(turn_began_, base::Instant::never()));
  ring_.submit_and_wait(next_deadline(), slept_);
}

void Worker::end_of_turn(base::Duration took) {
  counters_.turn_time.add(took);
  if (took > stall) ++counters_.stalls;
}

void Worker::complete(ring::Completion& completion) {
  if (completion.token.op == ring::Op::accept) return on_accept(completion);
  Link* link = links_.find(completion.token);
  if (link == nullptr) return;  // a name from before: a wake, a cancel, a link that has gone
  switch (completion.token.op) {
    case ring::Op::recv: return on_recv(*link, completion);
    case ring::Op::send: --link->operations; return on_send(*link, completion.result);
    case ring::Op::poll_out: --link->operations; return on_poll_out(*link, completion.result);
    case ring::Op::connect: --link->operations; return on_connect(*link, completion.result);
    case ring::Op::close:
      ++counters_.links_closed;
      --counters_.links;
      --listener_counters(*link).links;
      links_.erase(*link);
      return;
    case ring::Op::none:
    case ring::Op::accept:
    case ring::Op::cancel:
    case ring::Op::wake: return;
  }
}

void Worker::expire() {
  const base::Instant time = now();
  while (const auto slot = probation_.expire(time)) {
    Link* link = links_.at_slot(*slot);
    if (link == nullptr) continue;
    if (link->state == LinkState::connecting || link->state == LinkState::resolving ||
        (link->state == LinkState::securing && link->dialling() != nullptr)) {
      ++counters_.links_failed;
      close(*link, LogLevel::info, "no connection in time");
    } else if (link->on_probation) {
      ++counters_.probations_failed;
      log(LogLevel::info, LogEvent::probation_failed, link, 0, {});
      drain(*link);
    }
  }
  while (const auto slot = idle_.expire(time)) {
    Link* link = links_.at_slot(*slot);
    if (link == nullptr) continue;
    const base::Instant due = link->last_used + settings_.timers.idle;
    // not while sessions use it. It is asked again a whole period later: one constant, one queue.
    if (due > time || !link->sessions.empty()) {
      idle_.set(*slot, time + settings_.timers.idle);
    } else {
      ++counters_.idle_closed;
      drain(*link);
    }
  }
  while (const auto slot = stall_.expire(time)) {
    Link* link = links_.at_slot(*slot);
    if (link == nullptr) continue;
    ++counters_.write_stalls;
    log(LogLevel::warning, LogEvent::write_stalled, link, link->outbox.octets(), {});
    ends(*link, LinkEnd::not_reading);
    close(*link, LogLevel::warning, "its reader took nothing");
  }
  for (std::size_t i = 0; i < sessions_expired_per_turn; ++i) {
    const auto ended = sessions_.expire_one(time);
    if (!ended) break;
    ++counters_.sessions_ended;
    --counters_.sessions;
    Link* link = links_.find(ended->link);
    if (link != nullptr) std::erase(link->sessions, ended->token);
    close_account(ended->account, link, true);
  }
  if (next_sweep_ <= time) sweep_transactions();
  if (drain_next_ <= time) drain_some();
  if (ban_slot_) close_banned();
  if (accept_again_ <= time) {
    accept_again_ = base::Instant::never();
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
      if (!accept_retry_[i] || stopping_) continue;
      accept_retry_[i] = false;
      arm_accept(i);
    }
  }
  if (stopping_ && stop_deadline_ <= time) stop(base::Duration(0));
}

// once a second, the links on which something waits. A clock per transaction would cost each frame what this costs each second.
void Worker::sweep_transactions() {
  const base::Instant time = now();
  std::erase_if(clocked_, [&](base::LinkId id) {
    Link* link = links_.find(id);
    if (link == nullptr) return true;
    expire_transactions(*link, time);
    link->clock_listed = link->transactions.live() > 0;
    // A lane may have waited for the room.
    mark_dirty(*link);
    return !link->clock_listed;
  });
  next_sweep_ = clocked_.empty() ? base::Instant::never() : time + sweep_period;
}

void Worker::expire_transactions(Link& link, base::Instant time) {
  std::optional<std::size_t> held;  // octets that the kernel still has
  while (Transaction* oldest = link.transactions.oldest()) {
    if (oldest->deadline > time) break;
    if (oldest->is_send && !oldest->partial) {
      // Not silence: the next hop has not got it yet, or we do not listen to it just now. A reader that takes nothing ends otherwise
      // ([timers] write_stall). But when all waits for answers, some must be given up.
      if (!held) {
        // A link that is not read hears of no reset.
        if (!ring_.peer_of(link.socket)) {
          ends(link, LinkEnd::lost);
          return close(link, LogLevel::info, "connection lost");
        }
        held = ring_.unsent(link.socket);
      }
      const bool not_read = !link.paused_by.empty() && !link.outbox.is_starved();
      if (not_read || link.outbox.sent() - oldest->end < *held) {
        link.transactions.start(*oldest, time + settings_.timers.transaction);
        continue;
      }
      ++counters_.transactions_expired;
      fail(oldest->report, msrp::status_timeout, "No Response From Next Hop");
    }
    // who asked for partial reports expects no answers, and hears of none that is missing.
    const Transaction ended = std::move(*oldest);
    link.transactions.close(*oldest);
    if (!ended.is_send) continue;
    const base::LinkName source = reports_[ended.report].source;
    reports_.release(ended.report);
    if (!link.leaving.empty()) one_less_unanswered(link, source);
  }
}

base::Instant Worker::next_deadline() const {
  // The reader of a full lane does not tell when there is room again: it is looked at from time to time.
  const bool mail_waits =
      std::any_of(waiting_mail_.begin(), waiting_mail_.end(), [](const Waiting& lane) { return !lane.records.empty(); });
  if (mail_waits || (accounts_ && accounts_->has_due())) return now() + full_lane_pause;
  if (ban_slot_) return now();
  const base::Instant interim = accounts_ ? accounts_->next() : base::Instant::never();
  return std::min({interim, drain_next_, probation_.next(), idle_.next(), stall_.next(), sessions_.next_expiry(), next_sweep_,
                   accept_again_, stop_deadline_});
}

// Completions of sends may come only after the wait: who needs them to go on must not sleep (ring.h).
bool Worker::may_sleep() {
  if (unsent_ || finished_ || !dirty_.empty() || !securing_.empty()) return false;
  if (!sends_in_flight_) return true;
  return rearm_.empty() && closing_.empty() && ring_.receive_buffers_out() * 2 < ring_.receive_buffers();
}

void Worker::log(LogLevel level, LogEvent event, const Link* link, std::uint64_t number, std::string_view text) {
  LogMail mail;
  mail.level = level;
  mail.event = event;
  if (link != nullptr) {
    mail.link = link->id;
    mail.peer = link->peer;
  }
  mail.number = number;
  post_log(mail, text.substr(0, 120));
}

void Worker::log_rule(LogLevel level, const base::Endpoint& peer, std::string_view text) {
  LogMail mail;
  mail.level = level;
  mail.event = LogEvent::rule_said;
  mail.peer = peer;
  post_log(mail, text);
}

void Worker::post_log(LogMail mail, std::string_view text) {
  mail.core = core_;
  ring::Lane& lane = office_.lane(core_, office_.control(), ring::MailLane::data);
  const std::size_t size = mail_size<LogMail>(text.size());
  const std::span<char> room = lane.reserve(size);
  if (room.empty()) {
    ++counters_.log_lost;
    return;
  }
  text.copy(write_mail(room.data(), LogMail::kind, mail), text.size());
  lane.commit(size);
  mailed_[office_.control().value()] = true;
}

Worker::Held Worker::held() {
  std::size_t waiting = 0;
  for (const Waiting& lane : waiting_mail_) waiting += lane.records.size();
  forward_scratch_.release();
  reply_scratch_.release();
  return {links_.size(), sessions_.size(), pool_.blocks_out(), reports_.live(), waiting};
}

}  // namespace relay
