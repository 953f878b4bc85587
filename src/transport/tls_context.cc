#include "transport/tls_context.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "transport/certificate_status.h"
#include "transport/revocation_list.h"
#include "transport/wolfssl.h"
//
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/curve25519.h>
#include <wolfssl/wolfcrypt/ecc.h>

namespace transport {

int on_peer_certificate(int good, WOLFSSL_X509_STORE_CTX* store);  // tls_engine.cc
bool bears_identity(WOLFSSL* ssl);                                 // tls_engine.cc
int expand_and_keep(unsigned char* to, word32 size, const unsigned char* secret, word32 secret_size, const unsigned char* protocol,
                    word32 protocol_size, const unsigned char* label, word32 label_size, const unsigned char* info, word32 info_size,
                    int digest,
                    int side);  // tls_engine.cc

namespace {

constexpr const char* suites =
    "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305";
constexpr int ticket_life_s = 2 * 3600;

std::string reason_of(int error) {
  const char* text = wc_GetErrorString(error);
  return text != nullptr ? text : "error " + std::to_string(error);
}

using Context = std::unique_ptr<WOLFSSL_CTX, Releases<wolfSSL_CTX_free>>;

std::string use_pair(WOLFSSL_CTX* context, const PemPair& pair) {
  const auto size = [](const std::string& text) { return static_cast<long>(text.size()); };
  int done = wolfSSL_CTX_use_certificate_chain_buffer(context, unsigned_octets(pair.chain.data()), size(pair.chain));
  if (done != WOLFSSL_SUCCESS) return "the certificate cannot be used: " + reason_of(done);
  done = wolfSSL_CTX_use_PrivateKey_buffer(context, unsigned_octets(pair.key.data()), size(pair.key), WOLFSSL_FILETYPE_PEM);
  if (done != WOLFSSL_SUCCESS) return "the private key cannot be read (PEM without a password is wanted): " + reason_of(done);
  if (wolfSSL_CTX_check_private_key(context) != WOLFSSL_SUCCESS) return "the private key is not that of the certificate";
  return {};
}

std::string use_revocation_lists(WOLFSSL_CTX* context, std::string_view pem) {
  if (pem.empty()) return {};
  if (wolfSSL_CTX_EnableCRL(context, WOLFSSL_CRL_CHECKALL) != WOLFSSL_SUCCESS) return "this wolfSSL has no revocation lists";
  const auto lists = split_revocation_lists(pem);
  if (!lists) return lists.error();
  for (const std::string_view& list : *lists) {
    const int done = wolfSSL_CTX_LoadCRLBuffer(context, unsigned_octets(list.data()), static_cast<long>(list.size()), WOLFSSL_FILETYPE_PEM);
    if (done == WOLFSSL_SUCCESS) continue;
    const std::string which = "revocation list " + std::to_string(&list - lists->data() + 1) + " in it ";
    const auto next = next_update(list);
    if (next && *next <= std::chrono::system_clock::now()) return which + "is out of date: its next one is due";
    if (done == ASN_CRL_NO_SIGNER_E) return which + "is of nobody in ca_file";
    if (done == ASN_CRL_CONFIRM_E) return which + "has not been signed by its issuer";
    return which + "cannot be read: " + reason_of(done);
  }
  return {};
}

// What holds for both sides.
std::string configure(WOLFSSL_CTX* context, const TlsOptions& options) {
  if (wolfSSL_CTX_SetMinVersion(context, WOLFSSL_TLSV1_2) != WOLFSSL_SUCCESS) return "this wolfSSL has no TLS 1.2";
  if (wolfSSL_CTX_set_cipher_list(context, suites) != WOLFSSL_SUCCESS) return "this wolfSSL lacks cipher suites";
  int x_first[] = {WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_SECP384R1};
  int p_first[] = {WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP384R1};
  if (wolfSSL_CTX_set_groups(context, options.first_group == Group::x25519 ? x_first : p_first, 3) != WOLFSSL_SUCCESS) {
    return "this wolfSSL lacks X25519, P-256 or P-384";
  }
  if (options.keep_traffic_secrets) wolfSSL_CTX_SetHKDFExpandLabelCb(context, expand_and_keep);
  if (!options.trusted.empty()) {
    const unsigned flags = options.some_may_be_unreadable ? WOLFSSL_LOAD_FLAG_IGNORE_ERR : WOLFSSL_LOAD_FLAG_NONE;
    const int done = wolfSSL_CTX_load_verify_buffer_ex(context, unsigned_octets(options.trusted.data()),
                                                       static_cast<long>(options.trusted.size()), WOLFSSL_FILETYPE_PEM, 0, flags);
    if (done != WOLFSSL_SUCCESS) return "the certificates of ca_file cannot be read: " + reason_of(done);
  }
  return use_revocation_lists(context, options.revoked);
}

template <class Work>
std::chrono::nanoseconds fastest_of(int rounds, Work work) {
  auto fastest = std::chrono::nanoseconds::max();
  for (int round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    fastest = std::min(fastest, std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin));
  }
  return fastest;
}

}  // namespace

