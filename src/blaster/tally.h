#pragma once
// What a run counts: one Tally per thread, added up at the end.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/histogram.h"
#include "base/time.h"

namespace blaster {

// Everything that can go wrong with what was sent.
enum class Fault : std::uint8_t {
  lost,          // given to the relay, never arrived whole
  duplicated,    // octets of a message arrived that had arrived before
  corrupted,     // other octets than were sent, or a frame of no message of ours
  misaddressed,  // To-Path or From-Path of a delivered frame is not what the paths of both parties make it
  unanswered,    // a SEND without its response
  unreported,    // delivered, and the success REPORT that was asked for never came
  refused,       // a response other than 200
  reported,      // a REPORT that tells a failure
  malformed,     // octets that are no MSRP
  aborted,       // a chunk that ended with '#'
  misordered,    // a chunk before the one that precedes it, or a message after one that was sent later in its session
  link_lost,     // a connection ended in the middle of the run
  churn_failed,  // a session or link of the churn that could not be set up, or a renewed AUTH that was refused
};
constexpr std::size_t fault_kinds = 13;
const char* describe(Fault fault);

// Latencies beyond this count as this.
constexpr std::uint64_t latency_max_ns = 600'000'000'000;

struct Tally {
  std::uint64_t messages_begun = 0;
  std::uint64_t messages_under_way = 0;
  std::uint64_t messages_delivered = 0;  // whole, at the far end
  std::uint64_t messages_done = 0;       // delivered and every chunk answered
  std::uint64_t frames_sent = 0;         // SEND requests
  std::uint64_t frames_delivered = 0;    // SEND requests that arrived whole (a relay may cut chunks: more than were sent)
  std::uint64_t octets_delivered = 0;    // of bodies
  std::uint64_t success_reports = 0;
  std::uint16_t last_refusal = 0;  // the status code of the last Fault::refused or Fault::reported
  std::array<std::uint64_t, fault_kinds> faults{};
  std::string churn_failure;  // why the last Fault::churn_failed was one
  // In ns. From the sending of a message (open loop: from when it was due) to its delivery; those to slow readers are kept apart.
  base::Histogram latency{latency_max_ns};
  base::Histogram slow_latency{latency_max_ns};
  base::Histogram lag{latency_max_ns};  // open loop: how late the generator itself looked at what was due
  // Of the churn, from when it was due: sessions set up, links connected, AUTHs renewed.
  base::Histogram sessions{latency_max_ns}, links{latency_max_ns}, auths{latency_max_ns};

  void count(Fault fault, std::uint64_t times = 1) { faults[static_cast<std::size_t>(fault)] += times; }
  std::uint64_t of(Fault fault) const { return faults[static_cast<std::size_t>(fault)]; }
  std::uint64_t faults_in_all() const;
  void add(const Tally& other);
};

}  // namespace blaster
