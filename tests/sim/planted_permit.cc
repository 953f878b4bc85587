// A planted bug: every request counts as having come from the session's own client.
#include "session/permit.h"

using Permitted = base::Result<session::Permit, session::Refusal>;
Permitted real_authorise(const session::Session*, std::optional<base::LinkId>,
                         const msrp::Uri&) asm("__real__ZN7session9authoriseEPKNS_7SessionESt8optionalIN4base6LinkIdEERKN4msrp3UriE");
Permitted planted_authorise(const session::Session*, std::optional<base::LinkId>,
                            const msrp::Uri&) asm("__wrap__ZN7session9authoriseEPKNS_7SessionESt8optionalIN4base6LinkIdEERKN4msrp3UriE");

[[gnu::used]] Permitted planted_authorise(const session::Session* session, std::optional<base::LinkId> came_on, const msrp::Uri& next_hop) {
  if (session != nullptr) came_on = session->link;
  return real_authorise(session, came_on, next_hop);
}
