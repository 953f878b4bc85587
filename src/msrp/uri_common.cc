// Most URIs are of one shape, and three of them are in every head: their octets are classified 64 at once, and what the grammar says is
// asked of bit masks. The oracle is parse_uri_by_grammar().
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "msrp/characters.h"
#include "msrp/cpu.h"
#include "msrp/uri_parser.h"

#if MSRP_HAS_AVX2_CODE
#include <immintrin.h>
#endif

namespace msrp {

#if MSRP_HAS_AVX2_CODE
namespace {

// An octet's class is low[octet & 15] & high[octet >> 4]. Bits 0 to 3: letters, digits, "-", "."; bits 4 to 7: what a session-id has more.
constexpr std::uint8_t host_bits = 0x0F;
struct NibbleTables {
  std::array<std::uint8_t, 16> low{};
  std::array<std::uint8_t, 16> high{};
};
constexpr NibbleTables make_tables() {
  NibbleTables tables;
  const auto add = [&tables](std::uint8_t bit, unsigned high, unsigned first, unsigned last) {
    tables.high[high] = static_cast<std::uint8_t>(tables.high[high] | bit);
    for (unsigned low = first; low <= last; ++low) tables.low[low] = static_cast<std::uint8_t>(tables.low[low] | bit);
  };
  add(0x01, 0x2, 0xD, 0xE);  // - .
  add(0x02, 0x3, 0x0, 0x9);  // digits
  add(0x04, 0x4, 0x1, 0xF);  // A to O
  add(0x04, 0x6, 0x1, 0xF);
  add(0x08, 0x5, 0x0, 0xA);  // P to Z
  add(0x08, 0x7, 0x0, 0xA);
  add(0x10, 0x5, 0xF, 0xF);  // _
  add(0x20, 0x7, 0xE, 0xE);  // ~
  add(0x40, 0x2, 0xB, 0xB);  // +
  add(0x40, 0x2, 0xF, 0xF);  // /
  add(0x80, 0x3, 0xD, 0xD);  // =
  return tables;
}
constexpr NibbleTables tables = make_tables();

constexpr bool tables_are_right() {
  for (unsigned c = 0; c < 256; ++c) {
    const unsigned bits = tables.low[c & 15] & tables.high[c >> 4];
    const char octet = static_cast<char>(c);
    if ((bits != 0) != is_of(octet, session_class)) return false;
    if (((bits & host_bits) != 0) != (is_of(octet, alphanum_class) || octet == '-' || octet == '.')) return false;
  }
  return true;
}
static_assert(tables_are_right());

struct Masks {
  std::uint64_t host = 0;
  std::uint64_t session = 0;
};

[[gnu::target("avx2,bmi"), gnu::always_inline]] inline __m256i both_halves(const std::array<std::uint8_t, 16>& table) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

// Adds what 32 octets hold, `shift` places up.
[[gnu::target("avx2,bmi"), gnu::always_inline]] inline void look_at(const char* octets, std::size_t shift, Masks& masks) {
  const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(octets));
  const __m256i nibble = _mm256_set1_epi8(0x0F);
  const __m256i low = _mm256_shuffle_epi8(both_halves(tables.low), _mm256_and_si256(v, nibble));
  const __m256i high = _mm256_shuffle_epi8(both_halves(tables.high), _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
  const __m256i bits = _mm256_and_si256(low, high);
  const __m256i zero = _mm256_setzero_si256();
  const auto not_session = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bits, zero)));
  const __m256i host = _mm256_and_si256(bits, _mm256_set1_epi8(host_bits));
  const auto not_host = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(host, zero)));
  masks.session |= std::uint64_t{~not_session} << shift;
  masks.host |= std::uint64_t{~not_host} << shift;
}

// The first place at or behind `from` (below 64) whose bit is set; 64 if there is none.
[[gnu::target("bmi"), gnu::always_inline]] inline std::size_t first_from(std::uint64_t mask, std::size_t from) {
  return static_cast<std::size_t>(std::countr_zero(mask & (~std::uint64_t{0} << from)));
}

// `octets` are at least 32; what is behind the first 64 is not looked at.
[[gnu::target("avx2,bmi")]] std::size_t take_common_avx2(std::string_view octets, Uri& uri) {
  const std::size_t size = octets.size() < 64 ? octets.size() : 64;
  const char* text = octets.data();
  const bool secure = text[4] == 's';
  const std::size_t host = secure ? 8 : 7;
  if (std::memcmp(text, "msrp", 4) != 0 || std::memcmp(text + host - 3, "://", 3) != 0) return 0;

  Masks masks;
  look_at(text, 0, masks);
  look_at(text + size - 32, size - 32, masks);

  // A name, not an address: those begin with a digit or a bracket.
  const std::size_t colon = first_from(~masks.host, host);
  if (colon + 6 >= size || text[colon] != ':' || colon == host || static_cast<unsigned>(text[host] - '0') < 10) return 0;
  std::size_t slash = colon + 1;
  std::uint32_t port = 0;
  for (unsigned digit = 0; slash < colon + 6 && (digit = static_cast<unsigned>(text[slash] - '0')) < 10; ++slash) port = port * 10 + digit;
  if (text[slash] != '/' || port == 0 || port > UINT16_MAX) return 0;
  const std::size_t session = slash + 1;
  if (session >= size) return 0;
  const std::size_t end = first_from(~masks.session, session);
  if (end == session || end + 4 > size || std::memcmp(text + end, ";tcp", 4) != 0) return 0;
  if (end + 4 < octets.size() && text[end + 4] != ' ') return 0;

  // Whole optionals: `uri` may be memory that was no Uri before.
  uri.secure = secure;
  uri.userinfo = {};
  uri.host = {text + host, colon - host};
  uri.address = std::optional<base::IpAddress>();
  uri.port = std::optional<std::uint16_t>(static_cast<std::uint16_t>(port));
  uri.session = std::optional<std::string_view>({text + session, end - session});
  uri.transport = {text + end + 1, 3};
  uri.parameters = {};
  return end + 4;
}

const bool with_avx2 = machine_has_avx2();

}  // namespace

std::size_t take_common_uri(std::string_view octets, Uri& uri) {
  return octets.size() >= 32 && with_avx2 ? take_common_avx2(octets, uri) : 0;
}

#else

std::size_t take_common_uri(std::string_view, Uri&) { return 0; }

#endif

}  // namespace msrp
