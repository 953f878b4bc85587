// Sending, and who waits for whom: a slow reader pauses its senders and nobody else.
#include <algorithm>

#include "relay/worker.h"

namespace relay {
namespace {

constexpr std::uint8_t receives_read_singly = 16;

}  // namespace

void Worker::mark_dirty(Link& link) {
  if (link.dirty) return;
  link.dirty = true;
  dirty_.push_back(link.id);
}

void Worker::flush() {
  // What is flushed may make others dirty: a chunk that ends, a REPORT. Those are behind in the list.
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    Link* link = links_.find(dirty_[i]);
    if (link == nullptr) continue;
    link->dirty = false;
    if (link->state != LinkState::closing) flush_link(*link);
  }
  dirty_.clear();
  // Links that found no receive buffer, in turn, now that buffers have gone home.
  std::vector<base::LinkId> waiting;
  waiting.swap(rearm_);
  for (const base::LinkId id : waiting) {
    Link* link = links_.find(id);
    if (link == nullptr) continue;
    if (ring_.receive_buffers_out() == ring_.receive_buffers()) {
      rearm_.push_back(id);
      continue;
    }
    link->out_of_buffers = false;
    update_reading(*link);
  }
  waiting.clear();
  if (rearm_.empty()) rearm_.swap(waiting);  // keeps its memory
  release_closed();
}

// One send a link and turn; what cannot go now is copied out of the receive buffers, which are scarce.
void Worker::flush_link(Link& link) {
  const bool connected = link.state == LinkState::open || link.state == LinkState::draining;
  // Nothing is begun that may have to go another way.
  if ((connected || link.fallback().is_none()) && !link.outbox.fill(outbox_context(), link.transactions)) return pool_exhausted(link);
  if (!link.paused_by.empty()) update_reading(link);
  list_clock(link);
  go_to_kernel(link);
  if (link.state == LinkState::closing || !update_key(link)) return;
  if (link.state == LinkState::securing && !link.blocked && !link.send_in_flight && !send_sealed(link)) return;
  if (!connected || link.blocked) {
    if (!link.outbox.settle(outbox_context())) pool_exhausted(link);
    return;
  }
  if (!link.send_in_flight && link.tls) {
    if (!send_sealed(link)) return;
  } else if (!link.send_in_flight && !link.outbox.output().empty()) {
    std::size_t octets = 0;
    const std::size_t count = link.outbox.output().gather(std::span<ring::Octets>(pieces_), octets);
    ++link.operations;
    link.send_in_flight = true;
    link.in_flight_octets = octets;
    sends_in_flight_ = true;
    // Whoever has more to do when these octets have gone must hear of it without another event: ring.h tells of sends late.
    if (octets < link.outbox.octets() || !link.waiters.empty() || link.state == LinkState::draining) unsent_ = true;
    ring_.send(token(ring::Op::send, link), link.socket, std::span(pieces_).first(count));
  }
  if (!link.outbox.settle_waiting(outbox_context())) return pool_exhausted(link);
  if (link.close_after_response) close_if_answered(link);
  close_if_drained(link);
}

void Worker::on_send(Link& link, std::int32_t result) {
  link.send_in_flight = false;
  if (link.state == LinkState::closing) {
    link.outbox.output().clear();
    return;
  }
  if (result < 0 && result != -EAGAIN && result != -EINTR && result != -ENOBUFS) {
    ends(link, LinkEnd::lost);
    return close(link, LogLevel::info, "connection lost");
  }
  const std::size_t sent = result > 0 ? static_cast<std::size_t>(result) : 0;
  link.outbox.sent(outbox_context(), link.transactions, link.tls ? sealed_sent(*link.tls, sent) : sent);
  if (link.in_kernel) count_sealed(link, sent);
  counters_.octets_out += sent;
  listener_counters(link).octets_out += sent;
  if (sent > 0) stall_.clear(link.id.slot);
  if (sent < link.in_flight_octets) {
    link.blocked = true;
    if (!stall_.is_set(link.id.slot)) stall_.set(link.id.slot, now() + settings_.timers.write_stall);
    ++link.operations;
    ring_.poll_out(token(ring::Op::poll_out, link), link.socket);
    if (!link.outbox.settle(outbox_context())) return pool_exhausted(link);
  } else {
    mark_dirty(link);
  }
  if (!link.waiters.empty()) let_waiters_go(link, false);
}

void Worker::on_poll_out(Link& link, std::int32_t result) {
  if (link.state == LinkState::closing) return;
  if (result < 0 && result != -ECANCELED && result != -EINTR) {
    ends(link, LinkEnd::lost);
    return close(link, LogLevel::info, "connection lost");
  }
  link.blocked = false;
  mark_dirty(link);
}

