#pragma once
// Calls of operator new so far, in the whole test program.
#include <cstddef>

namespace test {

std::size_t allocations();

}  // namespace test
