// Whom operators send away: one session or link, the links of a banned address, or all of them in the course of a while.
#include <algorithm>

#include "relay/worker.h"

namespace relay {
namespace {

constexpr base::Duration drain_period = std::chrono::milliseconds(100);
constexpr std::uint32_t drained_per_turn = 64;
constexpr std::uint32_t slots_looked_at = 256;  // in a turn

}  // namespace

void Worker::kick(const KickMail& mail) {
  KickedMail answer{.question = mail.question};
  if (mail.is_session) {
    const session::Session* const session = sessions_.at(mail.slot);
    if (session != nullptr && sessions_.generation(mail.slot) == mail.generation) {
      const session::Token token = session->token;
      log(LogLevel::info, LogEvent::session_ended, links_.find(session->link), 0, session->user);
      Link* const link = links_.find(session->link);
      close_account(session->account, link, false, LinkEnd::kicked);
      if (link != nullptr) std::erase(link->sessions, token);
      sessions_.erase(token);
      ++counters_.sessions_ended;
      --counters_.sessions;
      answer.done = true;
    }
  } else if (Link* link = links_.live({mail.slot, mail.generation})) {
    ends(*link, LinkEnd::kicked);
    close(*link, LogLevel::info, "an operator has closed it");
    answer.done = true;
  }
  post(office_.control(), ring::MailLane::control, KickedMail::kind, answer);
}

void Worker::drain_links(const DrainMail& mail) {
  draining_ = mail.on;
  drain_deadline_ = mail.on ? now() + mail.within : base::Instant::never();
  drain_next_ = mail.on ? now() + std::min(mail.within, drain_period) : base::Instant::never();
  drain_owed_ = 0;
}

// As many as are due, so that the rest of the time is enough for the rest of the links. Those that come meanwhile count as well.
void Worker::drain_some() {
  const base::Instant time = now();
  const base::Duration left = drain_deadline_ - time;
  drain_next_ = time + drain_period;
  const auto links = static_cast<double>(links_.size());
  drain_owed_ =
      left < drain_period ? links : drain_owed_ + links * static_cast<double>(drain_period.count()) / static_cast<double>(left.count());
  std::uint32_t closed = 0;
  for (; drain_owed_ >= 1 && closed < drained_per_turn; ++closed) {
    Link* const link = next_to_drain(left);
    if (link == nullptr) break;
    drain_owed_ -= 1;
    ends(*link, LinkEnd::shutdown);
    drain(*link);
  }
  if (closed == drained_per_turn) drain_next_ = time;
}

// One that holds nothing, if there is one near; at the end whichever there is. Round and round, in the order of the slots.
Link* Worker::next_to_drain(base::Duration left) {
  Link* busy = nullptr;
  for (std::uint32_t looked = 0; looked < slots_looked_at && looked < links_.slots(); ++looked) {
    drain_slot_ = (drain_slot_ + 1) % links_.slots();
    Link* const link = links_.at_slot(drain_slot_);
    if (link == nullptr || link->state == LinkState::draining || link->state == LinkState::closing) continue;
    const bool idle = link->framer.idle() && link->outbox.empty() && link->transactions.live() == 0;
    if (idle || left < drain_period) return link;
    if (busy == nullptr) busy = link;
  }
  return busy;
}

void Worker::use_bans(std::shared_ptr<const std::vector<base::IpAddress>> bans) {
  bans_ = bans->empty() ? nullptr : std::move(bans);
  ban_slot_.reset();
  if (bans_ != nullptr) ban_slot_ = 0;
}

bool Worker::is_banned(const base::IpAddress& address) const {
  return bans_ != nullptr && std::binary_search(bans_->begin(), bans_->end(), address);
}

// Links that were there before the ban, so many a turn.
void Worker::close_banned() {
  const std::uint32_t end = std::min(links_.slots(), *ban_slot_ + slots_looked_at);
  for (std::uint32_t slot = *ban_slot_; slot < end; ++slot) {
    Link* const link = links_.at_slot(slot);
    if (link == nullptr || link->state == LinkState::closing || !link->listener || !is_banned(link->peer.address)) continue;
    ++counters_.links_banned;
    ends(*link, LinkEnd::kicked);
    close(*link, LogLevel::info, "its address is banned");
  }
  ban_slot_ = end < links_.slots() ? std::optional(end) : std::nullopt;
}

}  // namespace relay
