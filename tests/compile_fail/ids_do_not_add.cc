// expect: no match for 'operator+' | invalid operands to binary expression
// Ids name; they do not count.
#include "base/ids.h"

auto next(base::CoreId core) {
#ifdef GOOD
  return base::CoreId(static_cast<std::uint16_t>(core.value() + 1));
#else
  return core + 1;
#endif
}
