#pragma once
// The right to forward one request: it belongs to a session that this relay minted and travels from or to that session's client
// . forward() takes a Permit, and only authorise() makes one: an open relay does not compile.
#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/result.h"
#include "msrp/uri.h"
#include "session/session_table.h"

namespace session {

enum class Direction : std::uint8_t { from_client, to_client };

enum class Refusal : std::uint8_t {
  no_session,  // 481: there is none, or it has ended
  stranger,    // 403: neither from the client's own link nor to the client
};

class Permit {
 public:
  Direction direction() const { return direction_; }

 private:
  friend Permit without_session();
  friend base::Result<Permit, Refusal> authorise(const Session*, std::optional<base::LinkId>, const msrp::Uri&);
  friend base::Result<Permit, Refusal> authorise_again(const Permit&, const Session*, std::optional<base::LinkId>);
  explicit Permit(Direction direction) : direction_(direction) {}
  Direction direction_;
};

// Which way does a request travel that is addressed to `session` and goes on to `next_hop`? To the client when next_hop is the client's
// URI, whatever link it came on: the client's link is the only way there. From the client when it came on the client's link.
// `came_on`: the link on the session's own core, nullopt when it came on another core's link or from another session of this relay.
std::optional<Direction> direction_of(const Session& session, std::optional<base::LinkId> came_on, const msrp::Uri& next_hop);

// For a frame that a rule with without_session = true relays, and no other: what the operator of a closed network asked for by name.
Permit without_session();

base::Result<Permit, Refusal> authorise(const Session* session, std::optional<base::LinkId> came_on, const msrp::Uri& next_hop);

// Another request to the same session and the same next hop as `earlier` permitted, without its URI: whether that is the client's does not
// change while the session lives; whether the client's link brought it is asked again.
base::Result<Permit, Refusal> authorise_again(const Permit& earlier, const Session* session, std::optional<base::LinkId> came_on);

}  // namespace session
