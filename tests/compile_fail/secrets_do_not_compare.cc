// expect: no match for 'operator==' | invalid operands to binary expression
// == would stop at the first difference and tell the time.
#include "base/secret.h"

bool same(const base::Secret& a, const base::Secret& b) {
#ifdef GOOD
  return base::equal_in_constant_time(a.reveal(), b.reveal());
#else
  return a == b;
#endif
}
