#include "auth/hash.h"

#include <wolfssl/options.h>
// The options come first.
#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/md5.h>
#include <wolfssl/wolfcrypt/sha256.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace auth {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

// wolfCrypt counts in 32 bits; nothing that comes here is near it.
word32 length(std::size_t size) {
  CHECK(size <= UINT32_MAX);
  return static_cast<word32>(size);
}
const byte* octets_of(std::string_view text) { return reinterpret_cast<const byte*>(text.data()); }

struct Md5Function {
  using State = wc_Md5;
  static constexpr std::size_t size = WC_MD5_DIGEST_SIZE;
  static int init(State& state) { return wc_InitMd5_ex(&state, nullptr, INVALID_DEVID); }
  static int update(State& state, std::string_view text) { return wc_Md5Update(&state, octets_of(text), length(text.size())); }
  static int finish(State& state, byte* out) { return wc_Md5Final(&state, out); }
  static void free(State& state) { wc_Md5Free(&state); }
};

struct Sha256Function {
  using State = wc_Sha256;
  static constexpr std::size_t size = WC_SHA256_DIGEST_SIZE;
  static int init(State& state) { return wc_InitSha256_ex(&state, nullptr, INVALID_DEVID); }
  static int update(State& state, std::string_view text) { return wc_Sha256Update(&state, octets_of(text), length(text.size())); }
  static int finish(State& state, byte* out) { return wc_Sha256Final(&state, out); }
  static void free(State& state) { wc_Sha256Free(&state); }
};

template <class Function>
HexDigest hash_with(std::initializer_list<std::string_view> fields) {
  typename Function::State state;
  CHECK(Function::init(state) == 0);
  bool first = true;
  for (const std::string_view field : fields) {
    if (!first) CHECK(Function::update(state, ":") == 0);
    first = false;
    if (!field.empty()) CHECK(Function::update(state, field) == 0);
  }
  std::array<byte, Function::size> out{};
  CHECK(Function::finish(state, out.data()) == 0);
  Function::free(state);
  return HexDigest(out);
}

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

struct RunningSha256::State {
  wc_Sha256 of;
};

RunningSha256::RunningSha256() : state_(std::make_unique<State>()) { CHECK(Sha256Function::init(state_->of) == 0); }
RunningSha256::~RunningSha256() {
  if (state_ != nullptr) Sha256Function::free(state_->of);
}
RunningSha256::RunningSha256(RunningSha256&&) noexcept = default;
RunningSha256& RunningSha256::operator=(RunningSha256&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

void RunningSha256::add(std::string_view octets) {
  if (!octets.empty()) CHECK(Sha256Function::update(state_->of, octets) == 0);
}

HexDigest RunningSha256::digest() const {
  wc_Sha256 copy;
  CHECK(wc_Sha256Copy(&state_->of, &copy) == 0);
  std::array<byte, WC_SHA256_DIGEST_SIZE> out{};
  CHECK(Sha256Function::finish(copy, out.data()) == 0);
  Sha256Function::free(copy);
  return HexDigest(out);
}

HexDigest::HexDigest(std::span<const std::uint8_t> octets) : size_(octets.size() * 2) {
  CHECK(size_ <= digits_.size());
  std::size_t at = 0;
  for (const std::uint8_t octet : octets) {
    digits_[at++] = digits[octet >> 4];
    digits_[at++] = digits[octet & 0xF];
  }
}

HexDigest::~HexDigest() {
  volatile char* p = digits_.data();
  for (std::size_t i = 0; i < digits_.size(); ++i) p[i] = 0;
}

HexDigest hash(Algorithm algorithm, std::initializer_list<std::string_view> fields) {
  switch (algorithm) {
    case Algorithm::md5: return hash_with<Md5Function>(fields);
    case Algorithm::sha256: return hash_with<Sha256Function>(fields);
  }
  CHECK(false);
}

void prepare_hashes() {
  for (const Algorithm algorithm : {Algorithm::md5, Algorithm::sha256}) (void)hash(algorithm, {""});
}

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::initializer_list<std::string_view> pieces) {
  Hmac hmac;
  CHECK(wc_HmacInit(&hmac, nullptr, INVALID_DEVID) == 0);
  CHECK(wc_HmacSetKey(&hmac, WC_SHA256, key.data(), length(key.size())) == 0);
  for (const std::string_view piece : pieces) {
    if (!piece.empty()) CHECK(wc_HmacUpdate(&hmac, octets_of(piece), length(piece.size())) == 0);
  }
  std::array<std::uint8_t, 32> out{};
  CHECK(wc_HmacFinal(&hmac, out.data()) == 0);
  wc_HmacFree(&hmac);
  return out;
}

void append_hex(std::string& text, std::span<const std::uint8_t> octets) {
  for (const std::uint8_t octet : octets) {
    text += digits[octet >> 4];
    text += digits[octet & 0xF];
  }
}

bool read_hex(std::string_view text, std::span<std::uint8_t> octets) {
  if (text.size() != octets.size() * 2) return false;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const int high = value_of(text[i * 2]);
    const int low = value_of(text[i * 2 + 1]);
    if (high < 0 || low < 0) return false;
    octets[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return value_of(c) >= 0; });
}

}  // namespace auth
