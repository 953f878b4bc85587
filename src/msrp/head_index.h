#pragma once
// First look at a head: where its lines end, where it ends, whether every octet is one that a head may have. No meaning yet.
//
// A line ends with CRLF; a bare CR or LF is a bad octet inside a line. The head ends before an empty line (a body follows) or
// before a line that begins with a hyphen (the end-line of a bodiless frame: no header name begins so).
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "msrp/head.h"

namespace msrp {

enum class HeadEnd : std::uint8_t { incomplete, body, end_line, too_many_lines };

struct HeadIndex {
  static constexpr std::size_t lines_max = lines_capacity + 1;  // and the start line

  HeadEnd end = HeadEnd::incomplete;
  bool bad_octets = false;       // NUL, other controls, bare CR or LF within the lines found
  bool high_octets = false;      // 0x80 and above: the lines must be looked at for UTF-8
  std::uint16_t line_count = 0;  // complete lines, start line included
  // Where line i ends, behind its CRLF. Line 0 begins at 0, line i where line i - 1 ends.
  Room<std::uint16_t, lines_max> line_ends;

  // Octets of the complete lines: the head without the empty line.
  std::size_t head_size() const { return line_count == 0 ? 0 : line_ends[line_count - 1U]; }
  // Line i without its CRLF.
  std::string_view line(std::string_view octets, std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : line_ends[i - 1];
    return octets.substr(begin, line_ends[i] - begin - 2);
  }
};

// Looks at `octets` (at most 65,535) from the first octet of a frame. `limit_lines` counts header lines without the start line.
// bad_octets and high_octets cover the complete lines, and may cover what follows them.
void index_head(std::string_view octets, std::size_t limit_lines, HeadIndex& index);
// The same octet by octet: the oracle of the fast one, and for machines without AVX2.
void index_head_scalar(std::string_view octets, std::size_t limit_lines, HeadIndex& index);

}  // namespace msrp
