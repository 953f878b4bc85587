#include "transport/traffic_secrets.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "transport/wolfssl.h"
//
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/kdf.h>

namespace transport {
namespace {

constexpr std::string_view protocol = "tls13 ";
constexpr std::size_t sha256_octets = WC_SHA256_DIGEST_SIZE, sha384_octets = WC_SHA384_DIGEST_SIZE;

bool expand(std::span<unsigned char> to, std::span<const unsigned char> secret, std::string_view label) {
  const int digest = secret.size() == sha384_octets ? int{WC_SHA384} : int{WC_SHA256};
  return wc_Tls13_HKDF_Expand_Label(to.data(), static_cast<word32>(to.size()), secret.data(), static_cast<word32>(secret.size()),
                                    unsigned_octets(protocol.data()), static_cast<word32>(protocol.size()), unsigned_octets(label.data()),
                                    static_cast<word32>(label.size()), nullptr, 0, digest) == 0;
}

}  // namespace

void TrafficSecrets::set(Side side, std::span<const unsigned char> secret) {
  const auto at = static_cast<std::size_t>(side);
  if (secret.size() != sha256_octets && secret.size() != sha384_octets) return;
  std::copy(secret.begin(), secret.end(), secrets_[at].begin());
  octets_[at] = static_cast<std::uint8_t>(secret.size());
}

void TrafficSecrets::wipe() {
  for (auto& secret : secrets_) explicit_bzero(secret.data(), secret.size());
  octets_ = {};
}

std::optional<ring::RecordKeys> TrafficSecrets::advance(Side side, ring::RecordCipher cipher) {
  if (!complete()) return std::nullopt;
  const auto at = static_cast<std::size_t>(side);
  const std::span<unsigned char> secret(secrets_[at].data(), octets_[at]);
  std::array<unsigned char, octets_max> next{};
  const std::span<unsigned char> made(next.data(), secret.size());
  ring::RecordKeys keys;
  keys.tls13 = true;
  keys.cipher = cipher;
  const std::size_t key_octets = cipher == ring::RecordCipher::aes_128_gcm ? 16 : 32;
  const bool good =
      expand(made, secret, "traffic upd") && expand({keys.key.data(), key_octets}, made, "key") && expand(keys.iv, made, "iv");
  if (good) std::copy(made.begin(), made.end(), secret.begin());
  explicit_bzero(next.data(), next.size());
  return good ? std::optional(keys) : std::nullopt;
}

}  // namespace transport
