#include "msrp/hyphen_scan.h"

#include <bit>
#include <cstdint>

#include "msrp/cpu.h"

#if MSRP_HAS_AVX2_CODE
#include <immintrin.h>
#endif

namespace msrp {
namespace {

constexpr auto wanted = static_cast<std::ptrdiff_t>(end_line_hyphens);

#if MSRP_HAS_AVX2_CODE

constexpr std::ptrdiff_t step = 32;

[[gnu::target("avx2,bmi"), gnu::always_inline]] inline __m256i load(const char* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

// Behind the hyphens that begin at or before `at`.
[[gnu::target("avx2,bmi")]] const char* behind_hyphens(const char* at, const char* end) {
  const __m256i hyphens = _mm256_set1_epi8('-');
  for (; end - at >= step; at += step) {
    const auto others = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(at), hyphens)));
    if (others != 0) return at + std::countr_zero(others);
  }
  while (at < end && *at == '-') ++at;
  return at;
}

constexpr std::ptrdiff_t window = 64;

// A bit for each hyphen of 64 octets.
[[gnu::target("avx2,bmi"), gnu::always_inline]] inline std::uint64_t hyphens_of(const char* at) {
  const __m256i hyphens = _mm256_set1_epi8('-');
  const auto low = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(at), hyphens)));
  const auto high = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(at + step), hyphens)));
  return std::uint64_t{high} << step | low;
}

// Seven hyphens in a row cover four that stand together at a multiple of four, wherever one begins to count: one comparison in groups of
// four tells of 32 octets whether there may be a run in them. (The RFC's reason for seven, 7.3.1; here eight groups at a time.) Where there
// may be one, the bits of 64 octets are folded until only beginnings of seven in a row are left.
[[gnu::target("avx2,bmi")]] HyphenRun find_hyphen_run_avx2(const char* begin, const char* end) {
  const __m256i four = _mm256_set1_epi32(0x2D2D2D2D);
  const char* at = begin;
  for (;;) {
    for (; end - at >= 4 * step; at += 4 * step) {
      const __m256i a = _mm256_cmpeq_epi32(load(at), four);
      const __m256i b = _mm256_cmpeq_epi32(load(at + step), four);
      const __m256i c = _mm256_cmpeq_epi32(load(at + 2 * step), four);
      const __m256i d = _mm256_cmpeq_epi32(load(at + 3 * step), four);
      const __m256i any = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
      if (_mm256_testz_si256(any, any) == 0) break;
    }
    // A run may have begun up to three octets before: those were no whole group.
    at -= at - begin < 3 ? at - begin : 3;
    if (end - at < window) return find_hyphen_run_scalar(at, end);
    const std::uint64_t hyphens = hyphens_of(at);
    const std::uint64_t two = hyphens & hyphens >> 1;
    const std::uint64_t four_in_a_row = two & two >> 2;
    const std::uint64_t seven = four_in_a_row & four_in_a_row >> 3;
    if (seven != 0) {
      const auto first = std::countr_zero(seven);
      const std::uint64_t others = ~hyphens >> first;
      return {at + first, others != 0 ? at + first + std::countr_zero(others) : behind_hyphens(at + window, end)};
    }
    // The last six may begin a run.
    at += window - (wanted - 1);
    begin = at;
  }
}

#endif

using Scanner = HyphenRun (*)(const char*, const char*);
#if MSRP_HAS_AVX2_CODE
const Scanner chosen = machine_has_avx2() ? find_hyphen_run_avx2 : find_hyphen_run_scalar;
#else
constexpr Scanner chosen = find_hyphen_run_scalar;
#endif

}  // namespace

HyphenRun find_hyphen_run_scalar(const char* begin, const char* end) {
  // A run of seven covers every seventh place: look there, and only then around it.
  const char* at = begin;
  while (end - at >= wanted) {
    if (at[wanted - 1] != '-') {
      at += wanted;
      continue;
    }
    const char* first = at + wanted - 1;
    while (first > at && first[-1] == '-') --first;
    const char* behind = at + wanted;
    while (behind < end && *behind == '-') ++behind;
    if (behind - first >= wanted) return {first, behind};
    at = behind;
  }
  return {};
}

HyphenRun find_hyphen_run(const char* begin, const char* end) { return chosen(begin, end); }

}  // namespace msrp
