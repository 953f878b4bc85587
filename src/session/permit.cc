#include "session/permit.h"

namespace session {

std::optional<Direction> direction_of(const Session& session, std::optional<base::LinkId> came_on, const msrp::Uri& next_hop) {
  if (SessionTable::is_client_of(session, next_hop)) return Direction::to_client;
  if (came_on && *came_on == session.link) return Direction::from_client;
  return std::nullopt;
}

Permit without_session() { return Permit(Direction::from_client); }

base::Result<Permit, Refusal> authorise(const Session* session, std::optional<base::LinkId> came_on, const msrp::Uri& next_hop) {
  if (session == nullptr) return base::fail(Refusal::no_session);
  const auto direction = direction_of(*session, came_on, next_hop);
  if (!direction) return base::fail(Refusal::stranger);
  return Permit(*direction);
}

base::Result<Permit, Refusal> authorise_again(const Permit& earlier, const Session* session, std::optional<base::LinkId> came_on) {
  if (session == nullptr) return base::fail(Refusal::no_session);
  if (earlier.direction() == Direction::from_client && came_on != session->link) return base::fail(Refusal::stranger);
  return earlier;
}

}  // namespace session
