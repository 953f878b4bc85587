// How links end: drained (what they hold is sent first) or closed; either way nothing of theirs stays behind.
#include <algorithm>

#include "msrp/status.h"
#include "relay/worker.h"

namespace relay {

// it has shown that it belongs here.
void Worker::success(Link& link) {
  if (!link.on_probation) return;
  link.on_probation = false;
  probation_.clear(link.id.slot);
}

// Nothing more is read, nothing more is promised; what it is owed is sent. Replies that other cores have still to mail come before the
// fences they send back.
void Worker::drain(Link& link) {
  if (link.state == LinkState::draining || link.state == LinkState::closing) return;
  if (link.state != LinkState::open) return close(link, LogLevel::info, "stopped before it was connected");
  link.state = LinkState::draining;
  end_sessions(link);
  if (link.route.kind != Route::Kind::none) route_end(link.route, name_of(link), msrp::ContinuationFlag::abort, true);
  update_reading(link);
  for (std::size_t core = 0; core < settings_.cores; ++core) {
    if (core == core_.value()) continue;
    ++link.fences;
    post(base::CoreId(static_cast<std::uint16_t>(core)), ring::MailLane::data, FenceMail::kind, FenceMail{name_of(link)});
  }
  mark_dirty(link);
}

void Worker::close_if_drained(Link& link) {
  if (link.state != LinkState::draining || link.fences > 0 || link.send_in_flight || link.blocked || !link.outbox.nothing_ready()) return;
  if (link.tls && link.tls->sent < link.tls->sending.size()) return;
  // All of it has been said only when the end has been said, too.
  if (link.tls && !link.tls->farewell_said) {
    link.tls->farewell_said = true;
    link.tls->engine->close_notify();
    if (!link.tls->engine->output().empty()) return mark_dirty(link);
  }
  close(link, LogLevel::debug, "done");
}

// A rule asked for it: all that went by this link is answered, or will not be.
void Worker::close_if_answered(Link& link) {
  if (!link.close_after_response || link.state != LinkState::open || link.transactions.live() > 0 || !link.outbox.empty() ||
      link.send_in_flight)
    return;
  ends(link, LinkEnd::rule);
  drain(link);
}

void Worker::close(Link& link, LogLevel level, std::string_view why) {
  if (link.state == LinkState::closing) return;
  log(level, LogEvent::link_closed, &link, 0, why);
  // Whoever connects and says nothing, as load balancers do to see whether this port is open, has not begun one.
  if (link.state == LinkState::securing && (link.tls->engine->begun() || !link.tls->waiting.empty())) {
    ++counters_.handshakes_failed;
  }
  link.state = LinkState::closing;
  end_sessions(link);
  if (link.route.kind != Route::Kind::none) route_end(link.route, name_of(link), msrp::ContinuationFlag::abort, true);
  probation_.clear(link.id.slot);
  idle_.clear(link.id.slot);
  stall_.clear(link.id.slot);
  if (link.dialled) links_.forget_dialled(link);
  if (link.counts_for_address) {
    const auto count = links_of_address_.find(link.peer.address.to_string());
    CHECK(count != links_of_address_.end());
    if (--count->second == 0) links_of_address_.erase(count);
  }
  if (!link.fallback().is_none()) fall_back(link);
  // What it had not sent, and what nobody will answer now, has failed.
  const std::uint16_t failure_code = link.dialled ? link.dialled->failure_code : msrp::status_timeout;
  const char* failure_reason = link.dialled ? link.dialled->failure_reason : "Next Hop Unreachable";
  if (!link.send_in_flight) link.outbox.output().clear();
  link.outbox.abandon_lanes(sends_, [&](const Send& send) {
    if (!(send.sender_lost && !send.cut)) fail(send.report, failure_code, failure_reason);
    reports_.release(send.report);
  });
  const std::size_t unconfirmed = link.socket.is_none() ? 0 : ring_.unsent(link.socket);
  link.transactions.each_live([&](Transaction& transaction) {
    if (transaction.is_send) {
      // Silence is the usual end of a partial one: it has failed only when it has not arrived.
      const bool arrived = transaction.queue == Transaction::Queue::partial && link.outbox.sent() - transaction.end >= unconfirmed;
      const bool failed = !transaction.partial || !arrived;
      if (failed) fail(transaction.report, failure_code, failure_reason);
      reports_.release(transaction.report);
    }
    link.transactions.close(transaction);
  });
  let_waiters_go(link, true);
  for (const Leaving& leaving : link.leaving) {
    if (Link* source = links_.live(leaving.source.link)) resume(*source, name_of(link));
  }
  link.leaving.clear();
  link.paused_by.clear();
  say_farewell(link);
  if (link.recv_armed && !link.recv_cancelling) {
    link.recv_cancelling = true;
    ring_.cancel(token(ring::Op::cancel, link), token(ring::Op::recv, link));
  }
  if (link.blocked) ring_.cancel(token(ring::Op::cancel, link), token(ring::Op::poll_out, link));
  if (!link.socket.is_none() && link.dialling() != nullptr) ring_.cancel(token(ring::Op::cancel, link), token(ring::Op::connect, link));
  closing_.push_back(link.id);
}

// Links whose last operation has completed. Their close completes under their own name and frees the slot (worker.cc).
void Worker::release_closed() {
  std::erase_if(closing_, [&](base::LinkId id) {
    Link* link = links_.find(id);
    if (link == nullptr) return true;
    if (link->operations > 0) return false;
    link->outbox.output().clear();
    if (link->socket.is_none()) {
      ++counters_.links_closed;
      --counters_.links;
      --listener_counters(*link).links;
      links_.erase(*link);
    } else {
      ring_.close(token(ring::Op::close, *link), link->socket);
    }
    return true;
  });
}

// a session is as old as its link, and no older.
void Worker::end_sessions(Link& link) {
  for (const session::Token& token : link.sessions) {
    // One that was given out through a relay is good on any connection of that relay: it ends with its time.
    if (const session::Session* session = sessions_.find(token, now()); session != nullptr && session->relay) continue;
    const auto ended = sessions_.take(token);
    if (!ended) continue;
    close_account(ended->account, &link, false);
    ++counters_.sessions_ended;
    --counters_.sessions;
  }
  link.sessions.clear();
}

// out of links, the one that has been idle longest goes, if it carries no session. A bounded look: the queue is in the order of use,
// nearly.
bool Worker::make_room_for_link() {
  constexpr int looked_at_most = 64;
  Link* oldest = nullptr;
  int looked = 0;
  idle_.each([&](std::uint32_t slot) {
    Link* link = links_.at_slot(slot);
    const bool idle = link != nullptr && link->state == LinkState::open && link->sessions.empty() && link->outbox.empty() &&
                      link->transactions.live() == 0 && link->framer.idle() && !link->on_probation;
    if (idle && (oldest == nullptr || link->last_used < oldest->last_used)) oldest = link;
    return ++looked < looked_at_most;
  });
  if (oldest == nullptr) return false;
  ++counters_.idle_closed;
  close(*oldest, LogLevel::info, "least recently used, and the links are all taken");
  return true;
}

}  // namespace relay
