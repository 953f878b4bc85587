#include "blaster/checksum.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/sha256.h>

#include <array>

#include "base/check.h"

namespace blaster {

struct Checksum::State {
  wc_Sha256 sha{};
};

Checksum::Checksum() : state_(std::make_unique<State>()) { CHECK(wc_InitSha256(&state_->sha) == 0); }
Checksum::~Checksum() { wc_Sha256Free(&state_->sha); }

void Checksum::passed(std::string_view octets) {
  CHECK(wc_Sha256Update(&state_->sha, reinterpret_cast<const byte*>(octets.data()), static_cast<word32>(octets.size())) == 0);
}

std::string Checksum::hexadecimal() {
  std::array<byte, WC_SHA256_DIGEST_SIZE> digest{};
  CHECK(wc_Sha256GetHash(&state_->sha, digest.data()) == 0);
  std::string text;
  for (const byte octet : digest) {
    text += "0123456789abcdef"[octet >> 4];
    text += "0123456789abcdef"[octet & 15];
  }
  return text;
}

}  // namespace blaster