// `source` has just put something into `target`'s outbox. Too much there: it waits, unless it serves many: then the message of `route`,
// which it is bringing, goes no further.
void Worker::watch_source(Link& target, base::LinkName source, bool from_trunk, Route* route) {
  const bool too_much_waits = target.outbox.lanes() > 0 && target.outbox.lane_octets(source) > settings_.limits.session_buffer;
  if (from_trunk) {
    if (too_much_waits && route != nullptr) stop_message(target, *route, source);
    // REPORTs and the like, which nobody reads: they come on top of what fill() makes ready.
    const std::size_t most = Outbox::output_target + 2 * settings_.limits.link_output;
    if (target.outbox.committed() > most) close(target, LogLevel::warning, "reads nothing of what it is sent");
    return;
  }
  const bool over = target.outbox.committed() > settings_.limits.link_output || too_much_waits;
  if (!over || std::find(target.waiters.begin(), target.waiters.end(), source) != target.waiters.end()) return;
  target.waiters.push_back(source);
  if (source.core != core_) {
    post(source.core, ring::MailLane::control, MailKind::pause, FlowMail{source.link, name_of(target)});
  } else if (Link* link = links_.live(source.link)) {
    pause(*link, name_of(target));
  }
}

void Worker::let_waiters_go(Link& target, bool all) {
  std::erase_if(target.waiters, [&](base::LinkName source) {
    const bool low = target.outbox.committed() <= settings_.limits.link_output / 2 &&
                     target.outbox.lane_octets(source) <= settings_.limits.session_buffer / 2;
    if (!all && !low) return false;
    if (source.core != core_) {
      post(source.core, ring::MailLane::control, MailKind::resume, FlowMail{source.link, name_of(target)});
    } else if (Link* link = links_.live(source.link)) {
      resume(*link, name_of(target));
    }
    return true;
  });
}

void Worker::pause(Link& source, base::LinkName by) {
  if (std::find(source.paused_by.begin(), source.paused_by.end(), by) != source.paused_by.end()) return;
  ++counters_.sources_paused;
  source.paused_by.push_back(by);
  // A reader that has stopped, or one of another core, of which is known late what it takes: it will likely be paused again. A reader that
  // is only being written to will have taken it all before this turn is over.
  const Link* const reader = by.core == core_ ? links_.live(by.link) : nullptr;
  if (reader == nullptr || reader->blocked) source.reads_singly = receives_read_singly;
  update_reading(source);
}

void Worker::resume(Link& source, base::LinkName by) {
  std::erase(source.paused_by, by);
  if (source.paused_by.empty()) source.read_while_paused = 0;
  update_reading(source);
}

void Worker::arm_recv(Link& link) {
  link.recv_armed = true;
  const bool changes_hands = link.tls && link.tls->kernel == LinkTls::Kernel::later;
  link.recv_single = link.reads_singly > 0 || changes_hands;
  ++link.operations;
  if (link.recv_single) {
    // No octet of a record that the kernel is to open may leave the socket.
    const bool exactly = changes_hands && link.tls->engine->state() == transport::TlsEngine::State::established;
    ring_.recv_once(token(ring::Op::recv, link), link.socket, exactly ? link.tls->engine->wanted() : 0);
  } else {
    ring_.recv(token(ring::Op::recv, link), link.socket);
  }
}

// Brings what is armed in line with what is wanted.
void Worker::update_reading(Link& link) {
  const bool wanted = link.reading_wanted(settings_.limits.session_buffer);
  if (!link.recv_armed) {
    if (wanted && !link.out_of_buffers) arm_recv(link);
    return;
  }
  const bool other_kind = link.recv_single != (link.reads_singly > 0);
  const bool cancels = !wanted || (other_kind && !link.recv_single);
  if (!cancels || link.recv_cancelling) return;
  link.recv_cancelling = true;
  ring_.cancel(token(ring::Op::cancel, link), token(ring::Op::recv, link));
}

// [limits] core_buffer is used up: the largest holder goes, so that the others can stay (models 2.5).
void Worker::pool_exhausted(Link& link) {
  ++counters_.pool_exhausted;
  Link* largest = &link;
  links_.each([&](Link& candidate) {
    if (candidate.state != LinkState::closing && candidate.outbox.octets() > largest->outbox.octets()) largest = &candidate;
  });
  log(LogLevel::error, LogEvent::pool_exhausted, largest, largest->outbox.octets(), {});
  ends(*largest, LinkEnd::buffers);
  close(*largest, LogLevel::error, "held most of an exhausted core_buffer");
}

}  // namespace relay
