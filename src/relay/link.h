#pragma once
// A connection to a hop, as its core keeps it. Plain data: what happens to it is in the Worker's files. Everything here could be written
// out and read back for a hand-over to a new process; descriptors are ordinary ones.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/digest.h"
#include "base/address.h"
#include "base/ids.h"
#include "base/time.h"
#include "msrp/framer.h"
#include "relay/account.h"
#include "relay/link_security.h"
#include "relay/outbox.h"
#include "relay/transactions.h"
#include "ring/ring.h"
#include "session/session_table.h"
#include "session/token.h"
#include "sip/request.h"
#include "transport/transport.h"

namespace relay {

enum class LinkState : std::uint8_t {
  resolving,   // dialled: its name is being looked up by the control thread
  connecting,  // dialled: the connection is being made; what it is to send gathers
  securing,    // the connection is made, TLS is being agreed on
  open,
  draining,  // nothing more is read; what it holds is sent, then it closes
  closing,   // operations are being ended; it is free after the last of their completions
};

// What has come of a chunk whose size rules name, and what becomes of it when it grows.
struct SizeCount {
  std::uint64_t octets = 0;              // of its body that have gone
  std::uint64_t stop_left = UINT64_MAX;  // so many and it is refused with
  std::uint16_t stop_code = 0;
  std::string stop_reason;
  std::optional<session::Token> first_session;  // when it passed two of ours
};

// Whose accounts a chunk is carried on, of the sessions of this core that it has passed.
struct AccountsOfChunk {
  session::AccountId from_client;
  session::AccountId to_client;
};

// Where the parts of the frame go that a link is receiving. Its head has been through the walk; the body rides (models 2.5).
struct Route {
  enum class Kind : std::uint8_t {
    none,    // between frames
    drop,    // refused, or answered already
    local,   // `send` in the outbox of `link` on this core
    remote,  // `core` decides or sends: by mail
    hold,    // SEND of which rules want to see more before they judge: kept in the link's `held`
    gather,  // not SEND: kept in the link's `held` until its end
  };
  Kind kind = Kind::none;
  std::uint32_t chunk = 0;
  base::LinkId link;
  Send* send = nullptr;  // good as long as `link` is
  base::CoreId core;
  ReportId report = no_report;  // a share of it
  std::string reply;            // the 200 that is due at the end of the chunk
  bool success_due = true;      // false: Failure-Report: partial, `reply` is only the form of a failure
  bool from_trunk = false;      // the source is not to be paused for one session
  session::Token session;       // that permitted it
  session::MessageHash message = 0;
  bool counts_size = false;  // rules name sizes (judge.cc):
  std::unique_ptr<SizeCount> size;
  std::unique_ptr<AccountsOfChunk> accounts;  // only with accounting
};

// A frame that is kept until enough of it has come.
struct HeldFrame {
  std::string octets;
  std::size_t head_octets = 0;  // the first of them
  bool has_body = false;
  msrp::TidFamily family = {};  // of a chunk whose route holds

