#pragma once
// What a rule may look at: the frame as received and what its core knows of it. Views only; valid during one decide().
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/time.h"
#include "msrp/head.h"

namespace rules {

enum class SessionFact : std::uint8_t {
  none,     // the first To-Path URI has no session, or is not a URI of ours with one
  known,    // a live session of this relay
  unknown,  // a session-id of our form or place that names no live session
};
enum class Direction : std::uint8_t { none, from_client, to_client };
enum class Protocol : std::uint8_t { msrp, sip };

struct Facts {
  const msrp::Head* head = nullptr;  // null: SIP, whatever `protocol` says
  Protocol protocol = Protocol::msrp;
  std::uint32_t hop = 1;  // which of our URIs in the path this is, 1-based
  SessionFact session = SessionFact::none;
  Direction direction = Direction::none;
  std::string_view user;  // of the session; empty: none
  std::string_view realm;
  std::string_view listener;     // name; empty: a link we dialled
  std::string_view transport;    // "tcp", "tls", "ws", "wss"
  std::string_view tls_version;  // "TLSv1.3"; empty: no TLS
  std::string_view tls_cipher;   // as registered: "TLS_AES_128_GCM_SHA256"
  std::string_view tls_peer;     // of the certificate that made the peer a relay; empty: none
  base::Endpoint source;         // the peer's address
  base::Endpoint local;
  std::uint64_t size = 0;  // the larger of Byte-Range total and the octets carried so far
  base::Instant now;
  std::uint64_t connection = 0;  // a number of the link's own
  // Filled when the rules ask for it (RuleSet::needs): the first [limits] body_prefix octets of the body, the same behind the head, and the
  // flag of a frame that ends within them. Never what else may be in hand: the verdict does not depend on how the octets came in.
  std::string_view body;
  std::string_view buffer;
  std::optional<msrp::ContinuationFlag> continuation;
  // The To-Path that counts at this hop: our URI first. Hop 1: the head's own.
  const msrp::Path* to_path = nullptr;
  const msrp::Path* from_path = nullptr;
  // The first URI of that path, parsed, where the caller has it at hand; else it is parsed when a rule asks.
  const msrp::Uri* to_uri = nullptr;
};

}  // namespace rules
