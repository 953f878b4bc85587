#pragma once
// The session part of a URI that this relay mints: one octet that names the shard, 128 random bits beside it, as 23 characters of
// base64url. Nothing in it is derived from anything, so nothing can be guessed from it; an altered octet names an empty place.
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/entropy.h"
#include "base/ids.h"

namespace session {

class Token {
 public:
  static constexpr std::size_t text_size = 23;
  static constexpr std::size_t random_octets = 16;
  struct Text {
    std::array<char, text_size> characters{};
    std::string_view view() const { return {characters.data(), characters.size()}; }
  };

  Token() = default;
  static Token mint(base::Shard shard, base::Entropy& entropy);
  // nullopt: not of our form (another relay's, a client's, or altered).
  static std::optional<Token> parse(std::string_view session_part);

  base::Shard shard() const { return base::Shard(octets_[0]); }
  Text text() const;
  friend bool operator==(const Token&, const Token&) = default;

  // The random part is its own hash: a peer can look up what it likes, but only this relay inserts.
  struct Hash {
    std::size_t operator()(const Token& token) const {
      std::size_t value = 0;
      std::memcpy(&value, token.octets_.data() + 1, sizeof value);
      return value;
    }
  };

 private:
  std::array<std::uint8_t, 1 + random_octets> octets_{};
};

}  // namespace session
