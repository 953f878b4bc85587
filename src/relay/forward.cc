// A permitted request to the link it goes on by.
#include <algorithm>

#include "msrp/status.h"
#include "msrp/writer.h"
#include "relay/worker.h"

namespace relay {
namespace {

constexpr const char* no_room = "Relay Is Out Of Buffers";

}  // namespace

// Towards the client: its own link, never a new one. From the client: the link its peer opened, else one we dial.
Worker::Target Worker::target_of(const Arrival& arrival, session::Session& session, const session::Permit& permit, const msrp::Uri& next,
                                 const rules::Verdict& verdict) {
  if (permit.direction() == session::Direction::to_client) return way_to_client(arrival, session, next, verdict);
  if (verdict.options != nullptr && verdict.options->local && verdict.next_hop.empty()) return dial(next, verdict);
  if (!verdict.next_hop.empty()) {
    const auto instead = msrp::parse_uri(verdict.next_hop);
    CHECK(instead.has_value());  // rules::compile() has seen to it
    return dial(*instead, verdict);
  }
  const auto bound = session::SessionTable::bound(session, next);
  Target target;
  if (bound && (bound->core != core_ || links_.taking(bound->link) != nullptr)) {
    target.link = *bound;
  } else {
    target = dial(next, verdict);
    if (target.code != 0) return target;
  }
  target.link = link_for(arrival, session, next, target.link);
  if (bound == target.link) return target;
  // Bound from now on: who merely claims that peer's URI draws none of its frames.
  if (bound) session::SessionTable::unbind(session, *bound);
  session::SessionTable::bind(session, next, arrival.head.to_path.uris[arrival.moved].octets(), target.link);
  return target;
}

// The link of its AUTH, and no other. A client behind a relay is reached by any link to that relay.
Worker::Target Worker::way_to_client(const Arrival& arrival, session::Session& session, const msrp::Uri& next,
                                     const rules::Verdict& verdict) {
  if (!session.relay) return {.link = {core_, session.link}};
  if (links_.taking(session.link) == nullptr) {
    const bool on_another_core = !session.through.is_none() && session.through.core != core_;
    if (on_another_core) return {.link = session.through};
    session.link = {};
    links_.each([&](const Link& link) {
      if (link.state == LinkState::open && !link.own_of() && is_of_relay(session, link.peer, *link.security)) session.link = link.id;
    });
    if (session.link.is_none()) {
      const Target dialled = dial(next, verdict);
      if (dialled.code != 0) return dialled;
      session.link = dialled.link.link;
    }
  }
  const base::LinkName link = link_for(arrival, session, next, {core_, session.link});
  session.link = link.link;
  return {.link = link};
}

void Worker::forward(const session::Permit&, Arrival& arrival, Route& route, base::LinkName target) {
  if (target.core != core_) {
    BeginMail mail;
    mail.forward = true;
    mail.target = target.link;
    mail.session = arrival.session.text().characters;
    post_begin(target.core, arrival, route, mail);
    carry_on(arrival, route);
    return accept(arrival, route);
  }
  Link* link = links_.taking(target.link);
  if (link == nullptr) return refuse(arrival, route, msrp::status_no_such_session, "No Such Session");
  if (const auto not_taken = forward_here(arrival, route, *link)) return refuse(arrival, route, not_taken->code, not_taken->reason);
  carry_on(arrival, route);
  accept(arrival, route);
}

// The lines of a request as it goes on, Byte-Range left out, whose place is `before`. Empty: there is no room for them.
std::string_view Worker::forwarded_headers(const Arrival& arrival, std::size_t& before) {
  msrp::Writer writer(headers_);
  before = msrp::write_forwarded_headers(writer, arrival.head, arrival.moved);
  if (!writer.good()) return {};
  std::string_view lines = writer.written();
  const rules::RelayOptions* options = arrival.options;
  if (options != nullptr && (!options->to_path.empty() || !options->from_path.empty())) {
    // Without a session paths may be replaced: the first two lines.
    msrp::Writer other(edited_);
    const std::size_t from_line = lines.find("\r\n") + 2;
    const std::size_t rest = lines.find("\r\n", from_line) + 2;
    if (options->to_path.empty()) {
      other.put(lines.substr(0, from_line));
    } else {
      other.put("To-Path: ").put(options->to_path).put("\r\n");
    }
    if (options->from_path.empty()) {
      other.put(lines.substr(from_line, rest - from_line));
    } else {
      other.put("From-Path: ").put(options->from_path).put("\r\n");
    }
    const std::size_t shift = other.size();
    other.put(lines.substr(rest));
    if (!other.good() || other.size() > headers_.size()) return {};
    before = before - rest + shift;
    lines = {headers_.data(), other.written().copy(headers_.data(), headers_.size())};
  }
  if (arrival.edits.empty()) return lines;
  msrp::Writer edited(edited_);
  before = rules::apply_edits(arrival.edits, lines, before, edited);
  return edited.good() ? edited.written() : std::string_view();
}

// A value: it could not be taken, and nothing has been written.
std::optional<Worker::NotTaken> Worker::forward_here(Arrival& arrival, Route& route, Link& link) {
  std::size_t before = 0;
  const std::string_view headers = forwarded_headers(arrival, before);
  if (headers.empty()) return NotTaken{msrp::status_stop_sending, no_room};
  link.last_used = now();
  const auto not_taken = arrival.head.method == msrp::Method::send ? forward_send(arrival, route, link, headers, before)
                                                                   : forward_other(arrival, link, headers, before);
  if (not_taken) return not_taken;
  if (arrival.options != nullptr && arrival.options->close_after_response) link.close_after_response = true;
  ++counters_.requests_relayed;
  remember_send(arrival, link, headers, before);
  list_clock(link);
  mark_dirty(link);
  watch_source(link, arrival.source, arrival.from_trunk, route.kind == Route::Kind::local ? &route : nullptr);
  return std::nullopt;
}

std::uint64_t Worker::message_of(const Arrival& arrival) {
  if (!arrival.head.message_id || arrival.session == session::Token()) return 0;
  return session::Token::Hash()(arrival.session) ^ session::message_hash(*arrival.head.message_id);
}

std::optional<Worker::NotTaken> Worker::forward_send(Arrival& arrival, Route& route, Link& link, std::string_view headers,
                                                     std::size_t before) {
  const msrp::Head& head = arrival.head;
  // Its link is not made to wait for one session (own_link.cc).
  if (arrival.from_trunk && link.outbox.lanes() > 0 && link.outbox.lane_octets(arrival.source) > settings_.limits.session_buffer) {
    ++counters_.messages_stopped;
    stop_chunks(arrival.session, session::message_hash(head.message_id.value_or(std::string_view())));
    return NotTaken{msrp::status_stop_sending, "Receiver Is Too Slow"};
  }
  std::size_t octets = 0;
  for (const base::Slice& slice : arrival.body) octets += slice.size;
  const bool small = arrival.whole && octets <= Outbox::small_octets;
  const SendHead send_head{headers, before, head.has_body, head.byte_range, head.failure_report, small, message_of(arrival)};
  const ReportId report = head.failure_report == msrp::FailureReport::no ? no_report : make_report(arrival);
  const OutboxContext context = outbox_context();
  // What gathers on a link that may never come up must be able to go elsewhere.
  const bool at_once = arrival.whole && (link.fallback().is_none() || link.state == LinkState::open);
  if (at_once && link.outbox.put_whole(context, link.transactions, send_head, arrival.family, arrival.body, arrival.flag, report)) {
    return std::nullopt;
  }
  Send* send = link.outbox.begin(context, send_head, arrival.source, arrival.family, report);
  if (send == nullptr) {
    reports_.release(report);
    pool_exhausted(link);
    return NotTaken{msrp::status_stop_sending, no_room};
  }
  if (!arrival.whole) {
    reports_.share(report);
    route.kind = Route::Kind::local;
    route.link = link.id;
    route.send = send;
    route.report = report;
    route.from_trunk = arrival.from_trunk;
    route.session = arrival.session;
    route.counts_size = arrival.counts_size;
    if (route.counts_size) {
      if (!route.size) route.size = std::make_unique<SizeCount>();
      route.size->octets = 0;
      route.size->stop_left = arrival.stop_left;
      route.size->stop_code = arrival.stop_code;
      route.size->stop_reason.assign(arrival.stop_reason);
      route.size->first_session = arrival.first_session;
    }
    route.message = session::message_hash(head.message_id.value_or(std::string_view()));
    return std::nullopt;
  }
  for (const base::Slice& slice : arrival.body) {
    if (link.outbox.add(context, *send, slice)) continue;
    link.outbox.finish(*send, msrp::ContinuationFlag::abort, true);
    pool_exhausted(link);
    return NotTaken{msrp::status_stop_sending, no_room};
  }
  link.outbox.finish(*send, arrival.flag, false);
  return std::nullopt;
}

// Not SEND: whole, never interrupted, on the control lane. A REPORT has no response and so no transaction.
std::optional<Worker::NotTaken> Worker::forward_other(Arrival& arrival, Link& link, std::string_view headers, std::size_t before) {
  const msrp::Head& head = arrival.head;
  const std::span<char> room = forward_scratch_.reserve(headers.size() + 512);
  if (room.empty()) {
    pool_exhausted(link);
    return NotTaken{msrp::status_stop_sending, no_room};
  }
  msrp::MintedTid tid(arrival.family, 0);
  if (head.method != msrp::Method::report) {
    Transaction* transaction = link.transactions.open(arrival.family, settings_.limits.transactions_per_link);
    if (transaction == nullptr) {
      ++counters_.transactions_full;
      return NotTaken{msrp::status_timeout, "Next Hop Does Not Answer"};
    }
    const std::string_view last = head.to_path.uris[arrival.moved - 1U].octets();
    const auto passed = static_cast<std::size_t>(last.data() + last.size() - head.to_path.value.data());
    transaction->way_back = std::make_unique<const WayBack>(
        WayBack{arrival.source, head.method == msrp::Method::auth && head.authorization.has_value(), msrp::PeerTid(head.transaction_id),
                std::string(head.from_path.value), std::string(head.to_path.value.substr(0, passed))});
    tid = transaction->tid;
    link.transactions.start(*transaction, now() + settings_.timers.transaction);
  }
  msrp::Writer writer(room);
  msrp::write_request_line(writer, tid, head.method_name);
  writer.put(headers.substr(0, before));
  if (head.byte_range) msrp::write_byte_range(writer, *head.byte_range);
  writer.put(headers.substr(before));
  if (head.has_body) writer.put("\r\n");
  CHECK(writer.good());
  bool good = link.outbox.put_control(outbox_context(), forward_scratch_.commit(writer.size()));
  for (const base::Slice& slice : arrival.body) good = good && link.outbox.put_control(outbox_context(), slice);
  const std::span<char> rest = forward_scratch_.reserve(128);
  msrp::Writer end(rest);
  msrp::write_end_line(end, tid.octets(), msrp::ContinuationFlag::end, head.has_body);
  good = good && end.good() && link.outbox.put_control(outbox_context(), forward_scratch_.commit(end.size()));
  if (!good) {
    // Half a frame stands in the queue: this link cannot go on.
    ends(link, LinkEnd::buffers);
    close(link, LogLevel::error, "out of buffers in mid-frame");
    return NotTaken{msrp::status_stop_sending, no_room};
  }
  ++counters_.frames_out;
  return std::nullopt;
}

void Worker::list_clock(Link& link) {
  if (link.clock_listed || link.transactions.live() == 0) return;
  link.clock_listed = true;
  clocked_.push_back(link.id);
  if (next_sweep_.is_never()) next_sweep_ = now() + std::chrono::seconds(1);
}

}  // namespace relay
