#pragma once
// What the command line of a client says about TLS, read from its files. For programs that test relays: reading blocks.
#include <optional>
#include <string>

#include "base/result.h"
#include "transport/tls_context.h"

namespace transport {

struct ClientFiles {
  std::string ca_file;                   // PEM; empty: what the system trusts
  std::string certificate, private_key;  // both or none
  bool insecure = false;                 // any certificate will do
};

struct ClientTls {
  std::optional<PemPair> own;
  TlsOptions options;
  bool trust_anybody = false;

  base::Result<std::unique_ptr<TlsClient>, std::string> make() const { return TlsClient::make(own, options, trust_anybody); }
};

// The error names the file. What is read has been tried: make() works.
base::Result<ClientTls, std::string> read_client_files(const ClientFiles& files);

}  // namespace transport
