// expect: cannot convert | no viable conversion | could not convert
// A core is not a shard.
#include "base/ids.h"

base::CoreId core_of(base::Shard shard) {
#ifdef GOOD
  return base::CoreId(shard.value());
#else
  return shard;
#endif
}
