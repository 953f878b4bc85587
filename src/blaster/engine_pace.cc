// When things begin: the phases of a run, the open loop, ramps, slow readers; and what other threads are told.
#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>

#include "blaster/engine.h"

namespace blaster {
namespace {

constexpr base::Duration nap = std::chrono::milliseconds(20);  // how late the control's wishes may be noticed

std::uint64_t thread_cpu_ns() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto ns = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_usec) * 1000;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

}  // namespace

void Engine::begin_sending() {
  for (std::uint32_t i = 0; i < pairs_.size(); ++i) {
    const std::uint64_t messages = scenario_.messages_of(first_pair_ + i);
    pairs_[i].sender.allow(messages);
    pairs_[i].sender.start(ring_.now());
    if (scenario_.messages) quota_ += messages;
  }
  began_ = ended_ = last_progress_ = ring_.now();
  cpu_began_ns_ = thread_cpu_ns();
}

// In a closed loop the ramp lets one pair begin after the other.
void Engine::begin_pairs() {
  while (begun_pairs_ < pairs_.size()) {
    const auto wait =
        scenario_.sending.schedule != nullptr ? base::Duration{} : scenario_.ramp * (first_pair_ + begun_pairs_) / scenario_.pairs;
    if (ring_.now() < began_ + wait) return;
    pairs_[begun_pairs_].begun = true;
    mark(begun_pairs_++);
  }
}

// Open loop: wakes the pairs whose messages are due.
void Engine::mark_due() {
  const Schedule* const schedule = scenario_.sending.schedule;
  if (schedule == nullptr) return;
  while (true) {
    const base::Instant due = began_ + schedule->due(due_round_ * scenario_.pairs + first_pair_ + due_pair_);
    if (due > ring_.now()) return;
    tally_.lag.record(static_cast<std::uint64_t>((ring_.now() - due).count()));
    mark(due_pair_);
    if (++due_pair_ < pairs_.size()) continue;
    due_pair_ = 0;
    ++due_round_;
  }
}

void Engine::read_slowly() {
  const auto octets = static_cast<std::size_t>(scenario_.read_rate * slow_step / std::chrono::seconds(1));
  for (; !slow_reads_.empty() && slow_reads_.front().due <= ring_.now(); slow_reads_.pop_front()) {
    const std::uint32_t index = slow_reads_.front().link;
    if (!links_[index].lost) ring_.recv_once(token(ring::Op::recv, index), links_[index].socket, octets);
  }
}

// When this thread must look again at the latest.
base::Instant Engine::next_event() const {
  base::Instant next = ring_.now() + nap;
  if (!slow_reads_.empty()) next = std::min(next, slow_reads_.front().due);
  if (phase_ != Phase::send) return next;
  if (const Schedule* const schedule = scenario_.sending.schedule; schedule != nullptr)
    next = std::min(next, began_ + schedule->due(due_round_ * scenario_.pairs + first_pair_ + due_pair_));
  for (const Stream* const stream : {&sessions_, &churned_links_, &auths_})
    if (stream->schedule) next = std::min(next, began_ + stream->schedule->due(stream->next));
  return std::max(next, ring_.now());
}

bool Engine::is_done() const {
  if (pairs_dead_ == pairs_.size()) return true;
  const bool nothing_begins = phase_ == Phase::drain || (scenario_.messages && tally_.messages_begun == quota_);
  return nothing_begins && tally_.messages_under_way == 0;
}

void Engine::follow_phase() {
  const Phase wanted = control_.phase.load(std::memory_order_relaxed);
  if (wanted == Phase::abandon) leave_ = true;
  if (wanted != phase_) {
    if (phase_ == Phase::set_up) begin_sending();
    if (wanted == Phase::drain)
      for (Pair& pair : pairs_) pair.sender.stop();
    phase_ = wanted;
  }
  if (phase_ == Phase::set_up) return;

  const std::uint64_t progress = tally_.octets_delivered + tally_.frames_delivered + tally_.messages_done + tally_.faults_in_all();
  if (progress != progress_seen_) {
    progress_seen_ = progress;
    last_progress_ = ended_ = ring_.now();
  }
  if (is_done() || ring_.now() - last_progress_ > scenario_.patience) {
    leave_ = true;
    cpu_ns_ = thread_cpu_ns() - cpu_began_ns_;
  }
}

void Engine::publish() {
  progress_.pairs_ready.store(pairs_ready_ + idle_ready_, std::memory_order_relaxed);
  progress_.messages_done.store(tally_.messages_done, std::memory_order_relaxed);
  progress_.frames_delivered.store(tally_.frames_delivered, std::memory_order_relaxed);
  progress_.octets_delivered.store(tally_.octets_delivered, std::memory_order_relaxed);
  progress_.faults.store(tally_.faults_in_all(), std::memory_order_relaxed);
  if (!progress_.latency_wanted.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(progress_.latency_mutex);
  progress_.latency = tally_.latency;
  progress_.cpu_ns = phase_ == Phase::set_up ? 0 : thread_cpu_ns() - cpu_began_ns_;
  progress_.latency_wanted.store(false, std::memory_order_release);
}

}  // namespace blaster
