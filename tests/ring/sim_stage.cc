#include "ring/sim_network.h"
#include "ring/sim_peer.h"
#include "ring/sim_ring.h"
#include "stage.h"

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

namespace ring_test {

namespace {

base::Endpoint endpoint(const char* address, std::uint16_t port) { return {*base::IpAddress::parse(address), port}; }

class SimFarEnd final : public FarEnd {
 public:
  explicit SimFarEnd(std::unique_ptr<ring::SimPeer> peer) : peer_(std::move(peer)) {}
  void write(std::string_view octets) override { peer_->write(octets); }
  std::string read() override { return peer_->read(); }
  bool at_end() override { return peer_->at_end(); }
  bool failed() override { return peer_->error() != 0; }
  void shutdown_write() override { peer_->shutdown_write(); }
  void close() override { peer_->close(); }
  void reset() override { peer_->reset(); }
  base::Endpoint local() override { return peer_->local(); }

 private:
  std::unique_ptr<ring::SimPeer> peer_;
};

ring::Faults rough_faults() {
  ring::Faults faults;
  faults.send_refused = faults.short_send = 0.2;
  faults.no_buffers = 0.1;
  faults.accept_ends = faults.accept_fails = 0.2;
  faults.early_submit = 0.3;
  faults.early_return = 0.2;
  return faults;
}

class SimStage final : public Stage {
 public:
  SimStage(std::uint64_t seed, bool rough)
      : rough_(rough),
        network_(seed, rough ? rough_faults() : ring::Faults::none()),
        ring_(network_, base::CoreId(0), rough ? ring::SimRingOptions{} : ring::SimRingOptions{8, 4096}),
        listener_(network_.listen(base::CoreId(0), endpoint("192.0.2.1", 2855))),
        far_listener_(network_, endpoint("198.51.100.7", 2855)) {}

  ring::Ring& ring() override { return ring_; }
  ring::Socket listener() override { return listener_; }
  std::unique_ptr<FarEnd> dial() override {
    auto peer = std::make_unique<ring::SimPeer>(network_, endpoint("203.0.113.5", 0));
    peer->connect(endpoint("192.0.2.1", 2855));
    return std::make_unique<SimFarEnd>(std::move(peer));
  }
  base::Endpoint far_listener() override { return endpoint("198.51.100.7", 2855); }
  std::unique_ptr<FarEnd> far_accept() override {
    std::unique_ptr<ring::SimPeer> peer = far_listener_.accept();
    return peer ? std::make_unique<SimFarEnd>(std::move(peer)) : nullptr;
  }
  base::Endpoint nobody() override { return endpoint("198.51.100.8", 1); }
  bool is_kernel() const override { return false; }
  bool is_kind() const override { return !rough_; }
  ~SimStage() override { completions.clear(); }

 protected:
  void wait() override { REQUIRE(network_.next(base::Instant::never())); }
  base::Instant soon() override { return network_.now() + std::chrono::milliseconds(5); }

 private:
  bool rough_;
  ring::SimNetwork network_;
  ring::SimRing ring_;
  ring::Socket listener_;
  ring::SimPeerListener far_listener_;
};

}  // namespace

std::unique_ptr<Stage> simulated_stage(std::uint64_t seed, bool rough) { return std::make_unique<SimStage>(seed, rough); }

}  // namespace ring_test
