#pragma once
// The hot loop of a body, alone: where are seven hyphens in a row? Each run is found once, however long it is.
#include <cstddef>

namespace msrp {

constexpr std::size_t end_line_hyphens = 7;

struct HyphenRun {
  const char* begin = nullptr;
  const char* end = nullptr;
  bool empty() const { return begin == end; }
};

// The first maximal run of at least seven hyphens in [begin, end); empty if there is none. A shorter run at the very end is not reported.
HyphenRun find_hyphen_run(const char* begin, const char* end);

// The same one octet at a time: oracle, and for machines without AVX2.
HyphenRun find_hyphen_run_scalar(const char* begin, const char* end);

}  // namespace msrp