  std::string_view head() const { return std::string_view(octets).substr(0, head_octets); }
};

// The beginning of a link on which SIP may be spoken (sip.cc).
struct OpeningOctets {
  std::string waiting;      // until they tell what is spoken; SIP: a request that has not come whole
  std::string msrp;         // the same, once they are MSRP: held until the framer has used them up
  std::size_t nobodys = 0;  // octets of a SIP body that are still to come
};

// A dialled link that is not connected yet knows where it may go.
struct Dialling {
  std::string host;  // as in the URI; the key of the table of dialled links has the port too
  std::uint16_t port = 0;
  bool secure = false;                            // TLS, with a server that is
  std::string server;                             // this host of the URI,
  std::optional<base::IpAddress> server_address;  // or this one, when it is an address
  std::optional<base::IpAddress> local;           // to dial from, when a rule says so
  std::vector<base::Endpoint> endpoints;          // to try in order
  std::size_t next = 0;
};

// What only links have that this relay opened.
struct Dialled {
  std::string key;                     // under which it is found again: "host:port" and more
  std::unique_ptr<Dialling> dialling;  // until it is connected
  base::LinkId fallback;               // while it is not: where its frames go if it never is
  std::optional<session::Token> own_of;
  std::uint16_t failure_code = 408;  // what senders are told when it ends with their frames
  const char* failure_reason = "Next Hop Unreachable";
};

// msrp.conid: of all connections that there are, no other has it.
inline std::uint64_t connection_of(base::LinkName link) {
  return (std::uint64_t{link.core.value()} << 56U) | (std::uint64_t{link.link.generation & 0xFF'FFFFU} << 32U) | link.link.slot;
}

// A source on its way to a link of its own: paused until the next hop has answered all that it brought.
struct Leaving {
  base::LinkName source;
  std::size_t unanswered = 0;
};

struct KnownSend;
struct KnownResponse;

// TLS in user space (tls.cc).
struct LinkTls {
  enum class Kernel : std::uint8_t {
    never,   // it stays here
    later,   // it goes to the kernel when the handshake is over, between two records
    waiting  // when what is sealed has gone; nothing is read until then
  };
  Kernel kernel = Kernel::never;
  std::optional<transport::TlsEngine> engine;
  std::string waiting;    // received, and not looked at in this turn
  std::string sending;    // sealed
  std::size_t sent = 0;   // of these
  std::size_t plain = 0;  // octets of the outbox that lie sealed in `sending`
  bool farewell_said = false;
};

struct Link {
  Link(const msrp::HeadLimits& limits, base::BufferPool& pool) : framer(limits, pool) {}

  base::LinkId id;
  ring::Socket socket;
  LinkState state = LinkState::open;
  SecurityOfLink security;
  std::unique_ptr<LinkTls> tls;                        // while this program does the TLS of the link,
  bool in_kernel = false;                              // else the kernel does
  std::unique_ptr<transport::TrafficSecrets> secrets;  // to change its keys there
  ring::RecordCipher cipher = ring::RecordCipher::aes_128_gcm;
  bool key_update_due = false;                          // ours, when nothing is being sent
  std::uint64_t sealed_in_kernel = 0;                   // octets
  std::unique_ptr<transport::Certificate> certificate;  // of a relay that has shown one
  base::Endpoint peer;
  base::Endpoint local;
  std::optional<base::ListenerId> listener;  // nullopt: dialled
  bool counts_for_address = false;           // it is in the count of links per address

  // In.
  msrp::Framer framer;
  KnownSend* last_send = nullptr;  // that was known: the next one is likely the same (known.cc)
  KnownResponse* last_response = nullptr;
  std::uint32_t chunk = 0;  // frames begun
  Route route;
  std::unique_ptr<HeldFrame> held;
  sip::Opening opening = sip::Opening::msrp;  // undecided: the first octets are kept until they tell (listeners that admit SIP)
  std::unique_ptr<OpeningOctets> opening_octets;
  bool recv_armed = false;
  bool recv_single = false;  // the armed one is single-shot
  bool recv_cancelling = false;
  bool out_of_buffers = false;  // waits to be armed again, in turn
  bool input_ended = false;     // the peer has finished sending
  // After a pause: so many receives come one at a time, so that the next pause is at once.
  std::uint8_t reads_singly = 0;
  std::vector<base::LinkName> paused_by;  // links whose readers are slow; empty: it is read
  std::size_t read_while_paused = 0;      // octets
  std::uint32_t fences = 0;               // mail that must come back before a draining link may close

  // Out.
  Outbox outbox;
  Transactions transactions;
  bool send_in_flight = false;
  std::size_t in_flight_octets = 0;
  bool blocked = false;                 // the socket is full: poll_out is armed
  bool dirty = false;                   // on the list of this turn
  bool close_after_response = false;    // a rule wants it closed when all that was asked is answered
  std::vector<base::LinkName> waiters;  // sources paused because of this link
  std::vector<Leaving> leaving;

  // What hangs on it.
  std::vector<session::Token> sessions;
  std::optional<session::Token> carries;  // a relay's link: the session of ours that it serves alone (walk.cc)
  bool is_trunk = false;                  // a relay's link that many sessions share: never paused for one of them
  auth::NonceCounts nonces;
  std::uint32_t auth_failures = 0;
  bool on_probation = true;
  std::uint32_t refusals = 0;  // of what it asked while on probation
  bool clock_listed = false;   // on the list of links with transactions
  std::unique_ptr<Dialled> dialled;
  base::Instant last_used;
  LinkEnd end = LinkEnd::other;
  LinkWork work_at_end = LinkWork::quiet;

  // Completions that must come before the slot is free.
  std::uint32_t operations = 0;

  Dialling* dialling() const { return dialled ? dialled->dialling.get() : nullptr; }
  base::LinkId fallback() const { return dialled ? dialled->fallback : base::LinkId{}; }
  std::optional<session::Token> own_of() const { return dialled ? dialled->own_of : std::nullopt; }

  // Its own answers may be what its lanes wait for: then it is read although it is paused, or two that pause each other would stand still
  // for ever. For so many octets, no more.
  bool is_starved(std::size_t session_buffer) const { return outbox.is_starved() && read_while_paused < session_buffer; }
  bool reading_wanted(std::size_t session_buffer) const {
    // Octets whose turn has not come, or that the kernel is to open.
    const bool must_wait = tls && (!tls->waiting.empty() || tls->kernel == LinkTls::Kernel::waiting);
    return (state == LinkState::open || state == LinkState::securing) && !input_ended && !must_wait &&
           (paused_by.empty() || is_starved(session_buffer));
  }
};

}  // namespace relay
