#include "transport/tls_engine.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "transport/wolfssl.h"
//
#include <wolfssl/wolfcrypt/kdf.h>

namespace transport {
namespace {

constexpr std::size_t record_octets = 16 * 1024;  // of plaintext: the most that TLS allows

std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

}  // namespace

namespace {

std::string reason_of(int error) {
  const char* text = wolfSSL_ERR_reason_error_string(static_cast<unsigned long>(error));
  return text != nullptr && *text != '\0' ? text : "error " + std::to_string(error);
}

std::string what_is_wrong(int error) {
  switch (error) {
    case ASN_NO_SIGNER_E: return "nobody who is trusted has issued it";
    case ASN_AFTER_DATE_E: return "its time is over";
    case ASN_BEFORE_DATE_E: return "its time has not begun";
    case CRL_CERT_REVOKED: return "it has been revoked";
    case CRL_MISSING: return "its issuer has no list in crl_file";
    case CRL_CERT_DATE_ERR: return "the list of its issuer in crl_file is out of date";
    default: break;
  }
  return reason_of(error);
}

}  // namespace

int on_peer_certificate(int good, WOLFSSL_X509_STORE_CTX* store);

struct TlsEngine::Calls {
  static int receive(WOLFSSL*, char* to, int size, void* engine) {
    std::string_view& input = static_cast<TlsEngine*>(engine)->input_;
    if (input.empty()) return WOLFSSL_CBIO_ERR_WANT_READ;
    const std::size_t count = std::min(input.size(), static_cast<std::size_t>(size));
    std::memcpy(to, input.data(), count);
    input.remove_prefix(count);
    return static_cast<int>(count);
  }
  static int send(WOLFSSL*, char* octets, int size, void* engine) {
    static_cast<TlsEngine*>(engine)->output_.append(octets, static_cast<std::size_t>(size));
    static_cast<TlsEngine*>(engine)->remember_nonce({octets, static_cast<std::size_t>(size)});
    return size;
  }
  // For every certificate of the chain, the peer's own last (depth 0).
  static int judge(int good, const WOLFSSL_X509_STORE_CTX* store) {
    auto& engine = *static_cast<TlsEngine*>(store->userCtx);
    if (store->totalCerts == 0 && !engine.is_client_) return 1;  // none was shown
    engine.showed_certificate_ = true;
    // Of an issuer that the peer sends along only a list that names it counts: else it has been found good.
    if (good == 0 && store->error == CRL_MISSING && store->error_depth != 0) return 1;
    if (good == 0 && store->error == CRL_CERT_REVOKED && !engine.trusts_anybody_) {
      engine.fault_ = "the certificate is not good: " + what_is_wrong(store->error);
      return 0;
    }
    if (good == 0) engine.certificate_good_ = false;
    if (good == 0 && engine.is_client_ && !engine.trusts_anybody_) {
      engine.fault_ = "the certificate is not good: " + what_is_wrong(store->error);
      return 0;
    }
    // An issuer that is let pass here wolfSSL would trust from then on, whoever comes: it adds it to the context, unless nothing is
    // verified. The peer's own is no issuer; its key must still be shown to be the peer's.
    const bool is_own = store->error_depth == 0;
    if (!engine.certificate_good_) {
      wolfSSL_set_verify(engine.ssl_, is_own ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE, on_peer_certificate);
    }
    if (!is_own || store->certs == nullptr) return 1;
    const WOLFSSL_BUFFER_INFO& own = store->certs[0];
    auto certificate = read_certificate({reinterpret_cast<const char*>(own.buffer), own.length});
    const bool named = certificate && (!engine.is_client_ || certificate->names_authority(engine.host_, engine.address_));
    if (engine.is_client_ && !named && !engine.trusts_anybody_) {
      engine.fault_ = "the certificate is not for " + (engine.address_ ? engine.address_->to_string() : engine.host_);
      return 0;
    }
    if (certificate && engine.certificate_good_) engine.peer_ = std::move(*certificate);
    return 1;
  }
  static bool has_peer(const TlsEngine& engine) { return engine.showed_certificate_; }
};

// wolfSSL does not say whose handshake it makes keys for: the engine that is at work on this thread does.
static thread_local TlsEngine* at_work = nullptr;
struct AtWork {
  explicit AtWork(TlsEngine* engine) : before(std::exchange(at_work, engine)) {}
  ~AtWork() { at_work = before; }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;
  TlsEngine* const before;
};

void TlsEngine::keep(std::string_view label, std::span<const unsigned char> secret) {
  const bool of_client = label == "c ap traffic";
  if (of_client || label == "s ap traffic") {
    if (secrets_ == nullptr) secrets_ = std::make_unique<TrafficSecrets>();
    secrets_->set(of_client ? TrafficSecrets::Side::client : TrafficSecrets::Side::server, secret);
  } else if (label == "traffic upd" && secrets_ != nullptr) {
    secrets_->wipe();  // of which side, it does not say
  }
}

int expand_and_keep(unsigned char* to, word32 size, const unsigned char* secret, word32 secret_size, const unsigned char* protocol,
                    word32 protocol_size, const unsigned char* label, word32 label_size, const unsigned char* info, word32 info_size,
                    int digest, int) {
  const int done =
      wc_Tls13_HKDF_Expand_Label(to, size, secret, secret_size, protocol, protocol_size, label, label_size, info, info_size, digest);
  if (done == 0 && at_work != nullptr) at_work->keep({reinterpret_cast<const char*>(label), label_size}, {to, size});
  return done;
}

std::unique_ptr<TrafficSecrets> TlsEngine::take_traffic_secrets() {
  if (secrets_ != nullptr && !secrets_->complete()) secrets_.reset();
  return std::move(secrets_);
}

std::string_view suite_name(std::uint16_t suite) {
  const char* text = wolfSSL_get_cipher_name_iana_from_suite(static_cast<unsigned char>(suite >> 8U), static_cast<unsigned char>(suite));
  return text != nullptr ? text : "";
}

int on_peer_certificate(int good, WOLFSSL_X509_STORE_CTX* store) { return TlsEngine::Calls::judge(good, store); }
bool bears_identity(WOLFSSL* ssl) { return TlsEngine::Calls::has_peer(*static_cast<const TlsEngine*>(wolfSSL_GetIOReadCtx(ssl))); }

TlsEngine::TlsEngine(const TlsClient& client, std::string_view host, const std::optional<base::IpAddress>& address,
                     std::string_view endpoint)
    : is_client_(true), trusts_anybody_(client.trusts_anybody()), host_(host), address_(address) {
  begin(wolfSSL_new(client.context()));
  // R-209; an address is no name (RFC 6066 3).
  if (ssl_ != nullptr && !address && host.size() <= 0xFFFF) {
    wolfSSL_UseSNI(ssl_, WOLFSSL_SNI_HOST_NAME, host_.data(), static_cast<unsigned short>(host_.size()));
  }
  if (ssl_ == nullptr || client.sessions() == nullptr || endpoint.empty()) return;
  resumption_ = std::make_unique<Resumption>(client.sessions(), (address ? address->to_string() : host_) + "|" + std::string(endpoint));
  resumption_->offer(ssl_, now());
}

TlsEngine::~TlsEngine() { wolfSSL_free(ssl_); }

void TlsEngine::begin(WOLFSSL* ssl) {
  ssl_ = ssl;
  if (ssl == nullptr) return fail("no memory");
  wolfSSL_SSLSetIORecv(ssl, &Calls::receive);
  wolfSSL_SSLSetIOSend(ssl, &Calls::send);
  wolfSSL_SetIOReadCtx(ssl, this);
  wolfSSL_SetIOWriteCtx(ssl, this);
  wolfSSL_SetCertCbCtx(ssl, this);
}

void TlsEngine::fail(std::string_view what) {
  state_ = State::failed;
  if (fault_.empty()) fault_ = what;
}

void TlsEngine::step() {
  if (state_ != State::handshake) return;
  const AtWork now(this);
  const int done = is_client_ ? wolfSSL_connect(ssl_) : wolfSSL_accept(ssl_);
  if (done == WOLFSSL_SUCCESS) {
    state_ = State::established;
    return learn();
  }
  const int error = wolfSSL_get_error(ssl_, done);
  if (error == WOLFSSL_ERROR_WANT_READ) return;
  fail(reason_of(error));
}

void TlsEngine::learn() {
  version_ = wolfSSL_GetVersion(ssl_) == WOLFSSL_TLSV1_3 ? TlsVersion::tls13 : TlsVersion::tls12;
  suite_ = static_cast<std::uint16_t>(wolfSSL_get_current_cipher_suite(ssl_));
  resumed_ = wolfSSL_session_reused(ssl_) != 0;
  if (!certificate_good_) peer_.reset();
  if (resumed_ && resumption_ != nullptr) peer_ = resumption_->begun();
  wolfSSL_FreeArrays(ssl_);
  server_.reset();
  hello_ = {};
}

// TLS 1.2 with GCM: wolfSSL begins the explicit nonce anywhere and tells nobody. It hands over whole records, all that it writes at once.
void TlsEngine::remember_nonce(std::string_view records) {
  const auto octet = [&](std::size_t at) { return static_cast<std::uint64_t>(static_cast<unsigned char>(records[at])); };
  while (records.size() >= RecordBoundary::head_octets + 8) {
    std::uint64_t nonce = 0;
    for (std::size_t at = RecordBoundary::head_octets; at < RecordBoundary::head_octets + 8; ++at) nonce = nonce << 8U | octet(at);
    explicit_nonce_ = nonce;
    records.remove_prefix(std::min<std::size_t>(records.size(), RecordBoundary::head_octets + (octet(3) << 8U | octet(4))));
  }
}

bool TlsEngine::is_between_records() const {
  return state_ == State::established && input_.empty() && boundary_.is_here() && wolfSSL_pending(ssl_) == 0;
}

std::optional<ring::RecordKeys> TlsEngine::record_keys(bool sending) const {
  if (state_ != State::established || wolfSSL_GetCipherType(ssl_) != WOLFSSL_AEAD_TYPE) return std::nullopt;
  ring::RecordKeys keys;
  keys.tls13 = version_ == TlsVersion::tls13;
  const int octets = wolfSSL_GetKeySize(ssl_);
  const int cipher = wolfSSL_GetBulkCipher(ssl_);
  const bool chacha = cipher == wolfssl_chacha && octets == 32;
  if (chacha) {
    keys.cipher = ring::RecordCipher::chacha20_poly1305;
  } else if (cipher == wolfssl_aes_gcm && (octets == 16 || octets == 32)) {
    keys.cipher = octets == 16 ? ring::RecordCipher::aes_128_gcm : ring::RecordCipher::aes_256_gcm;
  } else {
    return std::nullopt;
  }
  const bool of_client = is_client_ == sending;
  const unsigned char* key = of_client ? wolfSSL_GetClientWriteKey(ssl_) : wolfSSL_GetServerWriteKey(ssl_);
  const unsigned char* iv = of_client ? wolfSSL_GetClientWriteIV(ssl_) : wolfSSL_GetServerWriteIV(ssl_);
  std::memcpy(keys.key.data(), key, static_cast<std::size_t>(octets));
  std::memcpy(keys.iv.data(), iv, keys.tls13 || chacha ? keys.iv.size() : 4);
  // Both return 1 where the number is 0: that is no error.
  word64 next = 0;
  if (sending) {
    wolfSSL_GetSequenceNumber(ssl_, &next);
  } else {
    wolfSSL_GetPeerSequenceNumber(ssl_, &next);
  }
  keys.next_record = next;
  keys.next_explicit_nonce = explicit_nonce_ + 1;
  return keys;
}

TlsEngine::State TlsEngine::receive(std::string_view ciphertext, base::BufferPool& pool, PlaintextSink& sink) {
  if (state_ == State::failed || state_ == State::ended) return state_;
  input_ = ciphertext;
  boundary_.pass(ciphertext);
  if (ssl_ == nullptr) {
    hello_ += ciphertext;  // bounded: a hello that fits a record is whole before the next receive buffer comes
    ClientHello hello;
    switch (read_client_hello(hello_, hello)) {
      case HelloState::not_tls: fail("what came is not TLS"); return state_;
      case HelloState::need_more: return state_;
      case HelloState::complete: break;
    }
    begin(wolfSSL_new(server_->choose(hello)));
    if (state_ == State::failed) return state_;
    const std::string hello_octets = std::exchange(hello_, {});
    input_ = hello_octets;
    go_on(pool, sink);
  } else {
    go_on(pool, sink);
  }
  input_ = {};
  return state_;
}

void TlsEngine::go_on(base::BufferPool& pool, PlaintextSink& sink) {
  if (state_ == State::handshake) step();
  if (state_ == State::established) open_records(pool, sink);
  if (state_ == State::established || state_ == State::ended) look_for_ticket();
}

void TlsEngine::look_for_ticket() {
  if (resumption_ == nullptr) return;
  switch (resumption_->look(ssl_, peer_, now())) {
    case Resumption::Found::not_yet: return;
    case Resumption::Found::displaced: displaced_ = true; break;
    case Resumption::Found::kept:
    case Resumption::Found::none: break;
  }
  resumption_.reset();
}

// As much of what is there as fits a block is handed over at once: small records cost the framer no more than large ones.
void TlsEngine::open_records(base::BufferPool& pool, PlaintextSink& sink) {
  const AtWork now(this);
  for (;;) {
    base::Lease block = pool.take();
    if (!block) {
      state_ = State::no_memory;
      return;
    }
    base::Buffer& buffer = *block.buffer();
    buffer.scarce = true;  // what must wait is copied: a block holds as much as fits, or a few octets
    std::size_t used = 0;
    int error = 0;
    while (used < buffer.capacity) {
      const int count = wolfSSL_read(ssl_, buffer.data + used, static_cast<int>(buffer.capacity - used));
      if (count <= 0) {
        error = wolfSSL_get_error(ssl_, count);
        break;
      }
      used += static_cast<std::size_t>(count);
    }
    if (used > 0 && !sink.plaintext({buffer.data, used, std::move(block)})) return;
    if (error == 0) continue;
    if (error == WOLFSSL_ERROR_WANT_READ) return;
    if (error == WOLFSSL_ERROR_ZERO_RETURN) {
      state_ = State::ended;
      return;
    }
    return fail(reason_of(error));
  }
}

bool TlsEngine::seal(std::string_view plaintext) {
  CHECK(state_ == State::established || state_ == State::ended);
  while (!plaintext.empty()) {
    const int count = wolfSSL_write(ssl_, plaintext.data(), static_cast<int>(std::min<std::size_t>(plaintext.size(), 1U << 30U)));
    if (count <= 0) {
      fail("the record could not be written");
      return false;
    }
    plaintext.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// Small pieces are gathered to a record; what fills one is not copied for it.
std::size_t TlsEngine::seal(std::span<const ring::Octets> pieces, std::size_t most) {
  static thread_local std::array<char, record_octets> record;
  std::size_t filled = 0, taken = 0;
  for (const ring::Octets& piece : pieces) {
    std::string_view rest(piece.data, std::min(piece.size, most - taken));
    taken += rest.size();
    while (!rest.empty()) {
      const bool whole = filled == 0 && rest.size() >= record_octets;
      const std::size_t count = whole ? rest.size() - rest.size() % record_octets : std::min(rest.size(), record_octets - filled);
      if (whole) {
        if (!seal(rest.substr(0, count))) return 0;
      } else {
        rest.copy(record.data() + filled, count);
        filled += count;
        if (filled == record_octets && !seal({record.data(), std::exchange(filled, 0)})) return 0;
      }
      rest.remove_prefix(count);
    }
    if (taken == most) break;
  }
  return filled == 0 || seal({record.data(), filled}) ? taken : 0;
}

void TlsEngine::close_notify() {
  if (ssl_ != nullptr && (state_ == State::established || state_ == State::ended)) wolfSSL_shutdown(ssl_);
}

}  // namespace transport
