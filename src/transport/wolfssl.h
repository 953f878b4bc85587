#pragma once
// wolfSSL's headers, which want their options first.
#include <wolfssl/options.h>
//
#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/random.h>

namespace transport {

template <auto Release>
struct Releases {
  template <class Thing>
  void operator()(Thing* thing) const {
    Release(thing);
  }
};

inline const unsigned char* unsigned_octets(const char* octets) { return reinterpret_cast<const unsigned char*>(octets); }

}  // namespace transport
