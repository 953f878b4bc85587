#include "transport/client_sessions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "transport/wolfssl.h"

namespace transport {

void ReleaseSession::operator()(WOLFSSL_SESSION* session) const { wolfSSL_SESSION_free(session); }

bool ClientSessions::remember(const std::string& server, ClientSession session) {
  std::erase_if(kept_, [&](const Kept& kept) { return kept.server == server; });
  const bool full = kept_.size() >= most_;
  if (full && !kept_.empty()) kept_.erase(kept_.begin());
  if (most_ > 0) kept_.push_back({server, std::move(session)});
  return full;
}

std::optional<ClientSession> ClientSessions::take(const std::string& server, std::chrono::sys_seconds now) {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return kept.server == server; });
  if (found == kept_.end()) return std::nullopt;
  ClientSession session = std::move(found->session);
  kept_.erase(found);
  if (session.verified_until <= now) return std::nullopt;
  return session;
}

std::string Resumption::ticket_of(WOLFSSL* ssl) {
  std::array<unsigned char, ticket_octets> ticket;
  word32 size = ticket.size();
  if (wolfSSL_get_SessionTicket(ssl, ticket.data(), &size) != WOLFSSL_SUCCESS) return {};
  return {reinterpret_cast<const char*>(ticket.data()), size};
}

void Resumption::offer(WOLFSSL* ssl, std::chrono::sys_seconds now) {
  offered_ = sessions_->take(server_, now);
  if (!offered_) return;
  if (wolfSSL_set_session(ssl, offered_->session.get()) == WOLFSSL_SUCCESS) {
    offered_ticket_ = ticket_of(ssl);
  } else {
    offered_.reset();  // its time is over, by what the server has said
  }
}

std::optional<Certificate> Resumption::begun() {
  if (!offered_) return std::nullopt;
  resumed_ = true;
  return offered_->peer;
}

Resumption::Found Resumption::look(WOLFSSL* ssl, const std::optional<Certificate>& peer, std::chrono::sys_seconds now) {
  if (!peer || wolfSSL_GetVersion(ssl) != WOLFSSL_TLSV1_3) return Found::none;  // whom nobody has verified
  const std::string ticket = ticket_of(ssl);
  if (ticket.empty() || ticket == offered_ticket_) return ++looks_ < looks_max ? Found::not_yet : Found::none;
  ClientSession session{.session = nullptr, .peer = *peer, .verified_until = {}};
  session.session.reset(wolfSSL_get1_session(ssl));
  if (session.session == nullptr) return Found::none;
  session.verified_until = resumed_ ? offered_->verified_until : std::min(now + ClientSessions::verification_lives, peer->not_after);
  return sessions_->remember(server_, std::move(session)) ? Found::displaced : Found::kept;
}

}  // namespace transport
