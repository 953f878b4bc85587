#pragma once
// What one core counts. Plain numbers that only their core writes; the control thread gets copies by mail. One list makes the struct, the
// names and the sum, so that no counter can be forgotten in one of them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay {

// name, meaning. Metric names are msrp_relay_<name>_total for what only grows.
#define RELAY_COUNTERS(X)                                                                             \
  X(links_accepted, "links accepted")                                                                 \
  X(links_dialled, "links dialled")                                                                   \
  X(links_closed, "links closed")                                                                     \
  X(links_refused, "links refused: [limits] links or links_per_address")                              \
  X(links_failed, "links that could not be dialled")                                                  \
  X(probations_failed, "links closed because nothing they asked succeeded in time")                   \
  X(strangers_refused, "links on probation closed because half of [limits] core_buffer was used")     \
  X(write_stalls, "links closed because their reader took nothing for [timers] write_stall")          \
  X(idle_closed, "links closed after [timers] idle")                                                  \
  X(frames_in, "frames received")                                                                     \
  X(frames_known, "of the frames received those known by sight")                                      \
  X(frames_out, "frames sent")                                                                        \
  X(octets_in, "octets received")                                                                     \
  X(octets_out, "octets sent")                                                                        \
  X(handshakes, "TLS handshakes")                                                                     \
  X(handshakes_resumed, "of these those with a ticket")                                               \
  X(handshakes_failed, "TLS handshakes that failed")                                                  \
  X(handshakes_deferred, "TLS handshakes that waited for the next turn of the loop")                  \
  X(records_failed, "links closed because of a wrong TLS record")                                     \
  X(links_to_kernel, "TLS links whose records the kernel makes")                                      \
  X(links_not_to_kernel, "TLS links that it was to take and did not")                                 \
  X(key_updates, "times that a peer of a link in the kernel has changed its keys")                    \
  X(key_updates_refused, "links closed because their peer wanted keys that the kernel cannot change") \
  X(truncated, "TLS links whose peer has not said that nothing more comes")                           \
  X(malformed, "frames that could not be parsed")                                                     \
  X(sip_requests, "SIP requests on a listener that admits them")                                      \
  X(auth_accepted, "AUTH answered 200")                                                               \
  X(auth_challenged, "AUTH without credentials answered 401")                                         \
  X(auth_failed, "AUTH with wrong or stale credentials")                                              \
  X(auth_refused, "AUTH answered 403, 423 or 400")                                                    \
  X(sessions_ended, "sessions ended")                                                                 \
  X(requests_relayed, "requests forwarded")                                                           \
  X(requests_refused, "requests answered with an error")                                              \
  X(requests_dropped, "requests dropped without an answer")                                           \
  X(responses_matched, "responses that completed a transaction")                                      \
  X(responses_routed, "responses forwarded to the previous hop")                                      \
  X(responses_dropped, "responses without a transaction, or whose link has gone")                     \
  X(reports_sent, "failure REPORTs made by this relay")                                               \
  X(reports_undeliverable, "failure REPORTs whose sender has gone")                                   \
  X(transactions_expired, "SENDs that nobody answered in [timers] transaction")                       \
  X(transactions_full, "times a lane waited for [limits] transactions_per_link")                      \
  X(chunks_cut, "chunks forwarded in more pieces than they came in")                                  \
  X(collisions, "outgoing transaction ids found in a body and replaced")                              \
  X(chunks_aborted, "chunks ended with # because their sender went away")                             \
  X(sources_paused, "times a source was paused for a slow reader")                                    \
  X(own_links, "links dialled for one session with large messages")                                   \
  X(messages_stopped, "messages stopped with 413 because their receiver is too slow")                 \
  X(messages_too_large, "messages refused in the middle, at a size that a rule names")                \
  X(pool_exhausted, "times [limits] core_buffer was used up")                                         \
  X(buffers_exhausted, "times no receive buffer was free")                                            \
  X(mail_sent, "records mailed to other cores")                                                       \
  X(mail_overflowed, "records that waited because a lane of mail was full")                           \
  X(destinations_refused, "next hops that the destination guard refused")                             \
  X(log_lost, "log records lost because the mail to the control thread was full")                     \
  X(turns, "turns of the loop")

struct Counters {
#define RELAY_COUNTER_FIELD(name, meaning) std::uint64_t name = 0;
  RELAY_COUNTERS(RELAY_COUNTER_FIELD)
#undef RELAY_COUNTER_FIELD
  // What is there now.
  std::uint64_t links = 0;
  std::uint64_t sessions = 0;

  template <class Visit>  // visit(name, meaning, value)
  void each(Visit visit) const {
#define RELAY_COUNTER_VISIT(name, meaning) visit(std::string_view(#name), std::string_view(meaning), name);
    RELAY_COUNTERS(RELAY_COUNTER_VISIT)
#undef RELAY_COUNTER_VISIT
    visit(std::string_view("links"), std::string_view("links now"), links);
    visit(std::string_view("sessions"), std::string_view("sessions now"), sessions);
  }
};

}  // namespace relay
