#pragma once
// A far end's connection, plain or with TLS above it: octets in and out either way.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/buffer_pool.h"
#include "ring/sim_peer.h"
#include "transport/tls_engine.h"

namespace sim {

class Wire final : private transport::PlaintextSink {
 public:
  explicit Wire(std::unique_ptr<ring::SimPeer> peer, bool secure = false);

  // As SimPeer's.
  void connect(const base::Endpoint& to) { peer_->connect(to); }
  void write(std::string_view octets);
  std::string read();
  bool at_end() const { return peer_->at_end() || (tls_ && tls_->state() == transport::TlsEngine::State::ended); }
  int error() const;
  ring::SimPeer::State state() const { return peer_->state(); }
  void stall() { peer_->stall(); }
  void resume() { peer_->resume(); }
  void shutdown_write();
  void close();  // with close_notify, as far as the socket takes it
  void reset() { peer_->reset(); }
  std::function<void()>& on_change() { return peer_->on_change; }

  // The far end has gone without saying so in TLS.
  bool cut_off() const {
    return tls_ && peer_->at_end() && peer_->error() == 0 && tls_->state() == transport::TlsEngine::State::established;
  }

 private:
  bool plaintext(base::Slice octets) override;
  void pass_on();
  void say_farewell();

  std::unique_ptr<ring::SimPeer> peer_;
  std::unique_ptr<base::BufferPool> pool_;
  std::unique_ptr<transport::TlsEngine> tls_;
  bool begun_ = false;
  bool shut_ = false;
  std::string waiting_;  // to be sealed when TLS is agreed on
  std::string arrived_;
};

}  // namespace sim
