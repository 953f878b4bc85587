// Links that change hands: after the handshake the kernel gets the keys and makes the records, and the link is one like those of plain TCP.
#include <array>
#include <utility>

#include "relay/worker.h"

namespace relay {
namespace {

// RFC 8446 5.5: with AES-GCM 2^24.5 full records a key are safe. After so many octets there is another, or the link ends in order.
constexpr std::uint64_t octets_per_key = std::uint64_t{1} << 38U;

// RFC 8446 4: what may come after the handshake. A KeyUpdate ends its record.
enum class Messages : std::uint8_t { tickets, key_update, unexpected };
Messages read_messages(std::string_view octets) {
  constexpr std::size_t head = 4;
  constexpr char new_session_ticket = 4, key_update = 24;
  const auto octet = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(octets[at])); };
  while (!octets.empty()) {
    if (octets.size() < head) return Messages::unexpected;
    const std::size_t size = head + (octet(1) << 16U | octet(2) << 8U | octet(3));
    if (size > octets.size()) return Messages::unexpected;
    if (octets[0] == key_update) return octets.size() == head + 1 && octet(head) <= 1 ? Messages::key_update : Messages::unexpected;
    if (octets[0] != new_session_ticket) return Messages::unexpected;  // the first one has come before, or none is kept
    octets.remove_prefix(size);
  }
  return Messages::tickets;
}

}  // namespace

// After each receipt on a link whose handshake is over.
void Worker::consider_kernel(Link& link) {
  if (!link.tls || link.tls->kernel == LinkTls::Kernel::never || link.state != LinkState::open) return;
  LinkTls& tls = *link.tls;
  tls.kernel = LinkTls::Kernel::later;
  if (tls.engine->awaits_ticket()) return;  // of a server that we have dialled: soon, or it is not waited for
  const auto keys = tls.engine->record_keys(true);
  if (!keys || !settings_.kernel_tls.takes_records(keys->tls13, keys->cipher))
    return stay_in_user_space(link, "the kernel has no such cipher");
  if (!tls.engine->is_between_records()) return;
  tls.kernel = LinkTls::Kernel::waiting;
  update_reading(link);
  mark_dirty(link);
}

// When the last of what was sealed here has left. What has to be sent meanwhile waits, and what comes stays in the socket.
void Worker::go_to_kernel(Link& link) {
  if (!link.tls || link.tls->kernel != LinkTls::Kernel::waiting || link.state != LinkState::open) return;
  LinkTls& tls = *link.tls;
  if (link.send_in_flight || link.recv_armed || tls.sent < tls.sending.size() || !tls.engine->output().empty()) return;
  const auto sending = tls.engine->record_keys(true), receiving = tls.engine->record_keys(false);
  const auto outcome = sending && receiving ? ring_.encrypt_in_kernel(link.socket, *sending, *receiving) : ring::KernelTlsOutcome::refused;
  switch (outcome) {
    case ring::KernelTlsOutcome::taken:
      link.in_kernel = true;
      link.secrets = tls.engine->take_traffic_secrets();
      link.cipher = sending->cipher;
      link.tls.reset();
      ++counters_.links_to_kernel;
      break;
    case ring::KernelTlsOutcome::refused: stay_in_user_space(link, "the kernel refused its keys"); break;
    case ring::KernelTlsOutcome::broken:
      ends(link, LinkEnd::tls_failed);
      return close(link, LogLevel::error, "TLS: the kernel took the keys of one direction only");
  }
  if (link.state != LinkState::closing) update_reading(link);
}

void Worker::stay_in_user_space(Link& link, std::string_view why) {
  link.tls->kernel = LinkTls::Kernel::never;
  ++counters_.links_not_to_kernel;
  if (settings_.kernel_tls_required) return close(link, LogLevel::warning, "TLS: [tls] ktls is \"required\", and " + std::string(why));
  if (std::exchange(kernel_refusal_told_, true)) return;
  log(LogLevel::warning, LogEvent::kernel_tls_refused, &link, link.security->suite, why);
}

