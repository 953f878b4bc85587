// expect: no matching function for call to 'session::Permit::Permit()' | no matching constructor for initialization of 'session::Permit'
// Nor is there an empty one to fill in later.
#include "session/permit.h"

#ifdef GOOD
std::optional<session::Permit> none;
#else
session::Permit none;
#endif
