#pragma once
// A client and a server of the engine, back to back in memory, and the certificates of tools/make-certs.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/tls_engine.h"

namespace test {

std::string content(const std::string& file);
// "relay", "relay-rsa", "client": certificate and key of that name.
transport::PemPair pem_pair(const std::string& name);
transport::TlsOptions trusting();

class Text final : public transport::PlaintextSink {
 public:
  bool plaintext(base::Slice octets) override {
    text += octets.view();
    return !ends;
  }
  std::string text;
  bool ends = false;  // says so at the next octets
};

struct Pair {
  explicit Pair(const std::vector<transport::PemPair>& certificates = {pem_pair("relay")},
                const std::optional<transport::PemPair>& own = std::nullopt, std::string_view host = "relay.example.org",
                const transport::TlsOptions& server_options = trusting(), const transport::TlsOptions& client_options = trusting());
  // Carries octets both ways in pieces of `cut` until nobody has more to say.
  void run(std::size_t cut = 100'000);

  base::BufferPool pool{1 << 20};
  std::shared_ptr<transport::TlsServer> server_context;
  std::unique_ptr<transport::TlsClient> client_context;
  std::optional<transport::TlsEngine> server;
  std::optional<transport::TlsEngine> client;
  Text at_server;
  Text at_client;
};

}  // namespace test
