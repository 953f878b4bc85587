#pragma once
// The sessions that one core owns: every AUTH answered 200 makes one, the end of its link or of its time ends it.
//
// Pure: time is an argument. One core only; another core's frames come by mail.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/address.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "msrp/uri.h"
#include "session/token.h"

namespace session {

// A peer without a relay, or another relay, that is reached on the link it opened: bound by session and URI, never by URI alone,
// and never bound again while the link lives.
struct PeerBinding {
  std::string uri;
  base::LinkName link;
};

// What is kept of a session for its accounting records, by its core.
struct AccountId {
  std::uint32_t slot = UINT32_MAX;
  std::uint32_t generation = 0;
  constexpr bool is_none() const { return slot == UINT32_MAX; }
};

// Names a message among those of one session.
using MessageHash = std::uint64_t;
inline MessageHash message_hash(std::string_view message_id) { return std::hash<std::string_view>()(message_id); }

struct Session {
  Token token;
  std::uint32_t slot = 0;  // SessionTable::at()
  base::LinkId link;       // the client's link, on this core
  base::Instant expires;
  AccountId account;  // none: it is not accounted for
  std::string user;
  std::string_view realm;  // of the listener, which outlives it
  std::string uri;         // as minted, whole
  std::string client_uri;  // first From-Path URI of its AUTH: the next hop back to the client
  std::vector<PeerBinding> peers;
  // Set: the AUTH came through this relay, and the URI is good on any connection of that relay. Known by [relays] addresses;
  // the name in its certificate will stand here.
  std::optional<base::IpAddress> relay;
  std::string relay_name;                    // when a certificate has proven it: then this counts, not the address
  base::LinkName through;                    // the link of that relay on which the session's frames came last
  bool own_link_failed = false;              // that could not be had
  std::vector<MessageHash> begun_on_shared;  // messages of which chunks went over a link that others share, and more are to come
  // Octets of messages that have not ended, oldest first; only where rules name sizes.
  struct Carried {
    MessageHash message = 0;
    std::uint64_t octets = 0;
  };
  std::vector<Carried> carried;
  std::vector<MessageHash> stopped_messages;  // hashes of the Message-IDs of which no more is taken, oldest first
};

enum class SessionError : std::uint8_t { sessions, sessions_per_link, sessions_per_user };
const char* describe(SessionError error);

struct SessionLimits {
  std::size_t sessions = 1'000'000;
  std::size_t sessions_per_link = 4096;
  std::size_t sessions_per_user = 4096;
  static constexpr std::size_t peers_per_session = 64;
};

class SessionTable {
 public:
  explicit SessionTable(const SessionLimits& limits) : limits_(limits) {}

  // Takes `session` whole; sessions_on_link is the count the caller keeps for the link.
  base::Result<Session*, SessionError> insert(Session session, std::size_t sessions_on_link);
  // nullptr: none of ours, or past its time. The pointer is good until the next insert or erase.
  Session* find(const Token& token, base::Instant now);
  // Where one was found, for who looks for it often.
  struct Found {
    Session* session = nullptr;
    std::uint64_t erased = 0;  // sessions, until then
  };
  // The same as find(token, now); `found` belongs to this token.
  Session* find(const Token& token, base::Instant now, Found& found) {
    if (found.session == nullptr || found.erased != erased_) found = {find(token, now), erased_};
    return found.session != nullptr && found.session->expires > now ? found.session : nullptr;
  }
  // Ends one. False: there was none.
  bool erase(const Token& token) { return take(token).has_value(); }
  // The same, with what has ended.
  struct Ended {
    Token token;
    base::LinkId link;
    AccountId account;
  };
  std::optional<Ended> take(const Token& token);
  // Ends the oldest session that is past its time; nullopt: none is. For the caller to take it off its link.
  std::optional<Ended> expire_one(base::Instant now);
  base::Instant next_expiry() const;
  std::size_t size() const { return sessions_.size(); }

  // By slot, for who looks at all of them, a few at a time. A slot's generation counts its uses: both together name a session in public
  // and tell nothing of its token.
  std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }
  Session* at(std::uint32_t slot) const { return slot < slots_.size() ? slots_[slot].session : nullptr; }
  std::uint32_t generation(std::uint32_t slot) const { return slots_[slot].generation; }

  // The link a peer is bound to. nullopt: none.
  static std::optional<base::LinkName> bound(const Session& session, const msrp::Uri& peer);
  // Binds a peer to the link it came on, unless it is bound already or the session has peers_per_session of them (then it is
  // dialled when the client wants it). True when it is bound to `link` now.
  static bool bind(Session& session, const msrp::Uri& peer, std::string_view peer_octets, base::LinkName link);
  static void unbind(Session& session, base::LinkName link);
  // The peers that are bound to `from` are bound to `to` from now on.
  static void rebind(Session& session, base::LinkName from, base::LinkName to);

  // More octets of a message have been carried; `ended`: it is forgotten. The oldest is forgotten when there are more than `limit`.
  static void carry(Session& session, MessageHash message, std::uint64_t octets, bool ended, std::size_t limit);
  // Once; the oldest is forgotten when there are more than `limit`.
  static void remember(std::vector<MessageHash>& messages, MessageHash message, std::size_t limit);
  // No more chunks of this message are taken (413).
  static void stop_message(Session& session, MessageHash message, std::size_t limit) { remember(session.stopped_messages, message, limit); }
  // Is this the URI that was handed out, by the rules of? A token beside another port or transport is none of ours.
  static bool is_uri_of(const Session& session, const msrp::Uri& uri, std::string_view octets);
  // Is this the client's? Parsed each time: a session lives for hours, and a frame that is known by sight does not ask.
  static bool is_client_of(const Session& session, const msrp::Uri& uri);
  static bool is_stopped(const Session& session, std::string_view message_id);

 private:
  std::uint64_t erased_ = 0;
  struct Expiry {
    base::Instant at;
    Token token;
    bool operator>(const Expiry& other) const { return at > other.at; }
  };
  struct Slot {
    Session* session = nullptr;
    std::uint32_t generation = 1;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  SessionLimits limits_;
  // Behind pointers: a flat map moves its elements, and a session is 200 octets.
  boost::unordered_flat_map<Token, std::unique_ptr<Session>, Token::Hash> sessions_;
  boost::unordered_flat_map<std::string, std::size_t> per_user_;
  std::priority_queue<Expiry, std::vector<Expiry>, std::greater<>> expiries_;
};

}  // namespace session
