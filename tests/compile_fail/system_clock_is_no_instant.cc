// expect: could not convert | no viable conversion | cannot convert
// Nor is a point of std::chrono's clocks one.
#include "base/time.h"

base::Instant now() {
#ifdef GOOD
  return base::Instant::from_nanoseconds(1);
#else
  return std::chrono::system_clock::now();
#endif
}
