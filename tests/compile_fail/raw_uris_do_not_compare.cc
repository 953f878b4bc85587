// expect: deleted function | selected deleted operator
// Octets are forwarded; what is compared is parsed.
#include "msrp/uri.h"

bool same(msrp::RawUri a, msrp::RawUri b) {
#ifdef GOOD
  return a.octets().size() == b.octets().size();
#else
  return a == b;
#endif
}
