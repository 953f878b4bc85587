#pragma once
// What --version says, and the allocator that is really in use.
#include <string>

namespace wiring {

// First line "msrp-relay 0.1.0", then what it was built with and what this host offers.
std::string version_text();
// "mimalloc 2.0.9", or that of the C library.
std::string allocator();

}  // namespace wiring
