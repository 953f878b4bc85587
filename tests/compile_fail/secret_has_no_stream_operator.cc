// expect: no match for 'operator<<' | invalid operands to binary expression
// A secret cannot slip into a log.
#include <sstream>

#include "base/secret.h"

void log(std::ostringstream& out, const base::Secret& secret) {
#ifdef GOOD
  out << secret.empty();
#else
  out << secret;
#endif
}
