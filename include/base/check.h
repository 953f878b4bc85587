#pragma once
// CHECK is for faults of the programmer whose damage could spread (ownership, leases, ids): it stays on in release.
// Peers and the environment can never make one fire: what they do wrong is a Result.
#include <cstdio>
#include <cstdlib>

namespace base {

[[noreturn, gnu::cold, gnu::noinline]] inline void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, expression);
  std::abort();
}

}  // namespace base

#define CHECK(expression)                                    \
  do {                                                       \
    if (!(expression)) [[unlikely]]                          \
      ::base::check_failed(#expression, __FILE__, __LINE__); \
  } while (false)
