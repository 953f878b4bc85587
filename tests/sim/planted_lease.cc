// A planted bug: now and then a receive buffer is never given back.
#include <vector>

#include "msrp/framer.h"

extern "C" {
void __real__ZN4msrp6Framer4feedEN4base5SliceE(msrp::Framer*, base::Slice);
void __wrap__ZN4msrp6Framer4feedEN4base5SliceE(msrp::Framer*, base::Slice);
}

void __wrap__ZN4msrp6Framer4feedEN4base5SliceE(msrp::Framer* framer, base::Slice input) {
  static int count = 0;
  if (++count % 64 == 0) {
    alignas(base::Lease) static char lost[sizeof(base::Lease)];
    new (lost) base::Lease(input.lease);
  }
  __real__ZN4msrp6Framer4feedEN4base5SliceE(framer, std::move(input));
}
