#pragma once
// The TLS of one core, made of what files hold. New files make new ones; links go on with what they began with.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "transport/tls_context.h"

namespace transport {

// As read, shared by all cores.
struct TlsFiles {
  std::vector<std::vector<PemPair>> listeners;  // [listener]; empty: no TLS there
  std::optional<PemPair> own;                   // shown to servers that ask
  std::string trusted;                          // PEM of ca_file
  std::string revoked;                          // PEM of crl_file; empty: there is none
};

struct CoreTls {
  static constexpr std::size_t next_hop_sessions = 256;  // kept, to be resumed

  std::vector<std::shared_ptr<TlsServer>> servers;  // [listener]; nullptr: no TLS there
  std::unique_ptr<TlsClient> client;

  static base::Result<CoreTls, std::string> make(const TlsFiles& files, TlsOptions options);
  void use_tickets(const std::shared_ptr<const TicketKeys>& tickets) {
    for (const auto& server : servers) {
      if (server != nullptr) server->use_tickets(tickets);
    }
  }
};

}  // namespace transport
