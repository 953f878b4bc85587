// expect: could not convert | no known conversion
// A normalised URI must not reach the next hop.
#include "msrp/uri.h"

void forward(msrp::RawUri to_path);

void next_hop(msrp::RawUri received, const msrp::Uri& parsed) {
#ifdef GOOD
  (void)parsed;
  forward(received);
#else
  (void)received;
  forward(parsed);
#endif
}
