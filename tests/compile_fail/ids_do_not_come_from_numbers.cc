// expect: could not convert | no viable conversion | cannot convert
// A number becomes an id only by name.
#include "base/ids.h"

base::ListenerId first() {
#ifdef GOOD
  return base::ListenerId(0);
#else
  return 0;
#endif
}
