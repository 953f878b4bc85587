// expect: could not convert | no known conversion | no viable conversion
// A slot of one core names nothing on another.
#include "base/ids.h"

void close(base::LinkName name);

void end(base::CoreId core, base::LinkId link) {
#ifdef GOOD
  close({core, link});
#else
  (void)core;
  close(link);
#endif
}
