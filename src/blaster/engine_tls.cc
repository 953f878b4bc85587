// Links over TLS: what arrives and what leaves passes through an engine; the clients know nothing of it.
#include <array>
#include <utility>

#include "blaster/engine.h"
#include "blaster/failures.h"

namespace blaster {
namespace {

constexpr std::size_t sealed_octets = 64 * 1024;  // of plaintext, at a time

}  // namespace

const Party& Engine::party_of(const Link& link) const { return link.is_sender ? scenario_.sender : scenario_.receiver; }

void Engine::begin_tls(std::uint32_t index) {
  Link& link = links_[index];
  const ServerName& server = *party_of(link).tls;
  link.tls = std::make_unique<LinkTls>(*tls_client_, server);
  link.tls->engine.start();
  arm(index);
  touch(index);
}

void Engine::on_ciphertext(std::uint32_t index, std::string_view octets) {
  using State = transport::TlsEngine::State;
  const bool was_established = links_[index].tls->engine.state() == State::established;
  unwrapping_ = index;
  const State state = links_[index].tls->engine.receive(octets, pool_, *this);
  const Link& link = links_[index];
  if (link.lost || !link.tls) return;  // a visitor may have left
  touch(index);
  switch (state) {
    case State::handshake: return;
    case State::established:
      if (!was_established) on_open(index);
      return;
    case State::ended: return lose(index, 0);
    case State::failed:
      if (phase_ == Phase::set_up && link.visitor == UINT32_MAX) return fail(explain_tls(party_of(link).relay, link.tls->engine.fault()));
      return lose(index, 0);
    case State::no_memory: return lose(index, -ENOMEM);
  }
}

bool Engine::plaintext(base::Slice octets) { return on_octets(unwrapping_, std::move(octets)); }

// Clients' octets are sealed in order; those of the engine's own, as in a handshake, go as they are.
void Engine::flush_sealed(std::uint32_t index, Client& client) {
  Link& link = links_[index];
  LinkTls& tls = *link.tls;
  if (link.sending || link.blocked || link.lost) return;
  if (tls.sent == tls.sending.size()) {
    tls.sending.clear();
    tls.sent = 0;
    if (link.connected && !client.outbox().empty()) {
      const std::size_t count = client.outbox().pieces(pieces_);
      const std::size_t sealed = tls.engine.seal(std::span<const ring::Octets>(pieces_.data(), count), sealed_octets);
      if (sealed == 0) return lose(index, 0);
      client.outbox().sent(sealed);
    }
    tls.sending.swap(tls.engine.output());
  }
  if (tls.sent == tls.sending.size()) return;
  const ring::Octets piece{tls.sending.data() + tls.sent, tls.sending.size() - tls.sent};
  ring_.send(token(ring::Op::send, index), link.socket, {&piece, 1});
  link.sending = true;
  ++sends_in_flight_;
  if (!client.outbox().empty() || (link.is_sender && pairs_[link.pair].sender.has_more())) more_to_send_ = true;
}

}  // namespace blaster
