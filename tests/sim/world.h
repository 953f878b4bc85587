#pragma once
// One to three whole relays on one thread and virtual time, and a network full of faults between them and those who talk through them.
// Everything that happens follows from one seed. A relay is in relay_process.h, the parties that talk are in client.h, what must be true of
// them in ledger.h.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "ledger.h"
#include "relay_process.h"
#include "ring/sim_network.h"
#include "ring/sim_peer.h"
#include "ring/sim_random.h"

namespace sim {

struct WorldOptions {
  ring::Faults faults;
  std::size_t relays = 1;
  bool small_limits = false;       // every bound of the relay is reached
  std::size_t session_buffer = 0;  // of [limits]; 0: the default
  bool lossy = false;              // frames may be refused, links closed; but what arrives is right
  bool stops = false;              // messages may be stopped with 413 and "#" (R-092), no link is closed for it
  bool breaks = false;             // links between relays break, or stand still
  bool slow = false;               // answers may come too late
  bool kamailio_rules = false;
  bool secure = false;   // the clients' listener speaks TLS; one relay
  bool reloads = false;  // rules are read again, at any moment
  // The answers of the resolver, by name, beside those for the relays. A name that is not here gets none; an empty list: no address.
  std::map<std::string, std::vector<base::IpAddress>, std::less<>> names;
};

class World {
 public:
  static constexpr std::size_t relays_max = 3;
  static constexpr std::size_t accounts = 8;  // at each: user0 ... user7, each with the password "secret-" and the name

  World(std::uint64_t seed, WorldOptions options, bool verbose);
  ~World();

  ring::SimNetwork& network() { return network_; }
  ring::SimRandom& random() { return random_; }  // of the scripts; apart from the network's
  Ledger& ledger() { return ledger_; }
  const WorldOptions& options() const { return options_; }
  RelayProcess& relay(std::size_t number) { return *relays_[number]; }

  // Plays until nothing happens any more, at most for so long.
  void play(base::Duration most);
  void after(base::Duration delay, std::function<void()> action);
  // All parties close; then the relays must have forgotten everything; then they are stopped, and must have ended.
  void end();
  void stop(base::Duration grace);
  bool stopped() const;

  // With an account, behind relays: connected to the first, authenticated at each in turn through those before it.
  Client& add_client(std::string name, std::vector<std::size_t> through = {0});
  Client& add_peer(std::string name);  // without: it listens, and may be dialled
  std::vector<std::unique_ptr<Client>>& clients() { return clients_; }

  // What the resolver says of a name, and how long it takes. nullopt: nothing.
  std::optional<std::vector<base::IpAddress>> lookup(std::string_view host) const;
  base::Duration lookup_delay();

  // The first thing that went wrong ends the run.
  void violation(std::string what);
  const std::string& fault() const { return fault_; }
  void note(std::string_view text);  // printed when verbose
  bool verbose() const { return verbose_; }
  // The sum over all cores of all relays.
  std::uint64_t count(std::uint64_t relay::Counters::* counter) const;

 private:
  bool verbose_;
  WorldOptions options_;
  ring::SimRandom random_;
  ring::SimNetwork network_;
  Ledger ledger_;
  std::vector<std::unique_ptr<RelayProcess>> relays_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::string fault_;
  std::uint64_t turns_ = 0;
  std::uint16_t next_address_ = 1;
};

}  // namespace sim