void prepare_tls() { CHECK(wolfSSL_Init() == WOLFSSL_SUCCESS); }

std::string describe_tls() {
  std::string text = std::string("wolfSSL ") + wolfSSL_lib_version();
#ifdef WOLFSSL_AESNI
  return text + (__builtin_cpu_supports("aes") ? ", AES by the processor" : ", AES in software: this processor has none");
#else
  return text + ", AES in software: this wolfSSL was built without assembly";
#endif
}

// A key pair and a shared secret, as a handshake needs them.
Group faster_group() {
  WC_RNG random;
  if (wc_InitRng(&random) != 0) return Group::p256;
  std::array<unsigned char, 64> secret{};
  bool good = true;
  const auto x25519 = fastest_of(5, [&] {
    curve25519_key mine;
    wc_curve25519_init(&mine);
    word32 size = secret.size();
    good = good && wc_curve25519_make_key(&random, CURVE25519_KEYSIZE, &mine) == 0 &&
           wc_curve25519_shared_secret(&mine, &mine, secret.data(), &size) == 0;
    wc_curve25519_free(&mine);
  });
  const bool has_x25519 = std::exchange(good, true);
  const auto p256 = fastest_of(5, [&] {
    ecc_key mine;
    wc_ecc_init(&mine);
    wc_ecc_set_rng(&mine, &random);
    word32 size = secret.size();
    good = good && wc_ecc_make_key(&random, 32, &mine) == 0 && wc_ecc_shared_secret(&mine, &mine, secret.data(), &size) == 0;
    wc_ecc_free(&mine);
  });
  wc_FreeRng(&random);
  return has_x25519 && (!good || x25519 < p256) ? Group::x25519 : Group::p256;
}

base::Result<Certificate, std::string> check_pair(const PemPair& pair) {
  auto certificate = read_first_certificate(pair.chain);
  if (!certificate) return base::fail("the certificate cannot be used: " + certificate.error());
  const Context context(wolfSSL_CTX_new(wolfSSLv23_server_method()));
  if (context == nullptr) return base::fail(std::string("no memory"));
  if (std::string fault = use_pair(context.get(), pair); !fault.empty()) return base::fail(std::move(fault));
  return certificate;
}

std::string check_revocation_lists(const std::string& revoked, const std::string& trusted) {
  const Context context(wolfSSL_CTX_new(wolfSSLv23_client_method()));
  if (context == nullptr) return "no memory";
  // What of `trusted` cannot be read is told of that file.
  wolfSSL_CTX_load_verify_buffer_ex(context.get(), unsigned_octets(trusted.data()), static_cast<long>(trusted.size()), WOLFSSL_FILETYPE_PEM,
                                    0, WOLFSSL_LOAD_FLAG_IGNORE_ERR);
  return revoked.empty() ? "no revocation list in PEM form is in it" : use_revocation_lists(context.get(), revoked);
}

