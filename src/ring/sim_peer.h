#pragma once
// Far ends that a test scripts, octet by octet: an MSRP client, a next hop, an attacker. They live on the network's time, on no core.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "ring/sim_network.h"

namespace ring {

// One connection. Everything returns at once; what it causes happens as the network plays.
class SimPeer {
 public:
  enum class State : std::uint8_t { idle, connecting, connected, refused, closed };

  // `from`: its address; port 0: one of its own.
  SimPeer(SimNetwork& network, const base::Endpoint& from);
  ~SimPeer();  // closes
  SimPeer(const SimPeer&) = delete;
  SimPeer& operator=(const SimPeer&) = delete;

  void connect(const base::Endpoint& to);
  State state() const { return state_; }
  bool is_connected() const { return state_ == State::connected; }
  base::Endpoint local() const;
  base::Endpoint remote() const;

  // Takes all of it, also before the connection stands, and passes on what the socket takes.
  void write(std::string_view octets);
  std::size_t unsent() const { return backlog_.size() - passed_; }
  // What has arrived, at most `most` octets; empty while stalled.
  std::string read(std::size_t most = SIZE_MAX);
  bool at_end() const { return at_end_; }  // the far end is done and all is read
  int error() const { return error_; }     // negative errno: reset, refused ...; 0: none

  // While stalled it reads nothing: the receive buffer fills, then the sender's.
  void stall() { stalled_ = true; }
  void resume();

  void shutdown_write();  // after what was written
  void close();           // at once; what is not sent is lost, what is not read resets the connection
  void reset();

  // Called after something changed: connected, refused, octets or the end arrived, room to write, reset. May call anything but the
  // destructor.
  std::function<void()> on_change;

 private:
  friend class SimPeerListener;
  SimPeer(SimNetwork& network, int listener);
  SimNetwork::Owner owner();
  void changed();
  void tell();
  void pass_on();

  SimNetwork& network_;
  // Ends before this does: events that come later find it gone.
  std::shared_ptr<SimPeer*> alive_ = std::make_shared<SimPeer*>(this);
  int descriptor_ = -1;
  State state_ = State::idle;
  std::string backlog_;
  std::size_t passed_ = 0;  // of the backlog
  bool shutting_ = false;
  bool stalled_ = false;
  bool at_end_ = false;
  int error_ = 0;
};

// A peer that is dialled.
class SimPeerListener {
 public:
  SimPeerListener(SimNetwork& network, const base::Endpoint& endpoint);
  ~SimPeerListener();
  SimPeerListener(const SimPeerListener&) = delete;
  SimPeerListener& operator=(const SimPeerListener&) = delete;

  std::unique_ptr<SimPeer> accept();  // nullptr: nobody waits
  std::function<void()> on_connection;

 private:
  SimNetwork& network_;
  int descriptor_;
};

}  // namespace ring
