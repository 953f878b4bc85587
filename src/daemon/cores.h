#pragma once
// The threads of the cores.
#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/tls_keeper.h"
#include "daemon/cpus.h"
#include "relay/settings.h"
#include "relay/worker.h"
#include "ring/listener.h"
#include "ring/mailbox.h"
#include "ring/wakeups.h"

namespace wiring {

// What all cores are given; outlives them.
struct CoreShare {
  const relay::Settings& settings;
  ring::PostOffice& post;
  ring::Wakeups& wakeups;
  std::shared_ptr<const auth::UserTable> users;
  std::shared_ptr<const rules::RuleSet> rules;
  const control::TlsKeeper& tls;
  const std::vector<ring::Listening>& listening;
};

class Cores {
 public:
  Cores(CoreShare share, const CpuPlan& cpus);
  // Only after begin() with faults, or when every core has stopped.
  ~Cores();
  Cores(const Cores&) = delete;
  Cores& operator=(const Cores&) = delete;

  // Makes every core's ring on its own thread. The faults of those that could not; then none of them runs.
  std::vector<std::string> make_rings();
  // What the first core's ring found; empty before make_rings().
  const std::string& features() const { return features_; }
  // Lets them work. Once, after make_rings() without a fault.
  void go();
  void join();

 private:
  void run(base::CoreId core, std::optional<int> cpu);

  CoreShare share_;
  std::latch rings_made_;
  std::latch decided_{1};
  bool work_ = false;
  std::vector<std::string> faults_;  // by core; read after rings_made_
  std::string features_;
  std::vector<std::jthread> threads_;
};

}  // namespace wiring
