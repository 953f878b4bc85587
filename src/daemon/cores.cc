#include "daemon/cores.h"

#include <pthread.h>
#include <sched.h>

#include <cstring>
#include <utility>

#include "daemon/privileges.h"
#include "ring/kernel_entropy.h"
#include "ring/uring_ring.h"

namespace wiring {
namespace {

// Empty, or why not.
std::string pin_to(int cpu) {
  constexpr std::size_t cpus_max = 8192;
  cpu_set_t* set = CPU_ALLOC(cpus_max);
  const std::size_t bytes = CPU_ALLOC_SIZE(cpus_max);
  CPU_ZERO_S(bytes, set);
  CPU_SET_S(static_cast<std::size_t>(cpu), bytes, set);
  const int result = pthread_setaffinity_np(pthread_self(), bytes, set);
  CPU_FREE(set);
  return result == 0 ? "" : "cannot run on CPU " + std::to_string(cpu) + ": " + std::strerror(result);
}

std::expected<std::unique_ptr<ring::UringRing>, std::string> started_ring(base::CoreId core, ring::Wakeups& wakeups) {
  auto ring = ring::UringRing::create(core, wakeups, ring::UringOptions{});
  if (!ring) return std::unexpected(ring.error());
  if (auto started = (*ring)->start(); !started) return std::unexpected(started.error());
  return std::move(*ring);
}

}  // namespace

Cores::Cores(CoreShare share, const CpuPlan& cpus)
    : share_(std::move(share)), rings_made_(static_cast<std::ptrdiff_t>(cpus.size())), faults_(cpus.size()) {
  for (std::size_t core = 0; core < cpus.size(); ++core) {
    threads_.emplace_back([this, core, cpu = cpus[core]] { run(base::CoreId(static_cast<std::uint16_t>(core)), cpu); });
    pthread_setname_np(threads_.back().native_handle(), ("core-" + std::to_string(core)).c_str());
  }
}

Cores::~Cores() {
  if (!decided_.try_wait()) decided_.count_down();
}

std::vector<std::string> Cores::make_rings() {
  rings_made_.wait();
  std::vector<std::string> faults;
  for (std::size_t core = 0; core < faults_.size(); ++core) {
    if (!faults_[core].empty()) faults.push_back("core " + std::to_string(core) + ": " + faults_[core]);
  }
  return faults;
}

void Cores::go() {
  work_ = true;
  decided_.count_down();
}

void Cores::join() {
  for (std::jthread& thread : threads_) thread.join();
  threads_.clear();
}

void Cores::run(base::CoreId core, std::optional<int> cpu) {
  std::string fault = cpu ? pin_to(*cpu) : "";
  // After pinning: what a core touches first lies on its own memory node.
  auto ring = fault.empty() ? started_ring(core, share_.wakeups) : std::unexpected(fault);
  if (!ring) faults_[core.value()] = ring.error();
  if (ring && core.value() == 0) features_ = (*ring)->features();
  (void)give_up_capabilities(FilesRead::no);
  rings_made_.count_down();
  decided_.wait();
  if (!work_) return;

  ring::KernelEntropy entropy;
  std::vector<relay::ListeningSocket> listeners;
  listeners.reserve(share_.listening.size());
  for (std::size_t i = 0; i < share_.listening.size(); ++i) {
    listeners.push_back({share_.listening[i].sockets.at(core.value()), base::ListenerId(static_cast<std::uint16_t>(i))});
  }
  relay::Worker worker(share_.settings, core, **ring, share_.post, entropy, share_.users, share_.rules, std::move(listeners));
  worker.use_tls(share_.tls.make());
  worker.start();
  while (!worker.finished()) worker.turn();
}

}  // namespace wiring
