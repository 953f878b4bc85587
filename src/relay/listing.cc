// What operators see of this core: a slice of its links or sessions for each question, and the last frames that could not be read.
#include <algorithm>

#include "relay/worker.h"

namespace relay {
namespace {

// A record and its text go into one mail, which has a quarter of its lane.
constexpr std::size_t listing_octets_max = 48UL * 1024;

template <class Record>
void append(std::string& listing, const Record& record, std::string_view text) {
  static_assert(std::is_trivially_copyable_v<Record>);
  listing.append(reinterpret_cast<const char*>(&record), sizeof record).append(text);
}

std::uint16_t listener_number(const Link& link) { return static_cast<std::uint16_t>(link.listener ? link.listener->value() + 1U : 0); }

}  // namespace

void Worker::list(const AskListMail& ask, std::string_view user) {
  const std::uint32_t slots = ask.what == Listed::links      ? links_.slots()
                              : ask.what == Listed::sessions ? sessions_.slots()
                                                             : static_cast<std::uint32_t>(malformed_.size());
  const std::uint64_t end = std::min<std::uint64_t>(slots, std::uint64_t{ask.from} + ListMail::slots);
  listing_.clear();
  ListMail mail{.question = ask.question};
  std::uint32_t slot = ask.from;
  for (; slot < end && listing_.size() < listing_octets_max; ++slot) {
    const bool is_one = ask.what == Listed::links      ? list_link(ask, slot)
                        : ask.what == Listed::sessions ? list_session(ask, user, slot)
                                                       : list_malformed(slot);
    if (is_one) ++mail.count;
  }
  mail.next = slot < slots ? slot : ListMail::all;
  post(office_.control(), ring::MailLane::control, ListMail::kind, mail, listing_);
}

bool Worker::list_link(const AskListMail& ask, std::uint32_t slot) {
  const Link* const link = links_.at_slot(slot);
  if (link == nullptr || (ask.has_address && link->peer.address != ask.address)) return false;
  if (!ask.link.is_none() && link->id != ask.link) return false;
  LinkRecord record;
  record.id = link->id;
  record.peer = link->peer;
  record.local = link->local;
  record.state = link->state;
  record.tls = link->security->version;
  record.in_kernel = link->in_kernel;
  record.is_relay = link->security->is_relay || settings_.is_relay(link->peer.address);
  record.on_probation = link->on_probation;
  record.paused = !link->paused_by.empty();
  record.listener = listener_number(*link);
  record.sessions = static_cast<std::uint32_t>(link->sessions.size());
  record.unanswered = static_cast<std::uint32_t>(link->transactions.live());
  record.waiting_octets = link->outbox.octets();
  record.idle = now() - link->last_used;
  append(listing_, record, {});
  return true;
}

bool Worker::list_session(const AskListMail& ask, std::string_view user, std::uint32_t slot) {
  const session::Session* const session = sessions_.at(slot);
  if (session == nullptr || (!user.empty() && session->user != user)) return false;
  if (!ask.link.is_none() && session->link != ask.link) return false;
  const Link* const link = links_.find(session->link);
  if (ask.has_address && (link == nullptr || link->peer.address != ask.address)) return false;
  SessionRecord record;
  record.slot = slot;
  record.generation = sessions_.generation(slot);
  record.link = session->link;
  if (link != nullptr) record.peer = link->peer;
  record.left = session->expires - now();
  record.peers = static_cast<std::uint32_t>(session->peers.size());
  record.by_relay = session->relay.has_value();
  const std::string_view name = std::string_view(session->user).substr(0, SessionRecord::user_octets_max);
  record.user_octets = static_cast<std::uint8_t>(name.size());
  append(listing_, record, name);
  return true;
}

bool Worker::list_malformed(std::uint32_t slot) {
  const Malformed& one = malformed_[slot];
  MalformedRecord record = one.what;
  record.ago = now() - one.at;
  append(listing_, record, one.head);
  return true;
}

// Heads only: what follows an empty line may be a body.
void Worker::keep_malformed(const Link& link, msrp::ParseError error, std::string_view head) {
  head = head.substr(0, std::min(head.find("\r\n\r\n"), malformed_head_max));
  if (malformed_.size() == malformed_max) malformed_.pop_front();
  Malformed& one = malformed_.emplace_back();
  one.at = now();
  one.what = {.link = link.id,
              .peer = link.peer,
              .listener = listener_number(link),
              .error = error,
              .octets = static_cast<std::uint16_t>(head.size())};
  one.head = head;
}

}  // namespace relay
