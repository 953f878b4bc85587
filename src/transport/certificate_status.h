#pragma once
// What an issuer answers about a certificate (OCSP, RFC 6960), kept in a file and shown to clients that ask (RFC 6066 8): stapled.
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "transport/tls_context.h"

struct WOLFSSL_CTX;

namespace transport {

struct CertificateStatus {
  std::string_view serial;  // of the certificate it is about
  bool good = false;
  std::chrono::sys_seconds next_update;
};

// A whole answer in DER form, as `openssl ocsp -respout` writes it.
base::Result<CertificateStatus, std::string> read_certificate_status(std::string_view der);

// What is wrong with the status that goes with this pair, but for its time; empty: nothing. wolfSSL shows it only where `trusted` vouches
// for the certificate.
std::string check_certificate_status(const PemPair& pair, const std::string& trusted);

// Lets this server's context show `status`, which outlives it, to clients that ask: as long as it is good, and where those whom the context
// trusts vouch for the chain.
void show_certificate_status(WOLFSSL_CTX* context, const std::string& chain, std::string& status);

}  // namespace transport