// RFC 5077, with AES-256-GCM. The name of the key is what the ciphertext is bound to.
struct TicketCalls {
  static int seal_or_open(WOLFSSL* ssl, unsigned char name[WOLFSSL_TICKET_NAME_SZ], unsigned char iv[WOLFSSL_TICKET_IV_SZ],
                          unsigned char mac[WOLFSSL_TICKET_MAC_SZ], int sealing, unsigned char* ticket, int size, int* size_out,
                          void* server) {
    auto& mine = *static_cast<TlsServer*>(server);
    return sealing != 0 ? seal(mine, ssl, name, iv, mac, ticket, size, size_out) : open(mine, name, iv, mac, ticket, size, size_out);
  }

 private:
  static constexpr word32 secret_octets = std::tuple_size_v<decltype(TicketKeys::Key::secret)>;
  static constexpr word32 iv_octets = 12;
  static constexpr word32 tag_octets = 16;

  static bool use_key(Aes& aes, const TicketKeys::Key& key) {
    return wc_AesInit(&aes, nullptr, INVALID_DEVID) == 0 && wc_AesGcmSetKey(&aes, key.secret.data(), secret_octets) == 0;
  }
  static int seal(TlsServer& server, WOLFSSL* ssl, unsigned char* name, unsigned char* iv, unsigned char* mac, unsigned char* ticket,
                  int size, int* size_out) {
    // A ticket does not carry the certificate that a peer showed: who has shown one shows it again. Such a ticket no key opens.
    TicketKeys::Key key;
    if (server.tickets_ != nullptr && !server.tickets_->keys.empty() && !bears_identity(ssl)) {
      key = server.tickets_->keys.front();
    } else if (wc_RNG_GenerateBlock(server.random_.get(), key.secret.data(), secret_octets) != 0 ||
               wc_RNG_GenerateBlock(server.random_.get(), key.name.data(), WOLFSSL_TICKET_NAME_SZ) != 0) {
      return WOLFSSL_TICKET_RET_FATAL;
    }
    std::memcpy(name, key.name.data(), key.name.size());
    std::memset(iv, 0, WOLFSSL_TICKET_IV_SZ);
    std::memset(mac, 0, WOLFSSL_TICKET_MAC_SZ);
    if (wc_RNG_GenerateBlock(server.random_.get(), iv, iv_octets) != 0) return WOLFSSL_TICKET_RET_FATAL;
    Aes aes;
    const bool good = use_key(aes, key) && wc_AesGcmEncrypt(&aes, ticket, ticket, static_cast<word32>(size), iv, iv_octets, mac, tag_octets,
                                                            name, WOLFSSL_TICKET_NAME_SZ) == 0;
    wc_AesFree(&aes);
    *size_out = size;
    return good ? WOLFSSL_TICKET_RET_OK : WOLFSSL_TICKET_RET_FATAL;
  }
  static int open(TlsServer& server, const unsigned char* name, const unsigned char* iv, const unsigned char* mac, unsigned char* ticket,
                  int size, int* size_out) {
    if (server.tickets_ == nullptr) return WOLFSSL_TICKET_RET_REJECT;
    for (const TicketKeys::Key& key : server.tickets_->keys) {
      if (std::memcmp(key.name.data(), name, key.name.size()) != 0) continue;
      Aes aes;
      const bool good = use_key(aes, key) && wc_AesGcmDecrypt(&aes, ticket, ticket, static_cast<word32>(size), iv, iv_octets, mac,
                                                              tag_octets, name, WOLFSSL_TICKET_NAME_SZ) == 0;
      wc_AesFree(&aes);
      *size_out = size;
      if (!good) return WOLFSSL_TICKET_RET_REJECT;
      return &key == &server.tickets_->keys.front() ? WOLFSSL_TICKET_RET_OK : WOLFSSL_TICKET_RET_CREATE;
    }
    return WOLFSSL_TICKET_RET_REJECT;
  }
};

