#include "admin/figures.h"

#include <utility>

namespace admin {

void add(relay::Counters& to, const relay::Counters& more) { to.add(more); }

void add(relay::Gauges& to, const relay::Gauges& more) {
  to.buffer_octets += more.buffer_octets;
  to.buffer_octets_max += more.buffer_octets_max;
  to.receive_buffers += more.receive_buffers;
  to.receive_buffers_max += more.receive_buffers_max;
  to.mail_waiting += more.mail_waiting;
  to.reports += more.reports;
  to.links_max += more.links_max;
  to.sessions_max += more.sessions_max;
}

void add(relay::ListenerCounters& to, const relay::ListenerCounters& more) {
  to.links += more.links;
  to.links_accepted += more.links_accepted;
  to.frames_in += more.frames_in;
  to.octets_in += more.octets_in;
  to.octets_out += more.octets_out;
}

void take_counters(Figures& figures, const control::CounterBook& book, const std::vector<std::string>& names) {
  figures.listeners.clear();
  figures.listeners.push_back({"dialled", {}});
  for (const std::string& name : names) figures.listeners.push_back({name, {}});
  figures.cores.resize(book.cores().size());
  for (std::size_t i = 0; i < book.cores().size(); ++i) {
    const control::CounterBook::Core& from = book.cores()[i];
    Figures::Core& core = figures.cores[i];
    core.links = from.counters.links;
    core.sessions = from.counters.sessions;
    core.turns = from.counters.turns;
    core.stalls = from.counters.stalls;
    core.busy_s = static_cast<double>(from.counters.turn_time.sum_ns) / 1e9;
    add(figures.sum, from.counters);
    add(figures.held, from.gauges);
    for (std::size_t at = 0; at < from.listeners.size() && at < figures.listeners.size(); ++at) {
      add(figures.listeners[at].counters, from.listeners[at]);
    }
  }
}

void take_rules(Figures& figures, const control::RuleBook& book) {
  for (std::size_t rule = 0; rule < book.size(); ++rule) {
    figures.rules.push_back({std::string(book.name(rule)), std::string(book.action(rule)), book.hits(rule)});
  }
}

}  // namespace admin
