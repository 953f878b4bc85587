// A session whose messages are larger than [limits] session_buffer has a link of its own towards the next relay, where pausing it pauses
// nobody else (models 2.5, R-050, R-142); and what happens to it where it shares a link after all: the message is stopped with 413.
#include <algorithm>

#include "msrp/status.h"
#include "relay/worker.h"

namespace relay {

// A chunk of a message that is, or has become, too large to be one of many. Between relays it is the sign of a link that one session has to
// itself, see note_session().
bool Worker::is_of_large_message(const msrp::Head& head) const {
  return head.method == msrp::Method::send && head.byte_range && is_of_large_message(*head.byte_range);
}

bool Worker::is_of_large_message(const msrp::ByteRange& range) const {
  const std::uint64_t most = settings_.limits.session_buffer;
  return range.total.value_or(0) > most || range.start.value() > most / 2;
}

// The link by which a chunk of SEND goes on, where `shared` leads to its next hop.
base::LinkName Worker::link_for(const Arrival& arrival, session::Session& session, const msrp::Uri& next, base::LinkName shared) {
  const msrp::Head& head = arrival.head;
  const bool next_is_a_relay = arrival.moved + 1U < head.to_path.count || session.relay.has_value();
  if (!next_is_a_relay || shared.core != core_ || session.own_link_failed || head.method != msrp::Method::send || !head.byte_range)
    return shared;
  const session::MessageHash message = session::message_hash(head.message_id.value_or(std::string_view()));
  std::vector<session::MessageHash>& begun = session.begun_on_shared;
  const auto place = std::find(begun.begin(), begun.end(), message);
  const bool has_begun = place != begun.end() || head.byte_range->start.value() > 1;
  // Where one message goes all others of the session go: none that is begun may be overtaken by what is to come of it.
  const bool others = begun.size() > (place != begun.end() ? 1U : 0U);
  base::LinkName link = shared;
  if (is_of_large_message(head) && !others) link = own_link(arrival, session, next, shared, has_begun);
  const bool ends = arrival.whole && arrival.flag != msrp::ContinuationFlag::more;
  if (place != begun.end() && (ends || link != shared)) begun.erase(place);
  if (place == begun.end() && !ends && link == shared)
    session::SessionTable::remember(begun, message, settings_.limits.messages_per_session);
  return link;
}

// Where a message of that kind goes instead of over `shared`. While that is still to be connected, what it is to send gathers there; when
// it cannot be, all of that goes over `shared` after all (fall_back). With [limits] links_per_relay in use it goes over `shared` at once.
base::LinkName Worker::own_link(const Arrival& arrival, const session::Session& session, const msrp::Uri& next, base::LinkName shared,
                                bool has_begun) {
  Link* link = links_.live(shared.link);
  if (link == nullptr || link->own_of() || !may_leave(*link, arrival, has_begun)) return shared;
  for (std::size_t number = 1; number < settings_.limits.links_per_relay; ++number) {
    std::string key = dial_key(next) + "#" + std::to_string(number);
    Link* own = links_.dialled(key);
    if (own != nullptr) {
      const bool left_over = own->own_of() && sessions_.find(*own->own_of(), now()) == nullptr;
      if (!left_over || (own->state != LinkState::open && own->state != LinkState::connecting)) continue;
    } else {
      const Target opened = open_link(next, std::move(key), true);
      own = opened.code == 0 ? links_.live(opened.link.link) : nullptr;
      if (own == nullptr) return shared;
      own->dialled->fallback = link->id;
      ++counters_.own_links;
    }
    own->dialled->own_of = session.token;
    return name_of(*own);
  }
  return shared;
}

// Nothing of it may be overtaken. Another message: what waits here must have left. The same message (R-141): the next relay must have
// answered all of it; until it has, its source brings no more.
bool Worker::may_leave(Link& link, const Arrival& arrival, bool has_begun) {
  if (!has_begun) return !link.outbox.has_lane(arrival.source);
  Link* source = arrival.source.core == core_ ? links_.live(arrival.source.link) : nullptr;
  // Nobody would tell; or the source serves others too, and is not paused for one; or it is to bring the rest of this chunk.
  if (!arrival.whole || arrival.head.failure_report != msrp::FailureReport::yes || source == nullptr || arrival.from_trunk) return false;
  const auto is_its = [&](const Leaving& one) { return one.source == arrival.source; };
  if (std::any_of(link.leaving.begin(), link.leaving.end(), is_its)) return false;
  const std::size_t unanswered = unanswered_from(link, arrival.source);
  if (unanswered == 0) return !link.outbox.has_lane(arrival.source);
  link.leaving.push_back({arrival.source, unanswered});
  pause(*source, name_of(link));
  return false;
}

std::size_t Worker::unanswered_from(Link& link, base::LinkName source) {
  std::size_t count = 0;
  link.transactions.each_live([&](const Transaction& transaction) {
    if (transaction.is_send && reports_[transaction.report].source == source) ++count;
  });
  return count;
}

// A SEND of `source` has been answered, or given up.
void Worker::one_less_unanswered(Link& link, base::LinkName source) {
  std::erase_if(link.leaving, [&](Leaving& one) {
    if (one.source != source || --one.unanswered > 0) return false;
    Link* there = links_.live(source.link);
    // What its source had brought before it was paused; but a chunk that is only begun is not answered before its end comes.
    one.unanswered = unanswered_from(link, source);
    const bool in_chunk = there != nullptr && there->route.kind == Route::Kind::local && there->route.link == link.id;
    if (one.unanswered > 0 && !in_chunk) return false;
    if (there != nullptr) resume(*there, name_of(link));
    return true;
  });
}

// A link of a session's own could not be had: what has gathered there goes on over the shared one, if that is still there.
void Worker::fall_back(Link& link) {
  session::Session* session = link.own_of() ? sessions_.find(*link.own_of(), now()) : nullptr;
  if (session != nullptr) session->own_link_failed = true;
  Link* shared = links_.live(link.fallback());
  if (shared == nullptr || shared->state == LinkState::draining) return;
  if (session != nullptr) {
    // What comes next goes there too: on a link dialled anew it would overtake (R-141).
    session::SessionTable::rebind(*session, name_of(link), name_of(*shared));
    if (session->link == link.id) session->link = shared->id;
  }
  link.outbox.each_source([&](base::LinkName source) {
    Link* there = source.core == core_ ? links_.live(source.link) : nullptr;
    Route* route = source.core != core_ ? &remote_route(source) : there != nullptr ? &there->route : nullptr;
    if (route != nullptr && route->kind == Route::Kind::local && route->link == link.id) route->link = shared->id;
  });
  link.outbox.move_lanes(sends_, shared->outbox);
  let_waiters_go(link, true);
  mark_dirty(*shared);
}

// `route` brings more for a slow reader than [limits] session_buffer, over a link that many sessions share: that link is not made to wait.
// The sender is told, and nothing more of this message is taken (R-092, R-142).
void Worker::stop_message(Link& target, Route& route, base::LinkName source) {
  ++counters_.messages_stopped;
  log(LogLevel::warning, LogEvent::message_stopped, &target, target.outbox.lane_octets(source), {});
  stop_here(target, route, source, msrp::status_stop_sending, "Receiver Is Too Slow");
}

// The chunk that `route` brings ends here: its sender gets the code, its receiver "#".
void Worker::stop_here(Link& target, Route& route, base::LinkName source, std::uint16_t code, std::string_view reason) {
  Send& send = *route.send;
  ReportRecord* record = send.report == no_report ? nullptr : &reports_[send.report];
  carried(route, false);
  stop_chunks(route.session, route.message);
  if (!route.reply.empty()) {
    if (record != nullptr) {
      record->reported = true;  // R-108
      count_failure(record->paths->from, code);
    }
    const std::string answer = with_status(route.reply, code, reason);
    counters_.responses_out.add(code);
    deliver(source, {answer.data(), answer.size(), {}}, true);
    route.reply.clear();
  } else {
    fail(send.report, code, reason);
  }
  target.outbox.stop(send, false);
  mark_dirty(target);
  abandon_route(route);
}

// The next hop has refused a SEND. What is still to come of it goes nowhere (R-117); what has gone is closed with "#", which is the end of
// the message. 413 is so in any case, and wants to hear nothing more.
void Worker::stop_rest(Link& link, ReportId report, std::uint16_t code) {
  if (report == no_report) return;
  const bool told_to_stop = code == msrp::status_stop_sending;
  const ReportRecord& record = reports_[report];
  Send* send = link.outbox.find(report);
  if (send != nullptr || told_to_stop) stop_chunks(record.session, session::message_hash(record.message_id.octets()));
  if (send == nullptr) return;
  const base::LinkName source = record.source;
  Link* there = source.core == core_ ? links_.live(source.link) : nullptr;
  Route* route = source.core != core_ ? &remote_route(source) : there != nullptr ? &there->route : nullptr;
  link.outbox.stop(*send, told_to_stop);
  if (route != nullptr && route->send == send) abandon_route(*route);
  mark_dirty(link);
}

// A message that was begun on a shared link has come to its end there.
void Worker::message_ends(const Route& route) {
  session::Session* session = sessions_.find(route.session, now());
  if (session != nullptr) std::erase(session->begun_on_shared, route.message);
}

// On the core of the session: no more chunks of that message.
void Worker::stop_chunks(const session::Token& token, session::MessageHash message) {
  const base::CoreId owner = settings_.core_of(token.shard());
  if (owner != core_) {
    StoppedMessageMail mail;
    mail.session = token.text().characters;
    mail.message = message;
    return post(owner, ring::MailLane::control, StoppedMessageMail::kind, mail);
  }
  session::Session* session = sessions_.find(token, now());
  if (session == nullptr) return;
  session::SessionTable::stop_message(*session, message, settings_.limits.messages_per_session);
  std::erase(session->begun_on_shared, message);
}

}  // namespace relay
