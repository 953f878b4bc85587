// expect: no match for 'operator==' | invalid operands to binary expression
// Responses are looked up by ids of ours.
#include "msrp/tid.h"

bool matches(const msrp::MintedTid& sent, const msrp::MintedTid& other, const msrp::PeerTid& peer) {
#ifdef GOOD
  (void)peer;
  return sent == other;
#else
  (void)other;
  return sent == peer;
#endif
}
