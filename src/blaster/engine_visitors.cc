// Links beside the pairs: sessions that stay idle, and sessions and links that come and go.
#include "blaster/engine.h"
#include "blaster/failures.h"

namespace blaster {
namespace {

// What comes and goes is begun late rather than in greater numbers at once; its times count from when it was due.
constexpr std::uint32_t passing_max = 1024;

}  // namespace

// Dials. A visitor that is gone leaves its place.
void Engine::visit(Visitor::Use use, base::Instant due) {
  std::uint32_t number = static_cast<std::uint32_t>(visitors_.size());
  if (free_visitors_.empty()) {
    visitors_.emplace_back().link = static_cast<std::uint32_t>(links_.size());
    links_.emplace_back();
  } else {
    number = free_visitors_.back();
    free_visitors_.pop_back();
  }
  Visitor& visitor = visitors_[number];
  visitor.use = use;
  visitor.due = due;
  visitor.is_renewing = visitor.is_leaving = visitor.is_free = false;
  visitor.client = std::make_unique<Client>(scenario_.receiver.account ? &*scenario_.receiver.account : nullptr, nullptr, nullptr, tally_,
                                            pool_, entropy_);
  Link& link = links_[visitor.link];
  const std::uint32_t generation = link.generation + 1;
  link = Link{};
  link.generation = generation;
  link.visitor = number;
  if (use != Visitor::Use::idle) ++passing_;
  const base::Endpoint& to = party_of(link).relay;
  std::optional<base::Endpoint> local;
  if (!scenario_.sources.empty()) local = base::Endpoint{.address = scenario_.sources[due_pair_ % scenario_.sources.size()], .port = 0};
  const auto socket = ring_.open_socket(to, local);
  if (!socket) return give_up_visit(visitor.link, explain_connect(to, -socket.error().negative_errno));
  link.socket = *socket;
  ring_.connect(token(ring::Op::connect, visitor.link), link.socket, to);
}

// Nothing of it may be under way in the kernel but a receive, which then brings a stale token.
void Engine::end_visit(std::uint32_t index) {
  Link& link = links_[index];
  Visitor& visitor = visitors_[link.visitor];
  if (link.sending) {
    visitor.is_leaving = true;
    return;
  }
  if (visitor.is_free) return;
  visitor.is_free = true;
  if (!link.socket.is_none()) {
    ring_.shutdown_write(link.socket);
    ring_.close(token(ring::Op::close, index), link.socket);
    link.socket = {};
  }
  link.lost = true;
  ++link.generation;
  if (visitor.use == Visitor::Use::idle) return;
  --passing_;
  free_visitors_.push_back(link.visitor);
}

void Engine::give_up_visit(std::uint32_t index, const std::string& reason) {
  const Visitor& visitor = visitors_[links_[index].visitor];
  if (phase_ == Phase::set_up) return fail(reason);
  if (visitor.is_free || visitor.is_leaving) return;
  // An idle session whose renewed AUTH was refused has lost no link, but is of no use any more.
  const bool is_churn = visitor.use != Visitor::Use::idle || visitor.client->state() == ClientState::refused;
  tally_.count(is_churn ? Fault::churn_failed : Fault::link_lost);
  if (is_churn) tally_.churn_failure = reason;
  end_visit(index);
}

void Engine::visitor_changed(std::uint32_t index) {
  Visitor& visitor = visitors_[links_[index].visitor];
  if (visitor.is_free || visitor.is_leaving) return;
  const auto took = static_cast<std::uint64_t>((ring_.now() - visitor.due).count());
  switch (visitor.client->state()) {
    case ClientState::connecting:
    case ClientState::authenticating: return touch(index);
    case ClientState::refused: return give_up_visit(index, explain_auth(scenario_.receiver.relay, visitor.client->exchange()));
    case ClientState::broken:
      return give_up_visit(index, scenario_.receiver.relay.to_string() + " answered with something that is no MSRP");
    case ClientState::ready: break;
  }
  if (visitor.use == Visitor::Use::session) {
    tally_.sessions.record(took);
    return end_visit(index);
  }
  if (visitor.is_renewing) {
    visitor.is_renewing = false;
    tally_.auths.record(took);
  } else if (phase_ == Phase::set_up) {
    --setting_up_;
    ++idle_ready_;
  }
}

bool Engine::is_due(const Stream& stream) const { return stream.schedule && began_ + stream.schedule->due(stream.next) <= ring_.now(); }

void Engine::churn() {
  while (is_due(sessions_) && passing_ < passing_max) visit(Visitor::Use::session, began_ + sessions_.schedule->due(sessions_.next++));
  while (is_due(churned_links_) && passing_ < passing_max)
    visit(Visitor::Use::link, began_ + churned_links_.schedule->due(churned_links_.next++));
  while (is_due(auths_)) {
    Visitor& visitor = visitors_[idle_next_];
    if (visitor.is_renewing) return;  // all are; it is done late
    idle_next_ = (idle_next_ + 1) % idle_sessions_;
    const base::Instant due = began_ + auths_.schedule->due(auths_.next++);
    if (visitor.is_free) continue;  // lost, and counted as such
    visitor.due = due;
    visitor.is_renewing = true;
    visitor.client->renew();
    touch(visitor.link);
  }
}

}  // namespace blaster
