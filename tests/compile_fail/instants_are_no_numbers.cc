// expect: cannot convert | no viable conversion
// An instant's origin means nothing: only differences are durations.
#include "base/time.h"

std::int64_t age(base::Instant now, base::Instant then) {
#ifdef GOOD
  return (now - then).count();
#else
  (void)then;
  return now;
#endif
}
