#include "msrp/hyphen_scan.h"

namespace msrp {

HyphenRun find_hyphen_run_scalar(const char* begin, const char* end) {
  // A run of seven covers every seventh place: look there, and only then around it.
  const char* at = begin;
  while (end - at >= static_cast<std::ptrdiff_t>(end_line_hyphens)) {
    if (at[end_line_hyphens - 1] != '-') {
      at += end_line_hyphens;
      continue;
    }
    const char* first = at + end_line_hyphens - 1;
    while (first > at && first[-1] == '-') --first;
    const char* behind = at + end_line_hyphens;
    while (behind < end && *behind == '-') ++behind;
    if (behind - first >= static_cast<std::ptrdiff_t>(end_line_hyphens)) return {first, behind};
    at = behind;
  }
  return {};
}

HyphenRun find_hyphen_run(const char* begin, const char* end) { return find_hyphen_run_scalar(begin, end); }

}  // namespace msrp
