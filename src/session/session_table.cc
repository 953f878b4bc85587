#include "session/session_table.h"

#include <algorithm>

#include "base/check.h"

namespace session {

const char* describe(SessionError error) {
  switch (error) {
    case SessionError::sessions: return "Too Many Sessions";
    case SessionError::sessions_per_link: return "Too Many Sessions On This Connection";
    case SessionError::sessions_per_user: return "Too Many Sessions Of This User";
  }
  return "";
}

base::Result<Session*, SessionError> SessionTable::insert(Session session, std::size_t sessions_on_link) {
  if (sessions_.size() >= limits_.sessions) return base::fail(SessionError::sessions);
  if (sessions_on_link >= limits_.sessions_per_link) return base::fail(SessionError::sessions_per_link);
  std::size_t& of_user = per_user_[session.user];
  if (of_user >= limits_.sessions_per_user) return base::fail(SessionError::sessions_per_user);
  const Token token = session.token;
  const base::Instant expires = session.expires;
  const auto [place, is_new] = sessions_.try_emplace(token, std::make_unique<Session>(std::move(session)));
  CHECK(is_new);
  if (free_slots_.empty()) {
    free_slots_.push_back(slots());
    slots_.emplace_back();
  }
  place->second->slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[place->second->slot].session = place->second.get();
  ++of_user;
  expiries_.push({expires, token});
  return place->second.get();
}

Session* SessionTable::find(const Token& token, base::Instant now) {
  const auto found = sessions_.find(token);
  if (found == sessions_.end() || found->second->expires <= now) return nullptr;
  return found->second.get();
}

std::optional<SessionTable::Ended> SessionTable::take(const Token& token) {
  const auto found = sessions_.find(token);
  if (found == sessions_.end()) return std::nullopt;
  const Ended ended{token, found->second->link, found->second->account};
  const auto user = per_user_.find(found->second->user);
  CHECK(user != per_user_.end() && user->second > 0);
  if (--user->second == 0) per_user_.erase(user);
  Slot& slot = slots_[found->second->slot];
  slot.session = nullptr;
  ++slot.generation;
  free_slots_.push_back(found->second->slot);
  sessions_.erase(found);
  ++erased_;
  // Its entry in the heap stays until its time; a heap of entries without sessions is rebuilt when it is mostly that.
  if (expiries_.size() > 64 && expiries_.size() > 4 * sessions_.size()) {
    std::vector<Expiry> live;
    live.reserve(sessions_.size());
    for (const auto& [key, session] : sessions_) live.push_back({session->expires, key});
    expiries_ = decltype(expiries_)(std::greater<>(), std::move(live));
  }
  return ended;
}

std::optional<SessionTable::Ended> SessionTable::expire_one(base::Instant now) {
  while (!expiries_.empty() && expiries_.top().at <= now) {
    const Token token = expiries_.top().token;
    expiries_.pop();
    if (const auto ended = take(token)) return ended;
  }
  return std::nullopt;
}

base::Instant SessionTable::next_expiry() const { return expiries_.empty() ? base::Instant::never() : expiries_.top().at; }

std::optional<base::LinkName> SessionTable::bound(const Session& session, const msrp::Uri& peer) {
  for (const PeerBinding& binding : session.peers) {
    const auto uri = msrp::parse_uri(binding.uri);
    if (uri && msrp::same_uri(*uri, peer)) return binding.link;
  }
  return std::nullopt;
}

bool SessionTable::bind(Session& session, const msrp::Uri& peer, std::string_view peer_octets, base::LinkName link) {
  if (const auto already = bound(session, peer)) return *already == link;
  if (session.peers.size() >= SessionLimits::peers_per_session) return false;
  session.peers.push_back({std::string(peer_octets), link});
  return true;
}

void SessionTable::unbind(Session& session, base::LinkName link) {
  std::erase_if(session.peers, [&](const PeerBinding& binding) { return binding.link == link; });
  if (session.through == link) session.through = {};
}

void SessionTable::rebind(Session& session, base::LinkName from, base::LinkName to) {
  for (PeerBinding& binding : session.peers) {
    if (binding.link == from) binding.link = to;
  }
}

void SessionTable::carry(Session& session, MessageHash message, std::uint64_t octets, bool ended, std::size_t limit) {
  std::vector<Session::Carried>& all = session.carried;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Session::Carried& one) { return one.message == message; });
  if (ended) {
    if (found != all.end()) all.erase(found);
    return;
  }
  if (found != all.end()) {
    found->octets += octets;
    return;
  }
  if (all.size() >= limit) all.erase(all.begin());
  all.push_back({message, octets});
}

void SessionTable::remember(std::vector<MessageHash>& messages, MessageHash message, std::size_t limit) {
  if (std::find(messages.begin(), messages.end(), message) != messages.end()) return;
  if (messages.size() >= limit) messages.erase(messages.begin());
  messages.push_back(message);
}

bool SessionTable::is_uri_of(const Session& session, const msrp::Uri& uri, std::string_view octets) {
  if (octets == session.uri) return true;
  const auto own = msrp::parse_uri(session.uri);
  return own && msrp::same_uri(*own, uri);
}

bool SessionTable::is_client_of(const Session& session, const msrp::Uri& uri) {
  const auto client = msrp::parse_uri(session.client_uri);
  return client && msrp::same_uri(*client, uri);
}

bool SessionTable::is_stopped(const Session& session, std::string_view message_id) {
  const std::vector<MessageHash>& stopped = session.stopped_messages;
  return !stopped.empty() && std::find(stopped.begin(), stopped.end(), message_hash(message_id)) != stopped.end();
}

}  // namespace session
