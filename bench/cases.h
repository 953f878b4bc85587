#pragma once
// The frame of the microbenchmarks, which bench/micro runs: named cases of one hot path, timed, or counted under callgrind.
//
//   micro-X [WORD...]          a line of JSON a case: nanoseconds a unit, the fastest of many calls (other work only ever adds)
//   micro-X count [WORD...]    the same without times; callgrind dumps a part for each, named "case" and its number
//
// Words choose cases that have one of them in their names.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else  // nothing is counted, and bench/micro says so
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_DUMP_STATS_AT(name) static_cast<void>(name)
#endif

namespace bench {

// Keeps a result from being optimised away.
template <class Value>
inline void keep(const Value& value) {
  asm volatile("" : : "g"(&value) : "memory");  // NOLINT: what every benchmark does
}

[[noreturn]] inline void give_up(const char* what) {
  std::fprintf(stderr, "bench: %s\n", what);
  std::exit(1);
}

class Cases {
 public:
  Cases(int argc, char** argv) : words_(argv + 1, argv + argc) {
    if (!words_.empty() && words_.front() == "count") {
      counting_ = true;
      words_.erase(words_.begin());
    }
  }

  // `work` does `units` of `unit` in one call; octets: that each of them has, 0 where none are looked at. `name` is plain text.
  template <class Work>
  void run(const char* name, const char* unit, double units, double octets, Work&& work) {
    const int number = number_++;
    if (!is_wanted(name)) return;
    work();  // warm
    const double ns = counting_ ? (count(number, work), 0.0) : fastest(work) / units;
    std::printf("{\"case\": %d, \"name\": \"%s\", \"unit\": \"%s\", \"units\": %.0f, \"octets\": %.1f, \"ns\": %.4f}\n", number, name, unit,
                units, octets, ns);
    std::fflush(stdout);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int calls_least = 10;
  static constexpr auto time_least = std::chrono::milliseconds(200);

  bool is_wanted(std::string_view name) const {
    for (const std::string_view word : words_)
      if (name.find(word) != std::string_view::npos) return true;
    return words_.empty();
  }
  template <class Work>
  static double fastest(Work& work) {
    double best = 1e18;
    const Clock::time_point end = Clock::now() + time_least;
    for (int calls = 0; calls < calls_least || Clock::now() < end; ++calls) {
      const Clock::time_point begin = Clock::now();
      work();
      const double took = std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
      if (took < best) best = took;
    }
    return best;
  }
  template <class Work>
  static void count(int number, Work& work) {
    char part[32];
    std::snprintf(part, sizeof part, "case%d", number);
    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;
    work();
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(part);
  }

  std::vector<std::string_view> words_;
  bool counting_ = false;
  int number_ = 0;
};

}  // namespace bench
