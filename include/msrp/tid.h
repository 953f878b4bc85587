#pragma once
// Transaction ids, RFC 4975 sections 7.1 and 9. A peer's id and an id of ours are two types: responses are looked up by ours,
// a peer's never reaches the next hop.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/check.h"
#include "base/entropy.h"

namespace msrp {

constexpr std::size_t transaction_id_max = 32;  // ident: 4 to 32 octets

// The id that came with a frame; owns its octets.
class PeerTid {
 public:
  PeerTid() = default;
  // `octets` has passed the head parser: 4 to 32 octets of ident.
  explicit PeerTid(std::string_view octets) : size_(static_cast<std::uint8_t>(octets.size())) {
    CHECK(octets.size() <= transaction_id_max);
    std::memcpy(octets_.data(), octets.data(), octets.size());
  }
  std::string_view octets() const { return {octets_.data(), size_}; }

 private:
  std::array<char, transaction_id_max> octets_{};
  std::uint8_t size_ = 0;
};

// 16 characters of 5 random bits each (80 bits, R-016 asks for 64): the common beginning of every id under which one incoming chunk
// goes out. The body is searched for it, so a new one must be minted whenever it is found there.
class TidFamily {
 public:
  static constexpr std::size_t size = 16;
  static TidFamily mint(base::Entropy& entropy);
  std::string_view prefix() const { return {characters_.data(), size}; }
  friend bool operator==(const TidFamily&, const TidFamily&) = default;

 private:
  std::array<char, size> characters_{};
};

// An id of ours: the family and, in 7 characters, the number of the transaction on the link that it leaves by.
class MintedTid {
 public:
  static constexpr std::size_t size = TidFamily::size + 7;
  MintedTid() = default;
  MintedTid(const TidFamily& family, std::uint32_t transaction);
  std::string_view octets() const { return {characters_.data(), size}; }
  friend bool operator==(const MintedTid&, const MintedTid&) = default;

  // The transaction number in an id that came back in a response; nullopt: none of ours. Says where to look, not that it is right:
  // the caller compares the whole id with what stands there.
  static std::optional<std::uint32_t> transaction_of(std::string_view octets);
  // The low low_bits of that number, if `octets`, which are `size` octets, are an id of ours; else anything.
  static constexpr unsigned low_bits = 20;
  static std::uint32_t low_bits_of(std::string_view octets);

 private:
  std::array<char, size> characters_{};
};

}  // namespace msrp
