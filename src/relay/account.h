#pragma once
// What is kept of one session for its accounting records. Plain data.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/ids.h"
#include "base/time.h"
#include "session/session_table.h"
#include "session/token.h"
#include "transport/tls_engine.h"

namespace relay {

// What has gone one way.
struct AccountTraffic {
  std::uint64_t messages = 0;  // whose last chunk ended with "$"
  std::uint64_t chunks = 0;    // SENDs
  std::uint64_t octets = 0;    // of their bodies
  std::uint64_t reports = 0;
};

struct AccountNumbers {
  AccountTraffic from_client;
  AccountTraffic to_client;
  // Requests that were not carried, or not to their end, by what their sender was told.
  std::uint64_t failures_408 = 0;
  std::uint64_t failures_413 = 0;
  std::uint64_t failures_4xx = 0;  // others of these
  std::uint64_t failures_other = 0;

  void add_failure(std::uint16_t code) {
    if (code == 408) {
      ++failures_408;
    } else if (code == 413) {
      ++failures_413;
    } else {
      ++(code >= 400 && code < 500 ? failures_4xx : failures_other);
    }
  }
};

// How a link came to its end; known where it is decided, told where its sessions end.
enum class LinkEnd : std::uint8_t {
  other,
  finished,     // the peer has said that it sends no more
  lost,         // reset, or vanished
  cut_off,      // finished, and not in TLS
  tls_failed,   // a record, an alert, a key
  malformed,    // a frame
  passwords,    // too many wrong ones
  not_reading,  // its reader took nothing
  buffers,      // it held too much when they were used up
  rule,         // asked for it
  kicked,       // an operator has sent it away
  shutdown,
};
enum class LinkWork : std::uint8_t { quiet, receiving, sending };

// A session's end in four letters: who ended it, what was under way, why, whose TLS (docs/accounting.md).
using TerminationCode = std::array<char, 4>;
struct Ending {
  bool expired = false;  // its time has passed; the link goes on
  LinkEnd why = LinkEnd::other;
  LinkWork work = LinkWork::quiet;
  enum class Tls : std::uint8_t { none, in_program, in_kernel } tls = Tls::none;
};
TerminationCode termination_code(const Ending& ending, bool carried_nothing);

struct Account {
  static constexpr std::size_t peers_octets_max = 1024;

  std::uint32_t generation = 0;
  bool in_use = false;
  bool listed = false;  // something of it is to be told:
  bool start_due = false;
  bool interim_due = false;
  bool stop_due = false;
  session::Token session;
  base::Instant began;
  base::Instant ended;
  base::Endpoint client;
  base::ListenerId listener;
  transport::TlsVersion tls_version = transport::TlsVersion::none;
  std::uint16_t tls_suite = 0;
  TerminationCode termination{};
  AccountNumbers numbers;
  std::string user;
  std::string peers;                 // hosts, a space between each two
  std::uint32_t peers_left_out = 0;  // times that one had no room

  // A host that it has talked with.
  void note_peer(std::string_view host);
};

}  // namespace relay
