// A planted bug: every request counts as having come from the session's own client.
#include "session/permit.h"

extern "C" {
base::Result<session::Permit, session::Refusal> __real__ZN7session9authoriseEPKNS_7SessionESt8optionalIN4base6LinkIdEERKN4msrp3UriE(
    const session::Session*, std::optional<base::LinkId>, const msrp::Uri&);
base::Result<session::Permit, session::Refusal> __wrap__ZN7session9authoriseEPKNS_7SessionESt8optionalIN4base6LinkIdEERKN4msrp3UriE(
    const session::Session*, std::optional<base::LinkId>, const msrp::Uri&);
}

base::Result<session::Permit, session::Refusal> __wrap__ZN7session9authoriseEPKNS_7SessionESt8optionalIN4base6LinkIdEERKN4msrp3UriE(
    const session::Session* session, std::optional<base::LinkId> came_on, const msrp::Uri& next_hop) {
  if (session != nullptr) came_on = session->link;
  return __real__ZN7session9authoriseEPKNS_7SessionESt8optionalIN4base6LinkIdEERKN4msrp3UriE(session, came_on, next_hop);
}
