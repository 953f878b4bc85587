#pragma once
// One relay of a world: N cores, their mail, and a control thread that the world plays.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts_seen.h"
#include "base/address.h"
#include "base/ids.h"
#include "config/config.h"
#include "relay/counters.h"
#include "relay/mail.h"
#include "relay/settings.h"
#include "relay/worker.h"
#include "ring/mailbox.h"
#include "ring/sim_random.h"
#include "ring/sim_ring.h"

namespace sim {

class World;

class RelayProcess {
 public:
  // `number`: 0 is the world's first; `first_core`: of the network's numbers. The world's script chooses count of cores and limits.
  RelayProcess(World& world, std::size_t number, std::uint16_t first_core, std::uint64_t seed);
  ~RelayProcess();
  RelayProcess(const RelayProcess&) = delete;
  RelayProcess& operator=(const RelayProcess&) = delete;

  static std::string name_of(std::size_t number);
  static base::Endpoint endpoint_of(std::size_t number);
  const std::string& name() const { return name_; }
  const base::Endpoint& endpoint() const { return endpoint_; }
  const base::IpAddress& address() const { return endpoint_.address; }
  std::string authority() const;  // the URI that an AUTH to it names
  std::size_t cores() const { return process_.cores; }
  std::uint16_t first_core() const { return process_.first_core; }
  bool has_core(base::CoreId in_network) const {
    return in_network.value() >= process_.first_core && in_network.value() - process_.first_core < process_.cores;
  }

  void turn(base::CoreId in_network);
  void stop(base::Duration grace);
  // New rules, as the control thread gives them. Each version adds a header with its number to what passes.
  void read_rules_again();
  bool stopped() const { return stopped_cores_ == process_.cores; }
  void expect_nothing_held();
  void expect_ended();  // after stop()
  std::uint64_t count(std::uint64_t relay::Counters::* counter) const;

 private:
  struct Core {
    std::unique_ptr<ring::SimRing> ring;
    std::unique_ptr<ring::SimRandom> entropy;
    std::unique_ptr<relay::Worker> worker;
  };
  relay::Settings make_settings(std::uint64_t seed);
  void limit(config::Limits& limits);
  void control_woken();
  void read_report(std::string_view record);
  void resolve(const relay::ResolveMail& asked, const std::string& host);
  template <class Mail>
  void order(base::CoreId core, const Mail& mail);

  World& world_;
  std::string name_;
  base::Endpoint endpoint_;
  ring::SimProcess process_;
  relay::Settings settings_;
  ring::PostOffice office_;
  std::vector<Core> workers_;
  std::size_t stopped_cores_ = 0;
  std::uint32_t rules_version_ = 1;
  AccountsSeen accounts_;
  std::size_t rules_awaited_ = 0;  // cores that have not taken the newest yet
};

}  // namespace sim
