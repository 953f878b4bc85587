#pragma once
// Between the socket and the framer: octets as the wire carries them, plaintext as MSRP sees it. TLS (tls_engine.h) takes octets in and
// gives octets out, and never touches a socket; plain TCP changes nothing.
#include <cstdint>

#include "base/lease.h"

namespace transport {

enum class Kind : std::uint8_t { tcp, tls };
constexpr const char* name(Kind kind) {
  switch (kind) {
    case Kind::tcp: return "tcp";
    case Kind::tls: return "tls";
  }
  return "";
}

// Where a transport puts the plaintext of what it was given. Returns false when the link has ended meanwhile: nothing more is to be handed
// over.
class PlaintextSink {
 public:
  virtual ~PlaintextSink() = default;
  virtual bool plaintext(base::Slice octets) = 0;
};

}  // namespace transport
