// Octets to frames: what a link receives, up to the walk of each head and along with the body behind it.
#include <algorithm>

#include "msrp/status.h"
#include "msrp/writer.h"
#include "relay/worker.h"

namespace relay {
namespace {

constexpr std::size_t body_max_unless_send = 10'240;  // R-015
constexpr std::size_t part_mail_octets = 16 * 1024;

}  // namespace

void Worker::on_accept(ring::Completion& completion) {
  const std::size_t number = completion.token.slot;
  if (!completion.more) --accepting_;
  if (!completion.more && !stopping_) {
    accept_retry_[number] = true;
    // At once after a success; after a failure (no descriptors, no memory) not in a hot loop.
    const base::Instant again = completion.result >= 0 ? now() : now() + std::chrono::milliseconds(100);
    accept_again_ = std::min(accept_again_, again);
  }
  if (completion.result < 0) {
    if (stopping_) return;
    log(LogLevel::warning, LogEvent::accept_failed, nullptr, static_cast<std::uint64_t>(-completion.result), {});
    make_room_for_link();
    return;
  }
  const ring::Socket socket{completion.result};
  const auto peer = ring_.peer_of(socket);
  const auto local = ring_.local_of(socket);
  const bool room = counters_.links < settings_.links_per_core || make_room_for_link();
  std::size_t* of_address = peer ? &links_of_address_[peer->address.to_string()] : nullptr;
  const bool banned = peer && is_banned(peer->address);
  if (stopping_ || !peer || !local || !room || banned || *of_address >= settings_.links_per_address_and_core) {
    ++(banned ? counters_.links_banned : counters_.links_refused);
    if (!banned) log(LogLevel::warning, LogEvent::link_refused, nullptr, counters_.links, {});
    ring_.close({ring::Op::close, 0, UINT32_MAX}, socket);
    return;
  }
  ++*of_address;
  Link& link = links_.insert(head_limits_, pool_);
  link.socket = socket;
  link.peer = *peer;
  link.local = *local;
  link.listener = listeners_[number].listener;
  link.counts_for_address = true;
  link.last_used = now();
  if (settings_.listeners[link.listener->value()].sip) link.opening = sip::Opening::undecided;
  ring_.configure(socket, {settings_.timers.keepalive, settings_.timers.write_stall});
  ++counters_.links_accepted;
  ++counters_.links;
  ++listener_counters(link).links;
  ++listener_counters(link).links_accepted;
  probation_.set(link.id.slot, now() + settings_.timers.first_request);
  idle_.set(link.id.slot, now() + settings_.timers.idle);
  log(LogLevel::debug, LogEvent::link_accepted, &link, 0, {});
  if (settings_.listeners[link.listener->value()].secure) begin_tls(link);
  arm_recv(link);
}

void Worker::on_recv(Link& link, ring::Completion& completion) {
  if (!completion.more) {
    --link.operations;
    link.recv_armed = false;
    link.recv_cancelling = false;
  }
  if (link.state == LinkState::closing) return;
  if (completion.result > 0) {
    counters_.octets_in += static_cast<std::uint64_t>(completion.result);
    listener_counters(link).octets_in += static_cast<std::uint64_t>(completion.result);
    link.last_used = now();
    if (!link.paused_by.empty()) link.read_while_paused += static_cast<std::size_t>(completion.result);
    if (link.reads_singly > 0) --link.reads_singly;
    if (link.state != LinkState::open && link.state != LinkState::securing) return update_reading(link);
    if (link.tls) {
      on_ciphertext(link, completion.octets.view());
    } else {
      unwrapping_ = &link;
      plaintext(std::move(completion.octets));
      unwrapping_ = nullptr;
    }
  } else if (completion.result == 0) {
    if (link.input_ended) return;  // TLS has said it before
    return link.tls || link.in_kernel ? on_truncated(link) : on_end_of_input(link);
  } else if (completion.result == -EIO && link.in_kernel) {
    return on_control_record(link);
  } else if (completion.result == -EBADMSG && link.in_kernel) {
    ++counters_.records_failed;
    ends(link, LinkEnd::tls_failed);
    return close(link, LogLevel::warning, "TLS: a record could not be opened");
  } else if (completion.result == -ENOBUFS) {
    ++counters_.buffers_exhausted;
    link.out_of_buffers = true;
    rearm_.push_back(link.id);
    if (link.tls && link.tls->kernel == LinkTls::Kernel::waiting) mark_dirty(link);
    return;
  } else if (completion.result != -ECANCELED && completion.result != -EINTR) {
    ends(link, LinkEnd::lost);
    return close(link, LogLevel::info, "connection lost");
  }
  if (link.tls && link.tls->kernel == LinkTls::Kernel::waiting) mark_dirty(link);
  update_reading(link);
}

bool Worker::plaintext(base::Slice octets) {
  Link& link = *unwrapping_;
  if (link.state == LinkState::securing) on_secured(link);
  // A head that lies in these octets is looked at until run_framer() returns.
  const base::Lease held = octets.lease;
  if (link.opening != sip::Opening::msrp && !admit_protocol(link, octets)) return link.state == LinkState::open;
  link.framer.feed(std::move(octets));
  const std::uint64_t before = counters_.frames_in;
  run_framer(link);
  listener_counters(link).frames_in += counters_.frames_in - before;
  link.framer.release_head();
  // Half of the buffers is for those who have shown that they belong here: a crowd of strangers with half a head each may have the other
  // half.
  if (link.state == LinkState::open && link.on_probation && !link.framer.idle() && pool_.blocks_out() * 2 > pool_.blocks_max()) {
    ++counters_.strangers_refused;
    close(link, LogLevel::warning, "core_buffer is half used, and nothing it asked has succeeded yet");
  }
  if (link.state != LinkState::open) link.framer.drop_input();
  return link.state == LinkState::open;
}

void Worker::run_framer(Link& link) {
  for (;;) {
    if (take_known(link)) {
      if (link.state != LinkState::open) return;
      continue;
    }
    msrp::Event event = link.framer.next();
    switch (event.kind) {
      case msrp::EventKind::need_more: return;
      case msrp::EventKind::head: on_head(link); break;
      case msrp::EventKind::part: on_part(link, std::move(event.part)); break;
      case msrp::EventKind::collision: on_collision(link); break;
      case msrp::EventKind::end: on_end(link, event.flag); break;
      case msrp::EventKind::malformed: on_malformed(link, event); break;
    }
    if (link.state != LinkState::open) return;
  }
}

void Worker::on_head(Link& link) {
  const msrp::Head& head = link.framer.head();
  ++link.chunk;
  ++counters_.frames_in;
  if (head.is_response) {
    ++counters_.responses_in;
    return on_response(link, head);
  }
  count_request(head.method);
  Arrival arrival{head, msrp::TidFamily::mint(entropy_), name_of(link), link.chunk, link.peer, link.local, link.listener, &*link.security};
  if (head.has_body) link.framer.set_guard(arrival.family);
  link.route.kind = Route::Kind::none;
  link.route.chunk = link.chunk;
  take_body(link, arrival);
}

void Worker::count_request(msrp::Method method) {
  switch (method) {
    case msrp::Method::send: return;  // the rest of frames_in
    case msrp::Method::auth: ++counters_.auth_in; return;
    case msrp::Method::report: ++counters_.reports_in; return;
    case msrp::Method::other: ++counters_.others_in; return;
  }
}

void Worker::take_body(Link& link, Arrival& arrival) {
  BodyInHand body{.family = arrival.family};
  if (!gather_body(link, body)) return;
  arrival.family = body.family;
  arrival.whole = body.whole;
  arrival.flag = body.flag;
  route_body(link, arrival);
}

// The rest of the frame, as far as it is in hand, into body_in_hand_. False: it cannot be read.
bool Worker::gather_body(Link& link, BodyInHand& body) {
  body_in_hand_.clear();
  for (;;) {
    msrp::Event event = link.framer.next();
    switch (event.kind) {
      case msrp::EventKind::part:
        body.octets += event.part.size;
        body_in_hand_.push_back(std::move(event.part));
        break;
      case msrp::EventKind::collision:
        // What came before is searched for nothing: the new ids did not exist when it was written.
        ++counters_.collisions;
        body.family = msrp::TidFamily::mint(entropy_);
        link.framer.set_guard(body.family);
        break;
      case msrp::EventKind::end:
        body.whole = true;
        body.flag = event.flag;
        return true;
      case msrp::EventKind::need_more:
      case msrp::EventKind::head: return true;
      case msrp::EventKind::malformed:
        body_in_hand_.clear();
        on_malformed(link, event);
        return false;
    }
  }
}

// Keeps the head of a frame, for its body to be appended.
HeldFrame& Worker::hold(Link& link, const msrp::Head& head) {
  link.held = std::make_unique<HeldFrame>();
  link.held->octets.assign(head.octets);
  link.held->head_octets = head.octets.size();
  link.held->has_body = head.has_body;
  return *link.held;
}

// Most frames are there whole, and go on in one step.
void Worker::route_body(Link& link, Arrival& arrival) {
  arrival.body = body_in_hand_;
  if (arrival.head.method != msrp::Method::send && (!arrival.whole || !arrival.body.empty())) {
    hold(link, arrival.head);
    link.route.kind = Route::Kind::gather;
    for (const base::Slice& part : body_in_hand_) on_part(link, part);
    body_in_hand_.clear();
    if (arrival.whole) on_end(link, arrival.flag);
    return;
  }
  std::size_t octets = 0;
  for (const base::Slice& part : body_in_hand_) octets += part.size;
  if (!arrival.whole && arrival.head.has_body && rules_.set->needs().body && octets <= settings_.limits.body_prefix) {
    // Rules want to see more of it first.
    hold(link, arrival.head).family = arrival.family;
    link.route.kind = Route::Kind::hold;
    for (const base::Slice& part : body_in_hand_) link.held->octets.append(part.view());
    body_in_hand_.clear();
    return;
  }
  walk(arrival, link.route);
  if (!arrival.whole) {
    for (const base::Slice& part : body_in_hand_) route_part(link.route, arrival.source, part);
  }
  body_in_hand_.clear();
}

// There is as much of the held chunk as rules may see, or its end.
void Worker::release_held(Link& link, bool whole, msrp::ContinuationFlag flag) {
  link.route.kind = Route::Kind::none;
  const std::unique_ptr<HeldFrame> held = std::move(link.held);
  const std::string_view head = held->head();
  if (!msrp::parse_head(head, true, head_limits_, *mailed_head_, nullptr)) return;
  const base::Slice body{held->octets.data() + head.size(), held->octets.size() - head.size(), {}};
  Arrival arrival{*mailed_head_, held->family, name_of(link), link.chunk, link.peer, link.local, link.listener, &*link.security};
  arrival.whole = whole;
  arrival.flag = flag;
  if (body.size > 0) arrival.body = std::span(&body, 1);
  walk(arrival, link.route);
  if (!whole && body.size > 0) route_part(link.route, arrival.source, body);
}

void Worker::on_malformed(Link& link, const msrp::Event& event) {
  const msrp::ParseError error = event.error;
  ++counters_.malformed;
  keep_malformed(link, error, event.part.view());
  log(LogLevel::info, LogEvent::malformed_frame, &link, 0, msrp::describe(error));
  const msrp::Answerable& broken = link.framer.answerable();
  const bool answerable = !broken.transaction_id.empty() && !broken.first_to_uri.empty() && !broken.first_from_uri.empty() &&
                          !broken.is_response && broken.method_name != "REPORT" && !broken.failure_report_no;
  if (answerable) {
    const std::string_view to = broken.method_name == "SEND" ? broken.first_from_uri : broken.from_path;
    const std::span<char> room = reply_scratch_.reserve(to.size() + broken.first_to_uri.size() + 256);
    msrp::Writer writer(room);
    msrp::write_response(writer, broken.transaction_id, msrp::status_bad_request, msrp::describe(error), to, broken.first_to_uri);
    if (writer.good()) {
      counters_.responses_out.add(msrp::status_bad_request);
      put_control(link, reply_scratch_.commit(writer.size()), 1);
    }
  }
  ++counters_.requests_refused;
  // R-053: what cannot be read of a response is dropped. Who is not to be answered (R-066, R-086) is not closed for it either.
  const bool never_answered = broken.is_response || broken.method_name == "REPORT" || broken.failure_report_no;
  if (link.framer.recoverable() && (answerable || never_answered)) return;
  ends(link, LinkEnd::malformed);
  drain(link);
}

void Worker::on_part(Link& link, base::Slice part) {
  if (link.route.kind == Route::Kind::hold) {
    link.held->octets.append(part.view());
    if (link.held->octets.size() - link.held->head_octets > settings_.limits.body_prefix)
      release_held(link, false, msrp::ContinuationFlag::end);
    return;
  }
  if (link.route.kind != Route::Kind::gather) return route_part(link.route, name_of(link), std::move(part));
  HeldFrame& held = *link.held;
  if (held.octets.size() - held.head_octets + part.size > body_max_unless_send) {
    const bool parsed = msrp::parse_head(held.head(), true, head_limits_, *mailed_head_, nullptr).has_value();
    link.route.kind = Route::Kind::drop;
    if (!parsed) return;
    const Arrival arrival{*mailed_head_, {}, name_of(link), link.chunk, link.peer, link.local, link.listener, &*link.security};
    return refuse(arrival, link.route, msrp::status_stop_sending, "Only SEND May Be So Big");
  }
  held.octets.append(part.view());
}

void Worker::on_collision(Link& link) {
  const msrp::TidFamily family = msrp::TidFamily::mint(entropy_);
  link.framer.set_guard(family);
  if (link.route.kind == Route::Kind::hold) {
    link.held->family = family;
    return;
  }
  route_collision(link.route, name_of(link), family);
}

void Worker::on_end(Link& link, msrp::ContinuationFlag flag) {
  if (link.route.kind == Route::Kind::gather) return end_of_gathered(link, flag);
  if (link.route.kind == Route::Kind::hold) return release_held(link, true, flag);
  route_end(link.route, name_of(link), flag, false);
}

void Worker::end_of_gathered(Link& link, msrp::ContinuationFlag flag) {
  link.route.kind = Route::Kind::none;
  const std::unique_ptr<HeldFrame> held = std::move(link.held);
  if (!msrp::parse_head(held->head(), held->has_body, head_limits_, *mailed_head_, nullptr)) return;
  const base::Slice body{held->octets.data() + held->head_octets, held->octets.size() - held->head_octets, {}};
  Arrival arrival{*mailed_head_,  msrp::TidFamily::mint(entropy_), name_of(link), link.chunk, link.peer, link.local, link.listener,
                  &*link.security};
  arrival.whole = true;
  arrival.flag = flag;
  if (body.size > 0) arrival.body = std::span(&body, 1);
  walk(arrival, link.route);
}

void Worker::on_end_of_input(Link& link) {
  link.input_ended = true;
  ends(link, LinkEnd::finished);
  if (link.route.kind != Route::Kind::none) route_end(link.route, name_of(link), msrp::ContinuationFlag::abort, true);
  drain(link);
}

// A FIN without close_notify: whoever wants can send one. Before the handshake is over there is nothing that could be cut off.
void Worker::on_truncated(Link& link) {
  if (link.state == LinkState::securing) {
    if (link.dialled) link.dialled->failure_reason = "TLS With Next Hop Failed";
    return close(link, link.listener ? LogLevel::info : LogLevel::warning, "TLS: it ended before the handshake was over");
  }
  ++counters_.truncated;
  ends(link, LinkEnd::cut_off);
  close(link, LogLevel::info, "cut off: the end was not said in TLS");
}

void Worker::forget_route(Route& route) {
  abandon_route(route);
  route.reply.clear();
}

// The rest of a chunk goes nowhere. Its 200 stays due: this hop has it, and a REPORT tells that no other will (R-085, R-107).
void Worker::abandon_route(Route& route) {
  if (route.accounts) *route.accounts = {};
  reports_.release(route.report);
  route.report = no_report;
  route.send = nullptr;
  route.kind = Route::Kind::drop;
}

void Worker::route_part(Route& route, base::LinkName source, base::Slice part) {
  switch (route.kind) {
    case Route::Kind::none:
    case Route::Kind::gather:
    case Route::Kind::hold:
    case Route::Kind::drop: return;
    case Route::Kind::local: {
      Link* target = links_.live(route.link);
      if (target == nullptr) {
        // Its end has told the sender (close.cc).
        return abandon_route(route);
      }
      if (route.counts_size) {
        SizeCount& size = *route.size;
        size.octets += part.size;
        if (part.size >= size.stop_left) {
          ++counters_.messages_too_large;
          log(LogLevel::info, LogEvent::message_too_large, target, size.stop_code, size.stop_reason);
          return stop_here(*target, route, source, size.stop_code, size.stop_reason);
        }
        if (size.stop_left != UINT64_MAX) size.stop_left -= part.size;
      }
      if (route.report != no_report) reports_[route.report].octets += part.size;
      if (route.accounts) count_carried(*route.accounts, {0, 0, part.size, 0});
      if (!target->outbox.add(outbox_context(), *route.send, std::move(part))) {
        // An octet is missing: what has gone is closed with "#".
        target->outbox.finish(*route.send, msrp::ContinuationFlag::abort, true);
        fail(route.report, msrp::status_stop_sending, "Relay Is Out Of Buffers");
        abandon_route(route);
        mark_dirty(*target);
        return pool_exhausted(*target);
      }
      mark_dirty(*target);
      return watch_source(*target, source, route.from_trunk, &route);
    }
    case Route::Kind::remote: {
      if (route.accounts) count_carried(*route.accounts, {0, 0, part.size, 0});
      std::string_view rest = part.view();
      while (!rest.empty()) {
        const std::string_view piece = rest.substr(0, part_mail_octets);
        rest.remove_prefix(piece.size());
        post(route.core, ring::MailLane::data, PartMail::kind, PartMail{source, route.chunk}, piece);
      }
      return watch_mail(source, route.core);
    }
  }
}

void Worker::route_collision(Route& route, base::LinkName source, const msrp::TidFamily& family) {
  if (route.kind == Route::Kind::remote) {
    EndMail mail{source, route.chunk};
    mail.collision = true;
    mail.family = family;
    post(route.core, ring::MailLane::data, EndMail::kind, mail);
    return;
  }
  if (route.kind != Route::Kind::local) return;
  Link* target = links_.live(route.link);
  if (target == nullptr) return abandon_route(route);
  target->outbox.change_family(outbox_context(), target->transactions, *route.send, family);
  mark_dirty(*target);
}

void Worker::route_end(Route& route, base::LinkName source, msrp::ContinuationFlag flag, bool sender_lost) {
  if (route.kind == Route::Kind::local) {
    if (Link* target = links_.live(route.link)) {
      target->outbox.finish(*route.send, flag, sender_lost);
      mark_dirty(*target);
      if (flag != msrp::ContinuationFlag::more) message_ends(route);
      carried(route, flag != msrp::ContinuationFlag::more);
    }
  } else if (route.kind == Route::Kind::remote) {
    EndMail mail{source, route.chunk, flag};
    mail.sender_lost = sender_lost;
    post(route.core, ring::MailLane::data, EndMail::kind, mail);
  }
  if (route.accounts && flag == msrp::ContinuationFlag::end && !sender_lost) count_carried(*route.accounts, {1, 0, 0, 0});
  if (sender_lost) ++counters_.chunks_aborted;
  if (!sender_lost && route.success_due && !route.reply.empty()) {
    counters_.responses_out.add(msrp::status_ok);
    deliver(source, {route.reply.data(), route.reply.size(), {}}, true);
  }
  forget_route(route);
  route.kind = Route::Kind::none;
}

}  // namespace relay
