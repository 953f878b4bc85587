#include "blaster/run.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "blaster/engine.h"
#include "blaster/live.h"
#include "blaster/processes.h"
#include "ring/kernel_check.h"
#include "ring/kernel_entropy.h"
#include "ring/listener.h"
#include "ring/uring_ring.h"
#include "ring/wakeups.h"

namespace blaster {
namespace {

constexpr auto look = std::chrono::milliseconds(10);
using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t interrupts = 0;
void on_interrupt(int) { interrupts = interrupts + 1; }

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// What one thread leaves behind.
struct Leaving {
  Tally tally;
  base::Instant began, ended;
  std::uint64_t cpu_ns = 0;
  std::string sent_sha256, received_sha256;
};

struct Worker {
  Progress progress;
  Leaving leaving;
  std::unique_ptr<ring::UringRing> ring;
  std::uint32_t first_pair = 0, pairs = 0;
  std::thread thread;
};

void work(Worker& worker, const Scenario& scenario, const Control& control, ring::Socket listener) {
  const auto started = worker.ring->start();
  if (!started) {
    worker.progress.failure = started.error();
    worker.progress.failed.store(true, std::memory_order_release);
    worker.progress.finished.store(true, std::memory_order_release);
    return;
  }
  ring::KernelEntropy entropy;
  std::vector<ring::Socket> sockets;
  {
    Engine engine(scenario, *worker.ring, entropy, control, worker.progress, worker.first_pair, worker.pairs, listener);
    engine.run();
    sockets = engine.sockets();
    worker.leaving.tally = engine.tally();
    worker.leaving.began = engine.began();
    worker.leaving.ended = engine.ended();
    worker.leaving.cpu_ns = engine.cpu_ns();
    worker.leaving.sent_sha256 = engine.sent_sha256();
    worker.leaving.received_sha256 = engine.received_sha256();
  }
  worker.ring.reset();
  for (const ring::Socket socket : sockets) ::close(socket.descriptor);
  worker.progress.finished.store(true, std::memory_order_release);
}

class Run {
 public:
  Run(const Scenario& scenario, Telling telling) : scenario_(scenario), live_(scenario, telling), timeline_(scenario.watched_processes) {}

  Outcome outcome() {
    if (!prepare()) return std::move(outcome_);
    for (Worker& worker : workers_)
      worker.thread = std::thread(work, std::ref(worker), std::cref(scenario_), std::cref(control_), listener_);
    if (set_up()) send();
    for (Worker& worker : workers_) worker.thread.join();
    collect();
    return std::move(outcome_);
  }

 private:
  bool prepare() {
    if (const auto problem = ring::kernel_problem()) return fail(*problem);
    auto wakeups = ring::Wakeups::create(scenario_.cores);
    if (!wakeups) return fail("no event descriptors: the open-file limit is reached");
    wakeups_ = *std::move(wakeups);
    if (scenario_.listen) {
      auto listening = ring::listen_on_all_cores({&*scenario_.listen, 1}, 1, 4096);
      if (!listening) return fail(listening.error().text());
      listener_ = listening->front().sockets.front();
    }
    std::uint32_t first = 0;
    for (std::uint32_t core = 0; core < scenario_.cores; ++core) {
      Worker& worker = workers_.emplace_back();
      worker.first_pair = first;
      worker.pairs = scenario_.pairs / scenario_.cores + (core < scenario_.pairs % scenario_.cores ? 1 : 0);
      first += worker.pairs;
      auto ring = ring::UringRing::create(base::CoreId(static_cast<std::uint16_t>(core)), *wakeups_, {});
      if (!ring) return fail(ring.error());
      worker.ring = *std::move(ring);
    }
    return true;
  }

  bool fail(const std::string& text) {
    outcome_.failure = text;
    return false;
  }

  // True when a thread could not go on or the operator wants to leave.
  bool given_up() {
    for (Worker& worker : workers_) {
      if (!worker.progress.failed.load(std::memory_order_acquire)) continue;
      outcome_.failure = worker.progress.failure;
    }
    if (outcome_.failure.empty() && interrupts == 0) return false;
    if (outcome_.failure.empty()) outcome_.failure = "interrupted while the sessions were being set up";
    control_.phase = Phase::abandon;
    return true;
  }