base::Result<std::shared_ptr<TlsServer>, std::string> TlsServer::make(const std::vector<PemPair>& pairs, const TlsOptions& options) {
  CHECK(!pairs.empty());
  std::shared_ptr<TlsServer> server(new TlsServer);
  server->tickets_ = options.tickets;
  server->random_ = std::make_unique<WC_RNG>();
  if (wc_InitRng(server->random_.get()) != 0) return base::fail(std::string("no entropy"));
  for (const PemPair& pair : pairs) {
    auto certificate = read_first_certificate(pair.chain);
    if (!certificate) return base::fail("the certificate cannot be used: " + certificate.error());
    Context context(wolfSSL_CTX_new(wolfSSLv23_server_method()));
    if (context == nullptr) return base::fail(std::string("no memory"));
    std::string fault = configure(context.get(), options);
    if (fault.empty()) fault = use_pair(context.get(), pair);
    wolfSSL_CTX_set_session_cache_mode(context.get(), WOLFSSL_SESS_CACHE_OFF);  // one for the process, with a lock
    if (!fault.empty()) return base::fail(std::move(fault));
    // a certificate is asked for; none is fine, and one that does not convince is as none.
    wolfSSL_CTX_set_verify(context.get(), WOLFSSL_VERIFY_PEER, on_peer_certificate);
    if (options.tickets != nullptr) {
      wolfSSL_CTX_set_TicketEncCb(context.get(), &TicketCalls::seal_or_open);
      wolfSSL_CTX_set_TicketEncCtx(context.get(), server.get());
      wolfSSL_CTX_set_TicketHint(context.get(), ticket_life_s);
    } else {
      wolfSSL_CTX_NoTicketTLSv12(context.get());
      wolfSSL_CTX_no_ticket_TLSv13(context.get());
    }
    auto status = std::make_unique<std::string>(pair.status);
    if (!status->empty()) show_certificate_status(context.get(), pair.chain, *status);
    server->choices_.push_back({context.release(), std::move(*certificate), std::move(status)});
  }
  return server;
}

TlsServer::~TlsServer() {
  for (const Choice& choice : choices_) wolfSSL_CTX_free(choice.context);
  if (random_ != nullptr) wc_FreeRng(random_.get());
}

// The name counts most, then the signatures; where nobody's name is asked for, the names of the first certificate are.
const TlsServer::Choice& TlsServer::choice_for(const ClientHello& hello) const {
  const auto is_named = [&](const Choice& choice) { return choice.certificate.names_host(hello.server_name); };
  const bool any_named = std::any_of(choices_.begin(), choices_.end(), is_named);
  const Choice* best = nullptr;
  int best_points = -1;
  for (const Choice& choice : choices_) {
    const bool named = any_named ? is_named(choice) : choice.certificate.names == choices_.front().certificate.names;
    const bool says_nothing = !hello.ecdsa && !hello.rsa;
    const bool understood = says_nothing || (choice.certificate.key == KeyKind::rsa ? hello.rsa : hello.ecdsa);
    const int points = (named ? 4 : 0) + (understood ? 2 : 0) + (choice.certificate.key == KeyKind::ecdsa ? 1 : 0);
    if (points <= best_points) continue;
    best = &choice;
    best_points = points;
  }
  return *best;
}

base::Result<std::unique_ptr<TlsClient>, std::string> TlsClient::make(const std::optional<PemPair>& own, const TlsOptions& options,
                                                                      bool trust_anybody) {
  std::unique_ptr<TlsClient> client(new TlsClient);
  Context context(wolfSSL_CTX_new(wolfSSLv23_client_method()));
  if (context == nullptr) return base::fail(std::string("no memory"));
  std::string fault = configure(context.get(), options);
  if (fault.empty() && own) fault = use_pair(context.get(), *own);
  if (!fault.empty()) return base::fail(std::move(fault));
  client->trust_anybody_ = trust_anybody;
  if (options.client_sessions > 0) {
    // With its cache off wolfSSL takes no session from outside; a client's own it does not put in there.
    client->sessions_ = std::make_shared<ClientSessions>(options.client_sessions);
  } else {
    wolfSSL_CTX_set_session_cache_mode(context.get(), WOLFSSL_SESS_CACHE_OFF);
  }
  wolfSSL_CTX_set_verify(context.get(), WOLFSSL_VERIFY_PEER, on_peer_certificate);
  client->context_ = context.release();
  return client;
}

TlsClient::~TlsClient() { wolfSSL_CTX_free(context_); }

}  // namespace transport
