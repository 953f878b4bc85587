#pragma once
// What the relay is doing, as numbers at one moment: what metrics and the status page are made of. Plain values; no system call.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "control/counters.h"
#include "control/log.h"
#include "control/rule_book.h"
#include "relay/counters.h"

namespace admin {

struct Figures {
  struct Listener {
    std::string name;
    relay::ListenerCounters counters;  // of all cores
  };
  struct Core {
    bool answers = true;  // false: it is stalled, and its numbers are those of before
    std::uint64_t links = 0;
    std::uint64_t sessions = 0;
    std::uint64_t turns = 0;
    std::uint64_t stalls = 0;
    double busy_s = 0;
  };
  struct Rule {
    std::string name;
    std::string action;
    std::uint64_t hits = 0;
  };
  struct Certificate {
    std::string file;
    std::chrono::sys_seconds not_after;
  };
  // Of this process, as the kernel tells.
  struct Process {
    double cpu_s = 0;
    std::uint64_t resident_octets = 0;
    std::uint64_t virtual_octets = 0;
    std::uint64_t open_files = 0;
    std::uint64_t open_files_max = 0;
    std::chrono::system_clock::time_point started;
  };

  std::string version;
  std::string name;  // [relay] name
  std::string kernel;
  bool ready = false;
  bool draining = false;
  std::chrono::system_clock::time_point now;
  relay::Counters sum;  // of all cores
  relay::Gauges held;   // of all cores
  std::vector<Core> cores;
  std::vector<Listener> listeners;  // the first: links that this relay dialled
  std::vector<Rule> rules;
  std::vector<Certificate> certificates;
  std::vector<control::Log::Fault> faults;  // the last ones, oldest first
  // Zeros when there is none.
  struct Accounting {
    std::uint64_t records = 0;
    std::uint64_t missing = 0;
    std::uint64_t waiting_octets = 0;
    bool failing = false;
  };
  Accounting accounting;
  Process process;
};

// Adds all that is counted and held.
void add(relay::Counters& to, const relay::Counters& more);
void add(relay::Gauges& to, const relay::Gauges& more);
void add(relay::ListenerCounters& to, const relay::ListenerCounters& more);

// `names`: of the listeners, in the order of the configuration. Cores, listeners, rules, sums; the rest is the caller's.
void take_counters(Figures& figures, const control::CounterBook& book, const std::vector<std::string>& names);
void take_rules(Figures& figures, const control::RuleBook& book);

}  // namespace admin
