#pragma once
// A whole relay on one thread and virtual time: N cores, their mail, a control thread that the world plays, a network full of faults.
// Everything that happens follows from one seed. The parties that talk through it are in client.h, what must be true of them in ledger.h.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/user_table.h"
#include "base/ids.h"
#include "client.h"
#include "config/config.h"
#include "ledger.h"
#include "relay/mail.h"
#include "relay/settings.h"
#include "relay/worker.h"
#include "ring/mailbox.h"
#include "ring/sim_network.h"
#include "ring/sim_peer.h"
#include "ring/sim_random.h"
#include "ring/sim_ring.h"
#include "rules/rule_set.h"

namespace sim {

struct WorldOptions {
  ring::Faults faults;
  bool small_limits = false;  // every bound of the relay is reached
  bool lossy = false;         // frames may be refused, links closed; but what arrives is right
  bool slow = false;          // answers may come too late
  bool kamailio_rules = false;
  // The answers of the resolver, by name. A name that is not here gets none; an empty list: no address.
  std::map<std::string, std::vector<base::IpAddress>, std::less<>> names;
};

class World {
 public:
  static constexpr std::string_view relay_name = "relay.example.org";
  static const base::Endpoint listening;
  static constexpr std::size_t accounts = 8;  // user0 ... user7, each with the password "secret-" and the name

  World(std::uint64_t seed, WorldOptions options, bool verbose);
  ~World();

  ring::SimNetwork& network() { return network_; }
  ring::SimRandom& random() { return random_; }  // of the scripts; apart from the network's
  Ledger& ledger() { return ledger_; }
  const WorldOptions& options() const { return options_; }
  std::size_t cores() const { return cores_; }

  // Plays until nothing happens any more, at most for so long.
  void play(base::Duration most);
  void after(base::Duration delay, std::function<void()> action);
  // All parties close; then the relay must have forgotten everything; then it is stopped, and must have ended.
  void end();
  void stop(base::Duration grace);
  bool stopped() const { return stopped_cores_ == cores_; }

  Client& add_client(std::string name);  // with an account, behind the relay
  Client& add_peer(std::string name);    // without: it listens, and may be dialled
  std::vector<std::unique_ptr<Client>>& clients() { return clients_; }

  // The first thing that went wrong ends the run.
  void violation(std::string what);
  const std::string& fault() const { return fault_; }
  void note(std::string_view text);  // printed when verbose
  bool verbose() const { return verbose_; }
  // The sum over all cores.
  std::uint64_t count(std::uint64_t relay::Counters::* counter) const;

 private:
  struct Core {
    std::unique_ptr<ring::SimRing> ring;
    std::unique_ptr<ring::SimRandom> entropy;
    std::unique_ptr<relay::Worker> worker;
  };
  relay::Settings make_settings();
  void control_woken();
  void read_report(std::string_view record);
  void resolve(base::LinkName link, const std::string& host);
  template <class Mail>
  void order(base::CoreId core, const Mail& mail);
  void expect_nothing_held();

  bool verbose_;
  WorldOptions options_;
  ring::SimRandom random_;
  ring::SimNetwork network_;
  std::size_t cores_;
  relay::Settings settings_;
  ring::PostOffice office_;
  std::vector<Core> workers_;
  Ledger ledger_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::string fault_;
  std::uint64_t turns_ = 0;
  std::size_t stopped_cores_ = 0;
  std::uint16_t next_address_ = 1;
};

}  // namespace sim
