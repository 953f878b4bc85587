#include "msrp/head_index.h"

#include <algorithm>

namespace msrp {
namespace {

constexpr bool is_control(unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; }

}  // namespace

void index_head_scalar(std::string_view octets, std::size_t limit_lines, HeadIndex& index) {
  index.end = HeadEnd::incomplete;
  index.bad_octets = false;
  index.high_octets = false;
  index.line_count = 0;
  limit_lines = std::min(limit_lines, lines_capacity);
  bool bad = false;
  bool high = false;
  std::size_t line_begin = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const auto c = static_cast<unsigned char>(octets[i]);
    if (c != '\n' || i == line_begin || octets[i - 1] != '\r') {
      high |= c >= 0x80;
      // A CR is judged by what follows it: good before LF, and at the end of the input not yet known.
      if (c == '\r') {
        bad |= i + 1 < octets.size() && octets[i + 1] != '\n';
      } else {
        bad |= is_control(c);
      }
      continue;
    }
    if (i - 1 == line_begin && index.line_count > 0) {
      index.end = HeadEnd::body;
      return;
    }
    if (index.line_count > limit_lines) {
      index.end = HeadEnd::too_many_lines;
      return;
    }
    line_begin = i + 1;
    index.line_ends[index.line_count++] = static_cast<std::uint16_t>(line_begin);
    index.bad_octets = bad;
    index.high_octets = high;
    if (line_begin < octets.size() && octets[line_begin] == '-') {
      index.end = HeadEnd::end_line;
      return;
    }
  }
}

void index_head(std::string_view octets, std::size_t limit_lines, HeadIndex& index) { index_head_scalar(octets, limit_lines, index); }

}  // namespace msrp
