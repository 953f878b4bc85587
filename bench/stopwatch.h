#pragma once
// Best of several rounds: the machine's other work only ever adds.
#include <chrono>
#include <cstdint>

namespace bench {

// Nanoseconds of the fastest of `rounds` calls.
template <class Work>
double fastest_ns(int rounds, Work work) {
  double best = 1e18;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const double took = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
    if (took < best) best = took;
  }
  return best;
}

}  // namespace bench
