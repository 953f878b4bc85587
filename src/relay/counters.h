#pragma once
// What one core counts. Plain numbers that only their core writes; the control thread gets copies by mail. One list makes the struct, the
// names and the sum, so that no counter can be forgotten in one of them.
#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace relay {

// name, meaning. Metric names are msrp_relay_<name>_total for what only grows.
#define RELAY_COUNTERS(X)                                                                                                      \
  X(links_accepted, "links accepted")                                                                                          \
  X(links_dialled, "links dialled")                                                                                            \
  X(links_closed, "links closed")                                                                                              \
  X(links_refused, "links refused: [limits] links or links_per_address")                                                       \
  X(links_banned, "links refused or closed because their address is banned")                                                   \
  X(links_failed, "links that could not be dialled")                                                                           \
  X(probations_failed, "links closed because nothing they asked succeeded in time")                                            \
  X(strangers_refused, "links on probation closed because half of [limits] core_buffer was used")                              \
  X(write_stalls, "links closed because their reader took nothing for [timers] write_stall")                                   \
  X(idle_closed, "links closed after [timers] idle")                                                                           \
  X(frames_in, "frames received")                                                                                              \
  X(frames_known, "of the frames received those known by sight")                                                               \
  X(responses_in, "of the frames received responses")                                                                          \
  X(auth_in, "of the frames received AUTH requests")                                                                           \
  X(reports_in, "of the frames received REPORT requests")                                                                      \
  X(others_in, "of the frames received requests of other methods than SEND, AUTH and REPORT")                                  \
  X(frames_out, "frames sent")                                                                                                 \
  X(octets_in, "octets received")                                                                                              \
  X(octets_out, "octets sent")                                                                                                 \
  X(handshakes, "TLS handshakes")                                                                                              \
  X(handshakes_resumed, "of these those with a ticket")                                                                        \
  X(handshakes_failed, "TLS handshakes that were begun and came to no good end")                                               \
  X(handshakes_deferred, "TLS handshakes that waited for the next turn of the loop")                                           \
  X(records_failed, "links closed because of a wrong TLS record")                                                              \
  X(tickets_forgotten, "TLS tickets of next hops given up for newer ones of others")                                           \
  X(links_to_kernel, "TLS links whose records the kernel makes")                                                               \
  X(links_not_to_kernel, "TLS links that it was to take and did not")                                                          \
  X(key_updates, "times that a peer of a link in the kernel has changed its keys")                                             \
  X(key_updates_refused, "links closed because their peer wanted keys that the kernel cannot change")                          \
  X(truncated, "TLS links whose peer has not said that nothing more comes")                                                    \
  X(malformed, "frames that could not be parsed")                                                                              \
  X(sip_requests, "SIP requests on a listener that admits them")                                                               \
  X(auth_accepted, "AUTH answered 200")                                                                                        \
  X(auth_challenged, "AUTH without credentials answered 401")                                                                  \
  X(auth_failed, "AUTH with wrong or stale credentials")                                                                       \
  X(auth_refused, "AUTH answered 403, 423 or 400")                                                                             \
  X(sessions_ended, "sessions ended")                                                                                          \
  X(requests_relayed, "requests forwarded")                                                                                    \
  X(requests_refused, "requests answered with an error")                                                                       \
  X(requests_dropped, "requests dropped without an answer")                                                                    \
  X(responses_matched, "responses that completed a transaction")                                                               \
  X(responses_routed, "responses forwarded to the previous hop")                                                               \
  X(responses_dropped, "responses without a transaction, or whose link has gone")                                              \
  X(reports_sent, "failure REPORTs made by this relay")                                                                        \
  X(reports_undeliverable, "failure REPORTs whose sender has gone")                                                            \
  X(transactions_expired, "SENDs that nobody answered in [timers] transaction")                                                \
  X(transactions_full, "times a lane waited for [limits] transactions_per_link")                                               \
  X(chunks_cut, "chunks forwarded in more pieces than they came in")                                                           \
  X(collisions, "outgoing transaction ids found in a body and replaced")                                                       \
  X(chunks_aborted, "chunks ended with # because their sender went away")                                                      \
  X(sources_paused, "times a source was paused for a slow reader")                                                             \
  X(own_links, "links dialled for one session with large messages")                                                            \
  X(messages_stopped, "messages stopped with 413 because their receiver is too slow")                                          \
  X(messages_too_large, "messages refused in the middle, at a size that a rule names")                                         \
  X(pool_exhausted, "times [limits] core_buffer was used up")                                                                  \
  X(buffers_exhausted, "times no receive buffer was free")                                                                     \
  X(mail_sent, "records mailed to other cores")                                                                                \
  X(mail_overflowed, "records that waited because a lane of mail was full")                                                    \
  X(destinations_refused, "next hops that the destination guard refused")                                                      \
  X(client_messages_in, "messages that sessions have carried from their clients; these six only with [accounting]")            \
  X(client_messages_out, "messages that sessions have carried to their clients")                                               \
  X(client_chunks_in, "SENDs that sessions have carried from their clients")                                                   \
  X(client_chunks_out, "SENDs that sessions have carried to their clients")                                                    \
  X(client_octets_in, "octets of bodies that sessions have carried from their clients")                                        \
  X(client_octets_out, "octets of bodies that sessions have carried to their clients")                                         \
  X(accounting_lost, "accounting records that are missing because the control thread has not taken those before for too long") \
  X(log_lost, "log records lost because the mail to the control thread was full")                                              \
  X(sessions_refused, "AUTH answered 403: [limits] sessions, sessions_per_link or sessions_per_user")                          \
  X(turns, "turns of the loop")                                                                                                \
  X(stalls, "turns of the loop that took more than 10 ms")

