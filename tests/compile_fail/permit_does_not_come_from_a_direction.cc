// expect: could not convert | no known conversion
// That the direction is known is no permission.
#include "session/permit.h"

void forward(session::Permit permit);

void relay(session::Permit given, session::Direction direction) {
#ifdef GOOD
  (void)direction;
  forward(given);
#else
  (void)given;
  forward(direction);
#endif
}
