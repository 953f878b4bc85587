#pragma once
// How many descriptors this process may have.
#include <cstddef>

namespace control {

// Raises RLIMIT_NOFILE's soft limit to the hard one; the limit in force afterwards, at most 2^30.
std::size_t raise_open_files();

}  // namespace control
