#include "msrp/head_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "msrp/cpu.h"

#if MSRP_HAS_AVX2_CODE
#include <immintrin.h>
#endif

namespace msrp {
namespace {

constexpr bool is_control(unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; }

void clear(HeadIndex& index) {
  index.end = HeadEnd::incomplete;
  index.bad_octets = false;
  index.high_octets = false;
  index.line_count = 0;
}

// Takes the line that ends behind `line_end`. False: it was the last to look at, index.end says why.
inline bool take_line(std::string_view octets, std::size_t line_begin, std::size_t line_end, std::size_t limit_lines, HeadIndex& index) {
  if (line_end - line_begin == 2 && index.line_count > 0) {
    index.end = HeadEnd::body;
    return false;
  }
  if (index.line_count > limit_lines) {
    index.end = HeadEnd::too_many_lines;
    return false;
  }
  index.line_ends[index.line_count++] = static_cast<std::uint16_t>(line_end);
  if (line_end < octets.size() && octets.data()[line_end] == '-') {
    index.end = HeadEnd::end_line;
    return false;
  }
  return true;
}

#if MSRP_HAS_AVX2_CODE

constexpr std::size_t step = 32;

// What 32 octets hold, a bit each.
struct Masks {
  std::uint32_t crlf = 0;  // an LF behind a CR
  std::uint32_t bad = 0;   // controls that do not belong to a CRLF, DEL
  std::uint32_t high = 0;  // 0x80 and above
};

[[gnu::target("avx2,bmi"), gnu::always_inline]] inline std::uint32_t bits_of(__m256i v) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(v));
}
[[gnu::target("avx2,bmi"), gnu::always_inline]] inline std::uint32_t places_of(__m256i v, char c) {
  return bits_of(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(c)));
}

// `after_cr`: the octet before was a CR; becomes whether the last one is.
[[gnu::target("avx2,bmi"), gnu::always_inline]] inline Masks look_at(const char* octets, std::uint32_t& after_cr) {
  const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(octets));
  Masks masks;
  masks.high = bits_of(v);
  masks.bad = places_of(v, 0x7F);
  const std::uint32_t controls = bits_of(_mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1F)), v));
  if ((controls | after_cr) != 0) {
    const std::uint32_t lf = places_of(v, '\n');
    const std::uint32_t cr = places_of(v, '\r');
    masks.crlf = lf & (cr << 1 | after_cr);
    // A CR in the last place is judged by the octet behind it.
    std::uint32_t odd = controls & ~(masks.crlf | masks.crlf >> 1 | (cr & 0x80000000U));
    if (odd != 0) [[unlikely]]
      odd &= ~places_of(v, '\t');
    masks.bad |= odd | (after_cr & ~lf & 1U);
    after_cr = cr >> 31;
  }
  return masks;
}

[[gnu::target("avx2,bmi")]] void index_head_avx2(std::string_view octets, std::size_t limit_lines, HeadIndex& index) {
  clear(index);
  limit_lines = std::min(limit_lines, lines_capacity);
  std::uint32_t after_cr = 0;
  std::size_t line_begin = 0;
  std::uint32_t bad = 0;
  std::uint32_t high = 0;
  for (std::size_t at = 0; at < octets.size(); at += step) {
    const std::size_t left = octets.size() - at;
    Masks masks;
    if (left >= step) [[likely]] {
      masks = look_at(octets.data() + at, after_cr);
    } else {
      // What is behind the octets may not be read; blanks stand for it.
      std::array<char, step> last;
      last.fill(' ');
      std::memcpy(last.data(), octets.data() + at, left);
      masks = look_at(last.data(), after_cr);
    }
    for (std::uint32_t ends = masks.crlf; ends != 0; ends &= ends - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(ends));
      const std::size_t line_end = at + bit + 1;
      if (!take_line(octets, line_begin, line_end, limit_lines, index)) {
        // Only what stands before this place is judged.
        const std::uint32_t before = UINT32_MAX >> (step - 1 - bit);
        index.bad_octets = (bad | (masks.bad & before)) != 0;
        index.high_octets = (high | (masks.high & before)) != 0;
        return;
      }
      line_begin = line_end;
    }
    bad |= masks.bad;
    high |= masks.high;
  }
  index.bad_octets = bad != 0;
  index.high_octets = high != 0;
}

#endif

using Indexer = void (*)(std::string_view, std::size_t, HeadIndex&);
#if MSRP_HAS_AVX2_CODE
const Indexer chosen = machine_has_avx2() ? index_head_avx2 : index_head_scalar;
#else
constexpr Indexer chosen = index_head_scalar;
#endif

}  // namespace

void index_head_scalar(std::string_view octets, std::size_t limit_lines, HeadIndex& index) {
  clear(index);
  limit_lines = std::min(limit_lines, lines_capacity);
  bool bad = false;
  bool high = false;
  std::size_t line_begin = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const auto c = static_cast<unsigned char>(octets[i]);
    if (c == '\n' && i > line_begin && octets[i - 1] == '\r') {
      const bool more = take_line(octets, line_begin, i + 1, limit_lines, index);
      index.bad_octets = bad;
      index.high_octets = high;
      if (!more) return;
      line_begin = i + 1;
      continue;
    }
    high |= c >= 0x80;
    // A CR is judged by what follows it: good before LF, and at the end of the input not yet known.
    if (c == '\r') {
      bad |= i + 1 < octets.size() && octets[i + 1] != '\n';
    } else {
      bad |= is_control(c);
    }
  }
}

void index_head(std::string_view octets, std::size_t limit_lines, HeadIndex& index) { chosen(octets, limit_lines, index); }

}  // namespace msrp
