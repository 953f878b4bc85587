#include "transport/core_tls.h"

#include "base/result.h"

namespace transport {

base::Result<CoreTls, std::string> CoreTls::make(const TlsFiles& files, TlsOptions options) {
  options.trusted = files.trusted;
  options.revoked = files.revoked;
  CoreTls tls;
  for (const std::vector<PemPair>& pairs : files.listeners) {
    if (pairs.empty()) {
      tls.servers.push_back(nullptr);
      continue;
    }
    tls.servers.push_back(TRY(TlsServer::make(pairs, options)));
  }
  options.client_sessions = next_hop_sessions;
  tls.client = TRY(TlsClient::make(files.own, options));
  return tls;
}

}  // namespace transport
