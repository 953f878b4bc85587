// A session whose messages are larger than [limits] session_buffer has a link of its own towards the next relay, where pausing it pauses
// nobody else (models 2.5, R-050, R-142); and what happens to it where it shares a link after all: the message is stopped with 413.
#include <algorithm>

#include "msrp/status.h"
#include "relay/worker.h"

namespace relay {

// Only from the first chunk of a message on: those of one message stay in order (R-141).
bool Worker::wants_own_link(const Arrival& arrival, session::Session& session) const {
  const msrp::Head& head = arrival.head;
  const bool next_is_a_relay = arrival.moved + 1U < head.to_path.count || session.relay.has_value();
  if (!next_is_a_relay || head.method != msrp::Method::send || session.own_link_failed) return false;
  if (head.byte_range && head.byte_range->total.value_or(0) > settings_.limits.session_buffer) session.bulky = true;
  return session.bulky && (!head.byte_range || head.byte_range->start.value() <= 1);
}

// Where a message of a bulky session goes instead of over `shared`. While that is still to be connected, what it is to send gathers there;
// when it cannot be, all of that goes over `shared` after all (fall_back).
base::LinkName Worker::own_link(const Arrival& arrival, session::Session& session, const msrp::Uri& next, base::LinkName shared) {
  if (shared.core != core_) return shared;
  Link* link = links_.live(shared.link);
  // Already on its own; or something of it waits there still, which must not be overtaken.
  if (link == nullptr || link->is_own || link->outbox.has_lane(arrival.source)) return shared;
  Link* chosen = nullptr;
  const std::size_t most = settings_.limits.links_per_relay;
  for (std::size_t number = 1; number < most && chosen == nullptr; ++number) {
    std::string key = dial_key(next) + "#" + std::to_string(number);
    Link* there = links_.dialled(key);
    if (there == nullptr) {
      const Target opened = open_link(next, std::move(key), true);
      if (opened.code != 0) break;
      chosen = links_.live(opened.link.link);
      if (chosen == nullptr) break;  // refused at once
      chosen->is_own = true;
      chosen->fallback = link->id;
      chosen->own_of = session.token;
      ++counters_.own_links;
    } else if (there->outbox.empty() && there->transactions.live() == 0 && links_.live(there->id) != nullptr) {
      chosen = there;
    }
  }
  if (chosen == nullptr && most > 1) {
    // All are in use: shared by a few.
    const std::size_t number = 1 + session::Token::Hash()(session.token) % (most - 1);
    chosen = links_.dialled(dial_key(next) + "#" + std::to_string(number));
    if (chosen != nullptr && (chosen->state == LinkState::closing || chosen->state == LinkState::draining)) chosen = nullptr;
  }
  return chosen == nullptr ? shared : name_of(*chosen);
}

// A link of a session's own could not be had: what has gathered there goes on over the shared one, if that is still there.
void Worker::fall_back(Link& link) {
  if (link.own_of) {
    if (session::Session* session = sessions_.find(*link.own_of, now())) session->own_link_failed = true;
  }
  Link* shared = links_.live(link.fallback);
  if (shared == nullptr || shared->state == LinkState::draining) return;
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
  Send& send = *route.send;
  ReportRecord* record = send.report == no_report ? nullptr : &reports_[send.report];
  if (record != nullptr) stop_chunks(record->session, record->message_id);
  if (!route.reply.empty()) {
    if (record != nullptr) record->reported = true;  // R-108
    const std::string answer = with_status(route.reply, msrp::status_stop_sending, "Receiver Is Too Slow");
    deliver(source, {answer.data(), answer.size(), {}}, true);
    route.reply.clear();
  } else {
    fail(send.report, msrp::status_stop_sending, "Receiver Is Too Slow");
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
  if (send != nullptr || told_to_stop) stop_chunks(record.session, record.message_id);
  if (send == nullptr) return;
  const base::LinkName source = record.source;
  Link* there = source.core == core_ ? links_.live(source.link) : nullptr;
  Route* route = source.core != core_ ? &remote_route(source) : there != nullptr ? &there->route : nullptr;
  link.outbox.stop(*send, told_to_stop);
  if (route != nullptr && route->send == send) abandon_route(*route);
  mark_dirty(link);
}

// On the core of the session: no more chunks of that message.
void Worker::stop_chunks(const session::Token& token, std::string_view message_id) {
  const base::CoreId owner = settings_.core_of(token.shard());
  if (owner != core_) {
    StoppedMessageMail mail;
    mail.session = token.text().characters;
    return post(owner, ring::MailLane::control, StoppedMessageMail::kind, mail, message_id);
  }
  if (session::Session* session = sessions_.find(token, now()))
    session::SessionTable::stop_message(*session, message_id, settings_.limits.messages_per_session);
}

}  // namespace relay
