// TLS in user space: the octets of a link pass through an engine that knows no socket. The handshake is LinkState::securing; from then on a
// link is one like the others, whose output is sealed before it is sent.
#include <algorithm>
#include <cstring>

#include "relay/worker.h"

namespace relay {
namespace {

// Of plaintext at a time: a slow reader has little that is sealed already, a fast one is not kept waiting.
constexpr std::size_t sealed_octets = 64 * 1024;
constexpr std::size_t kept_octets = 4 * 1024;  // memory of a link's sealed octets that is not given back at once
// The engine's own words: a flight of the handshake with its certificates, or answers to KeyUpdates, which a peer may ask for without
// reading.
constexpr std::size_t answers_octets_max = 32 * 1024;
constexpr std::string_view close_notify{"\x01\x00", 2};

}  // namespace

// What the other end speaks first is a ClientHello, or ours goes out.
void Worker::begin_tls(Link& link) {
  link.state = LinkState::securing;
  link.security.own().transport = transport::Kind::tls;
  link.tls = std::make_unique<LinkTls>();
  if (settings_.kernel_tls.any()) link.tls->kernel = LinkTls::Kernel::later;
  if (link.listener) {
    link.tls->engine.emplace(tls_.servers[link.listener->value()]);
    return;
  }
  const Dialling& dialling = *link.dialling();
  link.tls->engine.emplace(*tls_.client, dialling.server, dialling.server_address, link.peer.to_string());
  link.tls->engine->start();
  mark_dirty(link);
}

void Worker::on_ciphertext(Link& link, std::string_view octets) {
  LinkTls& tls = *link.tls;
  if (link.state == LinkState::securing) {
    if (!tls.waiting.empty() || !may_step(link.peer.address, handshake_steps_per_address)) {
      ++counters_.handshakes_deferred;
      if (tls.waiting.empty()) securing_.push_back(link.id);
      tls.waiting += octets;
      return;
    }
  }
  decipher(link, octets);
}

// Whether a handshake of that address may go on in this turn, in which its address may take `most` steps; if so, it is one.
bool Worker::may_step(const base::IpAddress& address, std::size_t most) {
  if (handshake_steps_ == stepping_.size()) return false;
  const auto taken = std::count(stepping_.begin(), stepping_.begin() + handshake_steps_, address);
  if (static_cast<std::size_t>(taken) >= most) return false;
  stepping_[handshake_steps_++] = address;
  return true;
}

void Worker::decipher(Link& link, std::string_view octets) {
  LinkTls& tls = *link.tls;
  unwrapping_ = &link;
  const transport::TlsEngine::State state = tls.engine->receive(octets, pool_, *this);
  unwrapping_ = nullptr;
  if (link.state == LinkState::closing) return;
  if (!tls.engine->output().empty()) mark_dirty(link);
  if (tls.engine->take_displaced()) ++counters_.tickets_forgotten;
  if (tls.engine->output().size() > answers_octets_max) {
    ++counters_.records_failed;
    ends(link, LinkEnd::tls_failed);
    return close(link, LogLevel::warning, "TLS: it makes us answer more than it reads");
  }
  switch (state) {
    case transport::TlsEngine::State::handshake: return;
    case transport::TlsEngine::State::established:
      if (link.state == LinkState::securing) on_secured(link);
      return consider_kernel(link);
    case transport::TlsEngine::State::ended: return link.state == LinkState::open ? on_end_of_input(link) : drain(link);
    case transport::TlsEngine::State::failed:
      if (link.state != LinkState::securing) ++counters_.records_failed;
      if (link.dialled) link.dialled->failure_reason = "TLS With Next Hop Failed";
      ends(link, LinkEnd::tls_failed);
      return close(link, link.listener ? LogLevel::info : LogLevel::warning, "TLS: " + std::string(tls.engine->fault()));
    case transport::TlsEngine::State::no_memory: return pool_exhausted(link);
  }
}

// Handshakes that found no room in the last turn.
void Worker::go_on_securing() {
  handshake_steps_ = 0;
  // In turn: first each address its share, then whoever is next. A crowd from one address makes nobody else wait for it.
  for (const std::size_t most : {handshake_steps_per_address, handshake_steps_per_turn}) {
    std::vector<base::LinkId> links;
    links.swap(securing_);
    for (const base::LinkId id : links) {
      Link* link = links_.live(id);
      if (link == nullptr || !link->tls) continue;
      if (!may_step(link->peer.address, most)) {
        securing_.push_back(id);
        continue;
      }
      const std::string octets = std::exchange(link->tls->waiting, {});
      decipher(*link, octets);
      if (link->state != LinkState::closing) update_reading(*link);
    }
  }
}

// The first plaintext may already be on its way up.
void Worker::on_secured(Link& link) {
  const transport::TlsEngine& engine = *link.tls->engine;
  ++counters_.handshakes;
  if (engine.resumed()) ++counters_.handshakes_resumed;
  link.security.own().version = engine.version();
  link.security.own().suite = engine.suite();
  if (const auto& peer = engine.peer()) {
    for (const std::string& name : peer->names) {
      const bool listed = std::any_of(settings_.relay_names.begin(), settings_.relay_names.end(),
                                      [&](const std::string& pattern) { return transport::matches_name(pattern, name); });
      if (!listed || !link.security.own().set_peer(name)) continue;
      link.security.own().is_relay = true;
      link.certificate = std::make_unique<transport::Certificate>(*peer);
      break;
    }
  }
  log(LogLevel::debug, LogEvent::link_secured, &link, link.security->suite, link.security->peer());
  if (link.listener) {
    link.state = LinkState::open;
  } else {
    on_connected(link);
  }
}

// known as a relay by its address, or by a certificate for the host of this URI, where it stands for itself.
bool Worker::is_relay(const Link& link, const msrp::Uri& first_from) const {
  if (settings_.is_relay(link.peer.address)) return true;
  return link.security->is_relay && link.certificate && link.certificate->names_authority(first_from.host, first_from.address);
}

bool Worker::is_of_relay(const session::Session& session, const base::Endpoint& peer, const LinkSecurity& security) {
  if (!session.relay) return false;
  if (!session.relay_name.empty()) return security.is_relay && security.peer() == session.relay_name;
  return *session.relay == peer.address;
}

// Moves what may go next into `sending`: records of the engine's own first, then output of the link.
void Worker::seal(Link& link) {
  LinkTls& tls = *link.tls;
  tls.sending.clear();
  if (tls.sending.capacity() > kept_octets && link.outbox.output().empty()) tls.sending.shrink_to_fit();
  tls.sent = 0;
  const bool established = link.state == LinkState::open || link.state == LinkState::draining;
  if (established && (tls.kernel != LinkTls::Kernel::waiting || link.state == LinkState::draining) && !link.outbox.output().empty()) {
    std::size_t gathered = 0;
    const std::size_t count = link.outbox.output().gather(std::span<ring::Octets>(pieces_), gathered);
    tls.plain = tls.engine->seal(std::span<const ring::Octets>(pieces_.data(), count), sealed_octets);
  }
  tls.sending.swap(tls.engine->output());
}

// False: the link has been closed.
bool Worker::send_sealed(Link& link) {
  LinkTls& tls = *link.tls;
  if (tls.sent == tls.sending.size()) seal(link);
  if (tls.engine->state() == transport::TlsEngine::State::failed) {
    ++counters_.records_failed;
    ends(link, LinkEnd::tls_failed);
    close(link, LogLevel::warning, "TLS: " + std::string(tls.engine->fault()));
    return false;
  }
  if (tls.sent == tls.sending.size()) return true;
  const ring::Octets piece{tls.sending.data() + tls.sent, tls.sending.size() - tls.sent};
  ++link.operations;
  link.send_in_flight = true;
  link.in_flight_octets = piece.size;
  sends_in_flight_ = true;
  if (tls.plain < link.outbox.octets() || !link.waiters.empty() || link.state == LinkState::draining ||
      tls.kernel == LinkTls::Kernel::waiting) {
    unsent_ = true;
  }
  ring_.send(token(ring::Op::send, link), link.socket, std::span(&piece, 1));
  return true;
}

// Octets of the outbox that have left with these of the wire: all that was sealed together, when its last octet has.
std::size_t Worker::sealed_sent(LinkTls& tls, std::size_t octets) {
  tls.sent += octets;
  return tls.sent == tls.sending.size() ? std::exchange(tls.plain, 0) : 0;
}

// The last that goes out: an alert, or word that nothing more comes. Nobody waits for it.
void Worker::say_farewell(Link& link) {
  if (link.in_kernel && !link.send_in_flight && !link.blocked) {
    ring_.send_control(link.socket, ring::RecordType::alert, close_notify);
    return;
  }
  if (!link.tls || link.tls->farewell_said || link.send_in_flight || link.blocked || link.socket.is_none()) return;
  LinkTls& tls = *link.tls;
  tls.engine->close_notify();
  if (tls.sent == tls.sending.size()) {
    tls.sending.swap(tls.engine->output());
    tls.sent = 0;
  } else {
    tls.sending += tls.engine->output();
  }
  if (tls.sent == tls.sending.size()) return;
  const ring::Octets piece{tls.sending.data() + tls.sent, tls.sending.size() - tls.sent};
  ++link.operations;
  link.send_in_flight = true;
  link.in_flight_octets = piece.size;
  sends_in_flight_ = true;
  ring_.send(token(ring::Op::send, link), link.socket, std::span(&piece, 1));
}

}  // namespace relay