  bool set_up() {
    const auto start = Clock::now();
    auto last_change = start;
    std::uint32_t ready = 0;
    const std::uint32_t wanted = scenario_.pairs + scenario_.background.idle_sessions;
    while (ready < wanted) {
      if (given_up()) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      std::uint32_t now_ready = 0;
      for (Worker& worker : workers_) now_ready += worker.progress.pairs_ready.load(std::memory_order_relaxed);
      if (now_ready != ready) last_change = Clock::now();
      ready = now_ready;
      live_.set_up(ready, seconds_since(start));
      if (Clock::now() - last_change < scenario_.patience) continue;
      outcome_.failure = fmt::format("{} of {} pairs and idle sessions were set up, then the relay did not answer for {:.0f} s", ready,
                                     wanted, std::chrono::duration<double>(scenario_.patience).count());
      control_.phase = Phase::abandon;
      return false;
    }
    outcome_.set_up_seconds = seconds_since(start);
    return check_expiry();
  }

  // Sessions are not renewed: a run that outlives them would end in 481s.
  bool check_expiry() {
    if (!scenario_.duration) return true;
    for (Worker& worker : workers_) {
      const std::uint64_t granted = worker.progress.granted_s.load(std::memory_order_relaxed);
      if (granted == 0 || std::chrono::seconds(granted) > *scenario_.duration) continue;
      outcome_.failure = fmt::format("the relay keeps a session for {} s: run for less (--duration)", granted);
      control_.phase = Phase::abandon;
      return false;
    }
    return true;
  }

  void send() {
    const auto watched_before = cpu_time_ns(scenario_.watched_processes);
    const std::vector<Progress*> all = progresses();
    timeline_.begin();
    const auto start = Clock::now();
    control_.phase = Phase::send;
    while (!all_finished()) {
      std::this_thread::sleep_for(look);
      const auto elapsed = Clock::now() - start;
      const bool time_is_up = scenario_.duration && elapsed >= *scenario_.duration;
      if ((time_is_up || interrupts > 0) && control_.phase == Phase::send) control_.phase = Phase::drain;
      outcome_.interrupted = interrupts > 0;
      if (interrupts > 1) control_.phase = Phase::abandon;
      if (const Sample* const sample = timeline_.look(all, seconds_since(start))) live_.sending(*sample);
    }
    const auto watched_after = cpu_time_ns(scenario_.watched_processes);
    if (!scenario_.watched_processes.empty() && watched_before && watched_after)
      outcome_.watched_cpu_seconds = static_cast<double>(*watched_after - *watched_before) / 1e9;
    outcome_.timeline = timeline_.samples();
    live_.end();
  }

  std::vector<Progress*> progresses() {
    std::vector<Progress*> all;
    for (Worker& worker : workers_) all.push_back(&worker.progress);
    return all;
  }

  bool all_finished() const {
    return std::all_of(workers_.begin(), workers_.end(),
                       [](const Worker& worker) { return worker.progress.finished.load(std::memory_order_acquire); });
  }

  void collect() {
    live_.end();
    if (!listener_.is_none()) ::close(listener_.descriptor);
    if (!outcome_.failure.empty()) return;
    base::Instant began = base::Instant::never(), ended;
    for (const Worker& worker : workers_) {
      outcome_.tally.add(worker.leaving.tally);
      began = std::min(began, worker.leaving.began);
      ended = std::max(ended, worker.leaving.ended);
      outcome_.own_cpu_seconds += static_cast<double>(worker.leaving.cpu_ns) / 1e9;
    }
    outcome_.seconds = std::chrono::duration<double>(ended - began).count();
    if (!scenario_.content.is_file()) return;
    outcome_.sent_sha256 = workers_.front().leaving.sent_sha256;
    outcome_.received_sha256 = workers_.front().leaving.received_sha256;
  }

  const Scenario& scenario_;
  Live live_;
  Timeline timeline_;
  Outcome outcome_;
  Control control_;
  std::unique_ptr<ring::Wakeups> wakeups_;
  ring::Socket listener_;
  std::deque<Worker> workers_;
};

}  // namespace

bool Outcome::is_good() const {
  return failure.empty() && tally.faults_in_all() == 0 && tally.messages_done == tally.messages_begun && tally.messages_begun > 0 &&
         sent_sha256 == received_sha256;
}

Outcome run(const Scenario& scenario, Telling telling) {
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return Run(scenario, telling).outcome();
}

}  // namespace blaster
