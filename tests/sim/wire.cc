#include "wire.h"

#include <cerrno>
#include <utility>

#include "secure.h"

namespace sim {

using transport::TlsEngine;

Wire::Wire(std::unique_ptr<ring::SimPeer> peer, bool secure) : peer_(std::move(peer)) {
  if (!secure) return;
  pool_ = std::make_unique<base::BufferPool>(std::size_t{4} << 20U);
  tls_ = std::make_unique<TlsEngine>(client_tls(), "relay.example.org", std::nullopt);
}

void Wire::write(std::string_view octets) {
  if (!tls_) return peer_->write(octets);
  waiting_ += octets;
  pass_on();
}

std::string Wire::read() {
  if (!tls_) return peer_->read();
  if (const std::string octets = peer_->read(); !octets.empty()) tls_->receive(octets, *pool_, *this);
  pass_on();
  return std::exchange(arrived_, {});
}

int Wire::error() const {
  if (peer_->error() != 0 || !tls_) return peer_->error();
  return tls_->state() == TlsEngine::State::failed || tls_->state() == TlsEngine::State::no_memory ? -EPROTO : 0;
}

void Wire::say_farewell() {
  if (!tls_ || shut_ || tls_->state() != TlsEngine::State::established) return;
  pass_on();
  tls_->close_notify();
  peer_->write(std::exchange(tls_->output(), {}));
  shut_ = true;
}

void Wire::shutdown_write() {
  say_farewell();
  shut_ = true;
  peer_->shutdown_write();
}

void Wire::close() {
  say_farewell();
  peer_->close();
}

bool Wire::plaintext(base::Slice octets) {
  arrived_ += octets.view();
  return true;
}

void Wire::pass_on() {
  if (shut_) return;
  if (peer_->is_connected() && !std::exchange(begun_, true)) tls_->start();
  if (tls_->state() == TlsEngine::State::established && !waiting_.empty()) tls_->seal(std::exchange(waiting_, {}));
  if (!tls_->output().empty()) peer_->write(std::exchange(tls_->output(), {}));
}

}  // namespace sim
