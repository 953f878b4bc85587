#pragma once
// One party on one link: sets up its session, then sends or receives. Pure: octets come as slices, leave through the outbox; time and
// chance are arguments. The driver owns the socket.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer_pool.h"
#include "base/lease.h"
#include "base/time.h"
#include "blaster/auth_exchange.h"
#include "blaster/outbox.h"
#include "blaster/receiver.h"
#include "blaster/sender.h"
#include "msrp/framer.h"

namespace blaster {

enum class ClientState : std::uint8_t {
  connecting,      // start() has not been called
  authenticating,  // waits for the relay
  ready,           // use_path() and uri() are good
  refused,         // see exchange()
  broken,          // what came was no MSRP; the link is useless
};

class Client {
 public:
  // `account` null: no relay of its own, it is ready at once. `sender` or `receiver` is null; `tally` is the thread's. All outlive this.
  Client(const Account* account, Sender* sender, Receiver* receiver, Tally& tally, base::BufferPool& pool, base::Entropy& entropy);

  // The link is there; `uri` is the client's own.
  void start(std::string_view uri);
  // It is ready and authenticates once more.
  void renew() {
    state_ = ClientState::authenticating;
    exchange_.renew(outbox_);
  }
  // Octets that came. The state tells what became of it.
  void receive(base::Slice octets, base::Instant now);

  ClientState state() const { return state_; }
  const std::string& uri() const { return uri_; }
  std::string_view use_path() const { return account_ != nullptr ? exchange_.use_path() : std::string_view(); }
  const AuthExchange& exchange() const { return exchange_; }
  Outbox& outbox() { return outbox_; }

 private:
  void on_head(const msrp::Head& head);
  void on_response(const msrp::Head& head);
  std::size_t repeats(std::string_view octets, base::Instant now);

  static const Account no_account;

  const Account* account_;
  Sender* sender_;
  Receiver* receiver_;
  Tally& tally_;
  ClientState state_ = ClientState::connecting;
  std::string uri_;
  AuthExchange exchange_;
  msrp::Framer framer_;
  Outbox outbox_;
  bool in_send_ = false;  // between head and end of a SEND for the receiver
};

// A client URI with 80 random bits as its session (RFC 4975 section 14.1). `scheme`: msrp or msrps. `authority`: "192.0.2.1:2855".
// `prefix` goes before the random part.
std::string mint_client_uri(std::string_view scheme, std::string_view authority, std::string_view prefix, base::Entropy& entropy);

// Receivers that are dialled are told apart by the beginning of their session: what to give mint_client_uri() for a pair, and which pair
// the first octets of a link (at least up to the end of To-Path) are for; nullopt: none of ours.
std::string receiver_prefix(std::uint32_t pair);
std::optional<std::uint32_t> pair_of_first_frame(std::string_view octets);

}  // namespace blaster
