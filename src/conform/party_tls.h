#pragma once
// The TLS of a connection: what was received comes out as plaintext.
#include <cstddef>
#include <string>

#include "base/buffer_pool.h"
#include "conform/stage.h"
#include "transport/tls_engine.h"

namespace conform {

struct PartyTls final : transport::PlaintextSink {
  PartyTls(const transport::TlsClient& client, const Target& target) : engine(client, target.tls_host, target.tls_address) {}
  bool plaintext(base::Slice octets) override {
    received += octets.view();
    return true;
  }
  base::BufferPool pool{std::size_t{1} << 20U};
  transport::TlsEngine engine;
  std::string received;
};

}  // namespace conform