// What is not data ends the receive (-EIO), and is fetched by itself.
void Worker::on_control_record(Link& link) {
  std::array<char, std::size_t{16} * 1024> room;
  const auto record = ring_.receive_control(link.socket, room);
  if (!record) {
    if (record.error().negative_errno == -EAGAIN) return update_reading(link);
    ++counters_.records_failed;
    ends(link, LinkEnd::tls_failed);
    return close(link, LogLevel::warning, "TLS: a record could not be opened");
  }
  const std::string_view octets(room.data(), record->octets);
  switch (record->type) {
    case ring::RecordType::alert:
      if (octets.size() == 2 && octets[1] == 0) return on_end_of_input(link);
      ++counters_.records_failed;
      ends(link, LinkEnd::tls_failed);
      return close(link, LogLevel::info, "TLS: the peer sent an alert");
    case ring::RecordType::handshake:
      if (link.security->version != transport::TlsVersion::tls13) break;
      switch (read_messages(octets)) {
        case Messages::tickets:
          if (link.listener) break;  // clients give none
          return update_reading(link);
        case Messages::key_update: return on_key_update(link, octets.back() == 1);
        case Messages::unexpected: break;
      }
      break;
    case ring::RecordType::change_cipher_spec:
    case ring::RecordType::application_data: break;
  }
  ++counters_.records_failed;
  const std::string_view unexpected = "\x02\x0a";
  if (!link.send_in_flight && !link.blocked) ring_.send_control(link.socket, ring::RecordType::alert, unexpected);
  ends(link, LinkEnd::tls_failed);
  close(link, LogLevel::warning, "TLS: a record that does not belong here");
}

// RFC 8446 4.6.3: what the peer sends from here on is sealed with its next key; when it asks for it, so is what we send.
void Worker::on_key_update(Link& link, bool requested) {
  const auto peer = link.listener ? transport::TrafficSecrets::Side::client : transport::TrafficSecrets::Side::server;
  const auto keys = link.secrets ? link.secrets->advance(peer, link.cipher) : std::nullopt;
  if (!keys || !ring_.change_key(link.socket, ring::Direction::receiving, *keys)) {
    ++counters_.key_updates_refused;
    ends(link, LinkEnd::tls_failed);
    return close(link, LogLevel::warning, "TLS: the peer has changed its keys, and this kernel cannot");
  }
  ++counters_.key_updates;
  if (requested) link.key_update_due = true;
  mark_dirty(link);
  update_reading(link);
}

// Ours, between two sends. False: the link has been closed.
bool Worker::update_key(Link& link) {
  constexpr std::string_view key_update("\x18\x00\x00\x01\x00", 5);
  if (!link.key_update_due || link.send_in_flight || link.blocked) return true;
  if (!ring_.send_control(link.socket, ring::RecordType::handshake, key_update)) {
    link.blocked = true;
    ++link.operations;
    ring_.poll_out(token(ring::Op::poll_out, link), link.socket);
    return true;
  }
  link.key_update_due = false;
  link.sealed_in_kernel = 0;
  const auto own = link.listener ? transport::TrafficSecrets::Side::server : transport::TrafficSecrets::Side::client;
  const auto keys = link.secrets->advance(own, link.cipher);
  if (keys && ring_.change_key(link.socket, ring::Direction::sending, *keys)) return true;
  ends(link, LinkEnd::tls_failed);
  close(link, LogLevel::error, "TLS: the kernel did not take the next key");
  return false;
}

// Of a link in the kernel.
void Worker::count_sealed(Link& link, std::size_t octets) {
  link.sealed_in_kernel += octets;
  if (link.sealed_in_kernel < octets_per_key || link.state != LinkState::open) return;
  if (link.secrets) {
    link.key_update_due = true;
    return mark_dirty(link);
  }
  log(LogLevel::info, LogEvent::key_used_up, &link, link.sealed_in_kernel, {});
  ends(link, LinkEnd::tls_failed);
  drain(link);
}

}  // namespace relay
