#include "transport/certificate_status.h"

#include <cstring>
#include <memory>
#include <optional>

#include "transport/der.h"
#include "transport/wolfssl.h"

namespace transport {
namespace {

// 5.5.4, as distributed, forgets about 2 KiB with every TLS 1.3 client that asks for a status: strangers would fill the memory. The one
// that tools/setup builds has been mended.
#if LIBWOLFSSL_VERSION_HEX >= 0x05007002 || defined(WOLFSSL_STAPLING_PATCHED)
constexpr bool can_be_shown = true;
#else
constexpr bool can_be_shown = false;
#endif

constexpr unsigned char explicit_first = 0xA0, good_status = 0x80;
constexpr std::string_view begin_line = "-----BEGIN CERTIFICATE-----";

// The last certificate of a chain in PEM form, which is not the first; it is taken off. Empty: there is none.
std::string_view take_last_issuer(std::string_view& chain) {
  const std::size_t at = chain.rfind(begin_line);
  if (at == std::string_view::npos || chain.find(begin_line) == at) return {};
  const std::string_view last = chain.substr(at);
  chain = chain.substr(0, at);
  return last;
}

// wolfSSL verifies what it shows, with those whom the context trusts. Issuers in the own chain are added where these vouch for them: a peer
// could bring them along as well, so that nobody is trusted who was not before.
bool vouches_for(WOLFSSL_CERT_MANAGER* manager, std::string_view chain) {
  for (std::string_view issuer = take_last_issuer(chain); !issuer.empty(); issuer = take_last_issuer(chain)) {
    const unsigned char* const octets = unsigned_octets(issuer.data());
    const auto size = static_cast<long>(issuer.size());
    if (wolfSSL_CertManagerVerifyBuffer(manager, octets, size, WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS) return false;
    if (wolfSSL_CertManagerLoadCABuffer(manager, octets, size, WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS) return false;
  }
  return wolfSSL_CertManagerVerifyBuffer(manager, unsigned_octets(chain.data()), static_cast<long>(chain.size()), WOLFSSL_FILETYPE_PEM) ==
         WOLFSSL_SUCCESS;
}

// Asked when wolfSSL knows no status, or only one that is out of date.
int give(void* status, const char*, int, unsigned char*, int, unsigned char** to) {
  auto& octets = *static_cast<std::string*>(status);
  *to = reinterpret_cast<unsigned char*>(octets.data());
  return static_cast<int>(octets.size());
}
void leave(void*, unsigned char*) {}

}  // namespace

base::Result<CertificateStatus, std::string> read_certificate_status(std::string_view der) {
  const auto unreadable = [] { return base::fail(std::string("it is no answer about a certificate (OCSP, in DER form)")); };
  auto response = take(der, der_sequence);
  if (!response) return unreadable();
  const auto outcome = take(*response, der_enumerated);
  if (!outcome) return unreadable();
  if (*outcome != std::string_view("\0", 1)) return base::fail(std::string("the issuer could not answer when it was asked"));
  auto bytes = take(*response, explicit_first);
  auto basic = bytes ? take(*bytes, der_sequence) : std::nullopt;
  if (!basic || !take_element(*basic)) return unreadable();  // its type
  auto octets = take(*basic, der_octets);
  auto inner = octets ? take(*octets, der_sequence) : std::nullopt;
  auto data = inner ? take(*inner, der_sequence) : std::nullopt;
  if (!data) return unreadable();
  take(*data, explicit_first);                                              // the version, or none
  if (!take_element(*data) || !take(*data, der_time)) return unreadable();  // who, when
  auto answers = take(*data, der_sequence);
  auto answer = answers ? take(*answers, der_sequence) : std::nullopt;
  auto about = answer ? take(*answer, der_sequence) : std::nullopt;
  if (!about || !take(*about, der_sequence) || !take(*about, der_octets) || !take(*about, der_octets)) return unreadable();
  const auto serial = take(*about, der_integer);
  const auto status = take_element(*answer);
  if (!serial || !status || !take(*answer, der_time)) return unreadable();
  auto next = take(*answer, explicit_first);
  const auto time = next ? time_of(*next) : std::nullopt;
  if (!time) return base::fail(std::string("it does not say how long it is good"));
  return CertificateStatus{*serial, status->tag == good_status, *time};
}

std::string check_certificate_status(const PemPair& pair, const std::string& trusted) {
  if constexpr (!can_be_shown)
    return "this build's wolfSSL " LIBWOLFSSL_VERSION_STRING " leaks memory when it shows one: build with that of tools/setup";
  const std::unique_ptr<WOLFSSL_CTX, Releases<wolfSSL_CTX_free>> context(wolfSSL_CTX_new(wolfSSLv23_server_method()));
  if (context == nullptr) return "no memory";
  wolfSSL_CTX_load_verify_buffer_ex(context.get(), unsigned_octets(trusted.data()), static_cast<long>(trusted.size()), WOLFSSL_FILETYPE_PEM,
                                    0, WOLFSSL_LOAD_FLAG_IGNORE_ERR);
  WOLFSSL_CERT_MANAGER* const manager = wolfSSL_CTX_GetCertManager(context.get());
  if (!vouches_for(manager, pair.chain)) return "it can only be shown for a certificate that ca_file vouches for";
  if (wolfSSL_CertManagerEnableOCSP(manager, 0) != WOLFSSL_SUCCESS) return "this wolfSSL has no OCSP";
  CertStatus status{};
  OcspEntry entry{};
  std::string octets = pair.status;
  const int done = wolfSSL_CertManagerCheckOCSPResponse(manager, reinterpret_cast<unsigned char*>(octets.data()),
                                                        static_cast<int>(octets.size()), nullptr, &status, &entry, nullptr);
  return done == WOLFSSL_SUCCESS ? "" : "it has not been signed by who may answer for the certificate";
}

void show_certificate_status(WOLFSSL_CTX* context, const std::string& chain, std::string& status) {
  if (!vouches_for(wolfSSL_CTX_GetCertManager(context), chain)) return;
  // The way to an answer for a certificate that names no address to ask: enabled for peers and disabled again, it stays for the own.
  wolfSSL_CTX_EnableOCSP(context, WOLFSSL_OCSP_URL_OVERRIDE | WOLFSSL_OCSP_NO_NONCE);
  wolfSSL_CTX_DisableOCSP(context);
  wolfSSL_CTX_SetOCSP_OverrideURL(context, "file:");
  if (wolfSSL_CTX_EnableOCSPStapling(context) == WOLFSSL_SUCCESS) wolfSSL_CTX_SetOCSP_Cb(context, give, leave, &status);
}

}  // namespace transport
