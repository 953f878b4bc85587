// A planted bug: nobody looks for the ids of the relay in the bodies it forwards.
#include "msrp/framer.h"

extern "C" void __wrap__ZN4msrp6Framer9set_guardERKNS_9TidFamilyE(msrp::Framer*, const msrp::TidFamily&);

void __wrap__ZN4msrp6Framer9set_guardERKNS_9TidFamilyE(msrp::Framer*, const msrp::TidFamily&) {}
