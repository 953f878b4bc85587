#pragma once
// What the keys of a TLS 1.3 connection were made of, so that new ones can be made when a peer changes its own (KeyUpdate, RFC 8446 7.2)
// and the engine is gone.
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "ring/kernel_tls.h"

namespace transport {

class TrafficSecrets {
 public:
  enum class Side : unsigned char { client, server };
  static constexpr std::size_t octets_max = 48;

  TrafficSecrets() = default;
  TrafficSecrets(const TrafficSecrets&) = delete;
  TrafficSecrets& operator=(const TrafficSecrets&) = delete;
  ~TrafficSecrets() { wipe(); }

  void set(Side side, std::span<const unsigned char> secret);
  // Both are known.
  bool complete() const { return octets_[0] > 0 && octets_[0] == octets_[1]; }
  void wipe();
  // The next secret of a side, and its keys, which begin at record 0. nullopt: it cannot be made.
  std::optional<ring::RecordKeys> advance(Side side, ring::RecordCipher cipher);

 private:
  std::array<std::array<unsigned char, octets_max>, 2> secrets_{};  // [side]
  std::array<std::uint8_t, 2> octets_{};                            // of each: 32 (SHA-256) or 48 (SHA-384)
};

}  // namespace transport
