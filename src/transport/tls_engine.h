#pragma once
// One TLS connection without a socket: octets of the wire in, plaintext out, and the other way round. Tested alone, and the same in the
// simulator. A link frees it when the kernel takes over (ktls.h).
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/buffer_pool.h"
#include "base/lease.h"
#include "ring/ring.h"
#include "transport/record_boundary.h"
#include "transport/tls_context.h"
#include "transport/traffic_secrets.h"
#include "transport/transport.h"

struct WOLFSSL;

namespace transport {

// "TLS_AES_128_GCM_SHA256"; empty: unknown.
std::string_view suite_name(std::uint16_t suite);

enum class TlsVersion : unsigned char { none, tls12, tls13 };
constexpr std::string_view name(TlsVersion version) {
  return version == TlsVersion::tls13 ? "TLSv1.3" : version == TlsVersion::tls12 ? "TLSv1.2" : "";
}

class TlsEngine {
 public:
  enum class State : unsigned char {
    handshake,
    established,
    ended,      // the peer has said that nothing more comes (close_notify)
    failed,     // see fault(); an alert may be in output()
    no_memory,  // the pool had no block for plaintext: the link cannot go on
  };

  explicit TlsEngine(std::shared_ptr<const TlsServer> server) : server_(std::move(server)) {}
  // `host` and `address` as in the URI that is dialled: what the certificate must name. The client may be let go. `endpoint`: with
  // whom sessions are kept for the next time, and resumed; empty: with nobody.
  TlsEngine(const TlsClient& client, std::string_view host, const std::optional<base::IpAddress>& address, std::string_view endpoint = {});
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  // A client begins. (Nothing comes in before.)
  void start() { step(); }
  // Takes all of `ciphertext`. Plaintext goes to the sink in blocks of the pool, as it comes; when the sink says that the link has ended,
  // the rest is dropped.
  State receive(std::string_view ciphertext, base::BufferPool& pool, PlaintextSink& sink);
  // Octets of plaintext to records in output(). Only when established. False: it has failed.
  bool seal(std::string_view plaintext);
  // Of these pieces the first octets, `most` of them, in records as full as can be. Returns how many; none: it has failed.
  std::size_t seal(std::span<const ring::Octets> pieces, std::size_t most);
  void close_notify();

  // Octets that are still missing before the engine can go on: of the head of a record, or of its rest.
  std::size_t wanted() const { return boundary_.missing(); }
  // Whatever came has been opened, and the next octet begins a record: the connection can change hands.
  bool is_between_records() const;
  // What whoever takes the connection over needs to go on. nullopt: a cipher without a name there. All of output() must have been sent.
  std::optional<ring::RecordKeys> record_keys(bool sending) const;

  // What new keys of a TLS 1.3 connection can be made of (TlsOptions::keep_traffic_secrets); null: nothing is known.
  std::unique_ptr<TrafficSecrets> take_traffic_secrets();

  // What is to be sent, in order. The caller takes it.
  std::string& output() { return output_; }

  State state() const { return state_; }
  std::string_view fault() const { return fault_; }
  bool begun() const { return ssl_ != nullptr || !hello_.empty(); }  // the client has said something
  TlsVersion version() const { return version_; }
  std::uint16_t suite() const { return suite_; }  // as in the registry of TLS cipher suites
  bool resumed() const { return resumed_; }
  // Of the peer's certificate, when it showed one that is good: trusted, in its time. For a client the server's.
  const std::optional<Certificate>& peer() const { return peer_; }
  // A ticket may still come; when the connection changes hands it is lost.
  bool awaits_ticket() const { return resumption_ != nullptr && state_ == State::established; }
  // Once: the session that was kept has taken the place of another server's.
  bool take_displaced() { return std::exchange(displaced_, false); }
  // Octets that a handshake has cost so far beside those in wolfSSL.
  std::size_t held_octets() const { return hello_.capacity() + output_.capacity(); }

  // For wolfSSL's calls.
  struct Calls;
  void keep(std::string_view label, std::span<const unsigned char> secret);

 private:
  void begin(WOLFSSL* ssl);
  void step();
  void fail(std::string_view what);
  void learn();
  void remember_nonce(std::string_view records);
  void go_on(base::BufferPool& pool, PlaintextSink& sink);
  void open_records(base::BufferPool& pool, PlaintextSink& sink);
  void look_for_ticket();

  std::shared_ptr<const TlsServer> server_;  // whose keys seal the tickets, until the handshake is over
  WOLFSSL* ssl_ = nullptr;
  State state_ = State::handshake;
  bool is_client_ = false;
  bool trusts_anybody_ = false;
  bool showed_certificate_ = false;
  bool certificate_good_ = true;
  bool resumed_ = false;
  TlsVersion version_ = TlsVersion::none;
  std::uint16_t suite_ = 0;
  std::string host_;
  std::optional<base::IpAddress> address_;
  RecordBoundary boundary_;  // of what was received
  std::unique_ptr<TrafficSecrets> secrets_;
  std::uint64_t explicit_nonce_ = 0;  // of the last record that was written
  std::string hello_;                 // of a client, until it is whole
  std::string_view input_;
  std::string output_;
  std::string fault_;
  std::optional<Certificate> peer_;
  std::unique_ptr<Resumption> resumption_;  // of a client, until it has a ticket for the next time
  bool displaced_ = false;
};

}  // namespace transport
