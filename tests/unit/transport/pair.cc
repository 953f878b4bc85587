#include "pair.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace test {

std::string content(const std::string& file) {
  const std::ifstream in(std::string(CERTIFICATES) + "/" + file);
  if (!in.good()) throw std::runtime_error("no " + file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

transport::PemPair pem_pair(const std::string& name) { return {content(name + ".pem"), content(name + ".key")}; }

transport::TlsOptions trusting() {
  transport::TlsOptions options;
  options.trusted = content("ca.pem");
  return options;
}

Pair::Pair(const std::vector<transport::PemPair>& certificates, const std::optional<transport::PemPair>& own, std::string_view host,
           const transport::TlsOptions& server_options, const transport::TlsOptions& client_options) {
  transport::prepare_tls();
  auto made_server = transport::TlsServer::make(certificates, server_options);
  if (!made_server) throw std::runtime_error(made_server.error());
  auto made_client = transport::TlsClient::make(own, client_options);
  if (!made_client) throw std::runtime_error(made_client.error());
  server_context = std::move(*made_server);
  client_context = std::move(*made_client);
  server.emplace(server_context);
  client.emplace(*client_context, host, base::IpAddress::parse(host));
  client->start();
}

void Pair::run(std::size_t cut) {
  while (!client->output().empty() || !server->output().empty()) {
    const auto carry = [&](transport::TlsEngine& from, transport::TlsEngine& to, Text& sink) {
      const std::string octets = std::exchange(from.output(), {});
      for (std::size_t at = 0; at < octets.size(); at += cut) to.receive(std::string_view(octets).substr(at, cut), pool, sink);
    };
    carry(*client, *server, at_server);
    carry(*server, *client, at_client);
  }
}

}  // namespace test
