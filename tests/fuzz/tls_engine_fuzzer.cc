// Whatever a stranger sends to the TLS engine, before, in and after a handshake: it ends or waits, holds no more than a hello, and what
// comes out of it is what went in at the other end, a beginning of it or all.
#include "transport/tls_engine.h"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace {

using transport::TlsEngine;

constexpr std::size_t half_done_octets_max = 20 * 1024;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string content(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(CERTIFICATES) + "/" + name).rdbuf();
  return text.str();
}

class Text final : public transport::PlaintextSink {
 public:
  bool plaintext(base::Slice octets) override {
    text += octets.view();
    return true;
  }
  std::string text;
};

struct World {
  World() {
    transport::prepare_tls();
    transport::TlsOptions options;
    options.trusted = content("ca.pem");
    server = *transport::TlsServer::make({{content("relay.pem"), content("relay.key")}}, options);
    client = *transport::TlsClient::make(std::nullopt, options);
  }
  std::shared_ptr<transport::TlsServer> server;
  std::unique_ptr<transport::TlsClient> client;
  base::BufferPool pool{std::size_t{4} << 20U};
};

void carry(World& world, TlsEngine& from, TlsEngine& to, Text& sink) {
  const std::string octets = std::exchange(from.output(), {});
  if (!octets.empty()) to.receive(octets, world.pool, sink);
}

void feed(World& world, TlsEngine& engine, std::string_view octets, std::size_t cut, Text& sink) {
  for (std::size_t at = 0; at < octets.size(); at += cut) {
    const TlsEngine::State state = engine.receive(octets.substr(at, cut), world.pool, sink);
    require(engine.held_octets() <= half_done_octets_max || state == TlsEngine::State::established);
    require(engine.wanted() <= 65535);
  }
}

// Before a handshake: no key is agreed on, so nothing may come out.
void stranger(World& world, std::string_view octets, std::size_t cut, bool to_client) {
  Text sink;
  if (to_client) {
    TlsEngine engine(*world.client, "relay.example.org", std::nullopt);
    engine.start();
    feed(world, engine, octets, cut, sink);
    require(engine.state() != TlsEngine::State::established);
  } else {
    TlsEngine engine(world.server);
    feed(world, engine, octets, cut, sink);
    require(engine.state() != TlsEngine::State::established);
  }
  require(sink.text.empty());
}

// After or in one: the client's octets, of which some are changed, dropped or put in between.
void tampered(World& world, std::string_view script) {
  TlsEngine server(world.server), client(*world.client, "relay.example.org", std::nullopt);
  Text at_server, at_client;
  client.start();
  const std::string said = "a message that nobody may change";
  bool sealed = false;
  for (int turn = 0; turn < 6; ++turn) {
    if (client.state() == TlsEngine::State::established && !std::exchange(sealed, true)) require(client.seal(said));
    std::string octets = std::exchange(client.output(), {});
    while (script.size() >= 4) {
      const auto number = [&](std::size_t at) { return static_cast<unsigned char>(script[at]); };
      if (number(0) % 6U != static_cast<unsigned>(turn)) break;
      const std::size_t where = octets.empty() ? 0 : (number(1) << 8U | number(2)) % octets.size();
      switch (number(0) / 6U % 3U) {
        case 0:
          if (!octets.empty()) octets[where] = static_cast<char>(octets[where] ^ script[3]);
          break;
        case 1: octets.insert(where, 1, script[3]); break;
        default: octets.erase(where, number(3)); break;
      }
      script.remove_prefix(4);
    }
    if (!octets.empty()) feed(world, server, octets, octets.size(), at_server);
    carry(world, server, client, at_client);
  }
  feed(world, server, script, 1000, at_server);
  require(said.starts_with(at_server.text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t cut = data[1] == 0 ? 65536 : data[1];
  switch (data[0] % 3) {
    case 0: stranger(world, input, cut, false); break;
    case 1: stranger(world, input, cut, true); break;
    default: tampered(world, input); break;
  }
  return 0;
}
