// expect: could not convert | no viable conversion | cannot convert
// A deadline on wall time would move when the clock is set.
#include "base/time.h"

base::Instant deadline(base::Instant now, base::WallTime wall) {
#ifdef GOOD
  (void)wall;
  return now + std::chrono::seconds(30);
#else
  return wall;
#endif
}
