#pragma once
// Nonces that the relay need not remember: time, random octets and an HMAC over both, the link and the realm. A client that only asks for
// challenges costs no memory; what is kept per link are the counts of nonces that were used with a right digest.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.h"
#include "base/ids.h"
#include "base/time.h"

namespace auth {

// Keys that nonces are made with: keys[0] is the current one, keys[1] the one before, so that a rotation strands nobody. One set per
// process, made by wiring. Rotating: keys[1] = keys[0], keys[0] = new.
struct NonceKeys {
  std::array<std::array<std::uint8_t, 32>, 2> keys{};
};

// What a nonce is bound to: a link of this process. Another link cannot use it.
struct NonceBinding {
  base::LinkName link;
};

constexpr base::Duration nonce_life = std::chrono::minutes(5);

// Which nonce it is: two of the same stamp are the same.
struct NonceStamp {
  base::Instant issued;
  std::array<std::uint8_t, 16> mac{};
};

enum class NonceState : std::uint8_t {
  good,
  expired,  // ours, made for this link and realm, older than nonce_life
  foreign,  // not made by this process for this link and realm
};
struct NonceReading {
  NonceState state = NonceState::foreign;
  NonceStamp stamp;  // unless foreign
};

// 64 hexadecimal digits, unguessable and unique.
std::string make_nonce(const NonceKeys& keys, const NonceBinding& binding, std::string_view realm, base::Instant now,
                       base::Entropy& entropy);
NonceReading read_nonce(const NonceKeys& keys, const NonceBinding& binding, std::string_view realm, base::Instant now,
                        std::string_view nonce);

// Per link: the nonces used and the highest nc of each. The link of a relay carries the AUTHs of many clients, so there may be
// many; a link without AUTH owns no memory. When nonces_max is reached, the one issued first is forgotten, and it and all that were issued
// before it count as expired: a replay never passes, a slow client is asked once more.
class NonceCounts {
 public:
  static constexpr std::size_t nonces_max = 1024;

  // True when `count` is higher than every count seen with this nonce; remembers it. `stamp` is of a nonce read as good at `now`.
  bool advance(const NonceStamp& stamp, std::uint32_t count, base::Instant now);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    NonceStamp stamp;
    std::uint32_t highest = 0;
  };
  std::vector<Entry> entries_;  // by time of issue
  base::Instant forgotten_ = base::Instant::from_nanoseconds(INT64_MIN);
};

}  // namespace auth
