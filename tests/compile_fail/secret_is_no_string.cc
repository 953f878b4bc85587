// expect: cannot convert | no viable conversion | could not convert
// The only way out of a secret has a name that a reviewer finds.
#include "base/secret.h"

std::string_view octets(const base::Secret& secret) {
#ifdef GOOD
  return secret.reveal();
#else
  return secret;
#endif
}