// Responses by their code. What is not in the registry of RFC 4975 and RFC 4976 is counted together.
struct ResponseCounters {
  static constexpr std::array<std::uint16_t, 11> codes{200, 400, 401, 403, 408, 413, 415, 423, 481, 501, 506};
  std::array<std::uint64_t, codes.size() + 1> counts{};  // the last: of any other code

  void add(std::uint16_t code) {
    // Nearly all are 200.
    std::size_t i = 0;
    while (i < codes.size() && codes[i] != code) ++i;
    ++counts[i];
  }
  void add(const ResponseCounters& more) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += more.counts[i];
  }
};

// Durations in buckets of doubling width.
struct Histogram {
  static constexpr std::size_t bounds = 21;  // the last bound is 10.5 s
  static constexpr base::Duration least = std::chrono::microseconds(10);
  std::array<std::uint64_t, bounds + 1> counts{};  // [i]: up to bound(i), not cumulated; the last: longer
  std::int64_t sum_ns = 0;

  static constexpr base::Duration bound(std::size_t i) { return least * (std::int64_t{1} << i); }
  void add(base::Duration duration) {
    const std::int64_t ns = std::max<std::int64_t>(duration.count(), 0);
    const auto steps = static_cast<std::uint64_t>(std::max<std::int64_t>(ns - 1, 0) / least.count());
    ++counts[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(steps)), bounds)];
    sum_ns += ns;
  }
  void add(const Histogram& more) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += more.counts[i];
    sum_ns += more.sum_ns;
  }
};

// What came and went by the links of one listener.
struct ListenerCounters {
  std::uint64_t links = 0;  // now
  std::uint64_t links_accepted = 0;
  std::uint64_t frames_in = 0;
  std::uint64_t octets_in = 0;
  std::uint64_t octets_out = 0;
};

struct Counters {
#define RELAY_COUNTER_FIELD(name, meaning) std::uint64_t name = 0;
  RELAY_COUNTERS(RELAY_COUNTER_FIELD)
#undef RELAY_COUNTER_FIELD
  ResponseCounters responses_out;    // of our own
  ResponseCounters responses_to_us;  // from next hops, to what we sent them
  Histogram turn_time;               // of the loop: from what came to what is handed to the kernel
  Histogram answer_time;             // from a SEND that has left to the next hop's response
  // What is there now.
  std::uint64_t links = 0;
  std::uint64_t sessions = 0;

  void add(const Counters& more) {
#define RELAY_COUNTER_ADD(name, meaning) name += more.name;
    RELAY_COUNTERS(RELAY_COUNTER_ADD)
#undef RELAY_COUNTER_ADD
    responses_out.add(more.responses_out);
    responses_to_us.add(more.responses_to_us);
    turn_time.add(more.turn_time);
    answer_time.add(more.answer_time);
    links += more.links;
    sessions += more.sessions;
  }

  template <class Visit>  // visit(name, meaning, value)
  void each(Visit visit) const {
    each_grown(visit);
    visit(std::string_view("links"), std::string_view("links now"), links);
    visit(std::string_view("sessions"), std::string_view("sessions now"), sessions);
  }
  // Those that only grow.
  template <class Visit>
  void each_grown(Visit visit) const {
#define RELAY_COUNTER_VISIT(name, meaning) visit(std::string_view(#name), std::string_view(meaning), name);
    RELAY_COUNTERS(RELAY_COUNTER_VISIT)
#undef RELAY_COUNTER_VISIT
  }
};

// What a core holds at one moment, and the most it may.
struct Gauges {
  std::uint64_t buffer_octets = 0;  // of [limits] core_buffer
  std::uint64_t buffer_octets_max = 0;
  std::uint64_t receive_buffers = 0;
  std::uint64_t receive_buffers_max = 0;
  std::uint64_t mail_waiting = 0;  // octets for cores whose lane is full
  std::uint64_t reports = 0;       // SENDs that may still fail
  std::uint64_t links_max = 0;
  std::uint64_t sessions_max = 0;
};

}  // namespace relay
