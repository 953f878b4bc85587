#pragma once
// TLS 1.3 sessions that servers gave tickets for, to come back with (RFC 8446 2.2). A resumed session shows no certificate: what was
// verified when it began holds, and no longer than verification_lives. One core's, and good with the files it began with: who reads
// certificates again begins with an empty one. Not those of TLS 1.2: wolfSSL takes it for granted there that a ticket is accepted, and
// fails when the server wants a full handshake instead.
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transport/certificate.h"

struct WOLFSSL;
struct WOLFSSL_SESSION;

namespace transport {

struct ReleaseSession {
  void operator()(WOLFSSL_SESSION* session) const;
};

struct ClientSession {
  std::unique_ptr<WOLFSSL_SESSION, ReleaseSession> session;
  Certificate peer;                           // that the server has shown
  std::chrono::sys_seconds verified_until{};  // the same for all sessions that come of one full handshake
};

class ClientSessions {
 public:
  static constexpr auto verification_lives = std::chrono::hours(1);

  explicit ClientSessions(std::size_t most) : most_(most) {}

  // Under whose name, at which endpoint. A newer one takes the place of an older; beyond `most` the oldest goes, and it returns true.
  bool remember(const std::string& server, ClientSession session);
  // Taken out: a ticket is shown once (RFC 8446 C.4), and one that does no good is not shown again. nullopt: none that is still good.
  std::optional<ClientSession> take(const std::string& server, std::chrono::sys_seconds now);
  std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    std::string server;
    ClientSession session;
  };
  std::size_t most_;
  std::vector<Kept> kept_;  // the oldest first; few, and looked through once for a dialled link
};

// Of one connection: the session that is offered, and the ticket for the next one.
class Resumption {
 public:
  Resumption(std::shared_ptr<ClientSessions> sessions, std::string server) : sessions_(std::move(sessions)), server_(std::move(server)) {}

  // Before the handshake.
  void offer(WOLFSSL* ssl, std::chrono::sys_seconds now);
  // The server has taken it: whom it was verified to be.
  std::optional<Certificate> begun();

  enum class Found : unsigned char {
    not_yet,  // it may still come
    kept,
    displaced,  // kept, and the oldest of another server is forgotten
    none,
  };
  // wolfSSL tells nobody that a ticket has come: it is looked for after what comes first, from the end of the handshake on. When a second
  // ticket comes wolfSSL puts it into the session that is kept.
  Found look(WOLFSSL* ssl, const std::optional<Certificate>& peer, std::chrono::sys_seconds now);

 private:
  static constexpr std::size_t ticket_octets = 2 * 1024;  // a larger one is not kept
  static constexpr unsigned looks_max = 4;                // the handshake's end, and three receipts after it

  static std::string ticket_of(WOLFSSL* ssl);
  std::shared_ptr<ClientSessions> sessions_;
  std::string server_;
  std::optional<ClientSession> offered_;
  std::string offered_ticket_;
  bool resumed_ = false;
  unsigned looks_ = 0;
};

}  // namespace transport
