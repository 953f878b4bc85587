// expect: is private within this context | calling a private constructor
// Only authorise() makes a permit: an open relay does not compile.
#include "session/permit.h"

bool allowed(const session::Session* found, std::optional<base::LinkId> came_on, const msrp::Uri& next_hop) {
#ifdef GOOD
  return session::authorise(found, came_on, next_hop).has_value();
#else
  (void)found, (void)came_on, (void)next_hop;
  session::Permit permit(session::Direction::from_client);
  return permit.direction() == session::Direction::from_client;
#endif
}
