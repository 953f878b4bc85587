#pragma once
// What TLS links of one core have in common: certificates and keys, who is trusted, ticket keys. wolfSSL's contexts are locked when they
// are shared, so every core has its own; the octets they are made of are shared by all. No call here makes a system call but for entropy.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "transport/certificate.h"
#include "transport/client_hello.h"
#include "transport/client_sessions.h"

struct WOLFSSL_CTX;
struct WC_RNG;

namespace transport {

struct PemPair {
  std::string chain;        // the own certificate first
  std::string key;          // without a password
  std::string status = {};  // of the certificate, as its issuer told it (certificate_status.h); empty: none is shown
};

// In force for a window of three: tickets are made with the first, taken with any. Shared by all cores, so that a client may come back to
// another one.
struct TicketKeys {
  struct Key {
    std::array<std::uint8_t, 16> name{};
    std::array<std::uint8_t, 32> secret{};
  };
  std::vector<Key> keys;  // newest first, at most window
  static constexpr std::size_t window = 3;
};

enum class Group : unsigned char { x25519, p256 };
// The one whose exchange is faster on this machine with this library. Takes some milliseconds.
Group faster_group();

struct TlsOptions {
  std::string trusted;                  // PEM: who may vouch for peers; empty: nobody
  std::string revoked;                  // PEM: revocation lists of these; empty: nothing is asked for
  bool some_may_be_unreadable = false;  // of `trusted`: a system's list has curves that wolfSSL has not
  Group first_group = Group::p256;
  std::shared_ptr<const TicketKeys> tickets;  // null: none are given out
  bool keep_traffic_secrets = false;          // for whoever takes connections over and can change their keys
  std::size_t client_sessions = 0;            // of a client, to be resumed; beyond these the oldest is forgotten
};

// Checks a pair as far as it can be without a peer: the certificate can be read, the key belongs to it. Its dates are the caller's matter.
base::Result<Certificate, std::string> check_pair(const PemPair& pair);

// Revocation lists in PEM form, against the issuers in `trusted`: what is wrong with them; empty: nothing.
std::string check_revocation_lists(const std::string& revoked, const std::string& trusted);

class TlsServer {
 public:
  // Pairs for one listener, 1 or more. The first is for clients that name none of theirs.
  static base::Result<std::shared_ptr<TlsServer>, std::string> make(const std::vector<PemPair>& pairs, const TlsOptions& options);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  // Of the certificates for the name that is asked for (else of the first one's kind) one whose key the client understands, ECDSA before
  // RSA.
  WOLFSSL_CTX* choose(const ClientHello& hello) const { return choice_for(hello).context; }
  const Certificate& certificate_of(const ClientHello& hello) const { return choice_for(hello).certificate; }
  void use_tickets(std::shared_ptr<const TicketKeys> tickets) { tickets_ = std::move(tickets); }

 private:
  friend struct TicketCalls;
  struct Choice {
    WOLFSSL_CTX* context = nullptr;
    Certificate certificate;
    std::unique_ptr<std::string> status;  // that the context shows
  };
  TlsServer() = default;
  const Choice& choice_for(const ClientHello& hello) const;
  std::vector<Choice> choices_;
  std::shared_ptr<const TicketKeys> tickets_;
  std::unique_ptr<WC_RNG> random_;
};

class TlsClient {
 public:
  // `own`: shown to servers that ask for a certificate.
  static base::Result<std::unique_ptr<TlsClient>, std::string> make(const std::optional<PemPair>& own, const TlsOptions& options,
                                                                    bool trust_anybody = false);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  WOLFSSL_CTX* context() const { return context_; }
  bool trusts_anybody() const { return trust_anybody_; }
  const std::shared_ptr<ClientSessions>& sessions() const { return sessions_; }  // null: none are kept

 private:
  TlsClient() = default;
  WOLFSSL_CTX* context_ = nullptr;
  bool trust_anybody_ = false;
  std::shared_ptr<ClientSessions> sessions_;  // with engines that began with these files
};

// Once in the process, before all else here.
void prepare_tls();
// "wolfSSL 5.5.4, hardware AES yes"
std::string describe_tls();

}  // namespace transport
