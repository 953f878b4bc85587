// expect: invalid initialization of reference | no known conversion
// A peer's transaction id never reaches the next hop.
#include "msrp/tid.h"

void send_under(const msrp::MintedTid& tid);

void forward(const msrp::PeerTid& incoming, const msrp::TidFamily& family) {
#ifdef GOOD
  (void)incoming;
  send_under(msrp::MintedTid(family, 1));
#else
  (void)family;
  send_under(incoming);
#endif
}
