#pragma once
// wolfCrypt's pure functions behind a face of our own: the hashes of digest and the HMAC of nonces.
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "auth/algorithm.h"

namespace auth {

// 32 (MD5) or 64 (SHA-256) lower-case hexadecimal digits. Wiped when it ends: it may be an HA1.
class HexDigest {
 public:
  explicit HexDigest(std::span<const std::uint8_t> octets);
  HexDigest(const HexDigest&) = default;
  HexDigest& operator=(const HexDigest&) = default;
  ~HexDigest();
  std::string_view view() const { return {digits_.data(), size_}; }

 private:
  std::array<char, 64> digits_{};
  std::size_t size_ = 0;
};

constexpr std::size_t hex_digits(Algorithm algorithm) { return algorithm == Algorithm::md5 ? 32 : 64; }

// Once, before there are threads: wolfCrypt chooses its code for this processor at its first use, in variables that are not atomic.
void prepare_hashes();

// H(a:b:c): the fields with a colon between each two.
HexDigest hash(Algorithm algorithm, std::initializer_list<std::string_view> fields);

// SHA-256 of octets that come in pieces.
class RunningSha256 {
 public:
  RunningSha256();
  ~RunningSha256();
  RunningSha256(RunningSha256&&) noexcept;
  RunningSha256& operator=(RunningSha256&&) noexcept;
  void add(std::string_view octets);
  HexDigest digest() const;  // of what has been added so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::initializer_list<std::string_view> pieces);

void append_hex(std::string& text, std::span<const std::uint8_t> octets);
// False unless `text` is exactly twice as many lower-case hexadecimal digits as `octets` has room for.
bool read_hex(std::string_view text, std::span<std::uint8_t> octets);
bool is_lower_hex(std::string_view text);

}  // namespace auth
