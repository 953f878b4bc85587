#pragma once
// Between the socket and the framer: octets as the wire carries them, plaintext as MSRP sees it. TLS, kTLS and WebSocket are further makers
// of this seam: they take Slices in and give Slices out, and never touch a socket.
//
// Plain TCP, and kTLS between control records, change nothing: what comes in goes up as it is, what goes down goes out as it is.
#include <cstdint>

#include "base/lease.h"

namespace transport {

enum class Kind : std::uint8_t { tcp };
constexpr const char* name(Kind kind) {
  switch (kind) {
    case Kind::tcp: return "tcp";
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

// Received octets to plaintext. `kind` says how this link's octets are wrapped.
inline bool unwrap(Kind kind, base::Slice received, PlaintextSink& sink) {
  switch (kind) {
    case Kind::tcp: return sink.plaintext(static_cast<base::Slice&&>(received));
  }
  return false;
}

}  // namespace transport
