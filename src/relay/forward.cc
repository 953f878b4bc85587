// A permitted request to the link it goes on by.
#include <algorithm>

#include "msrp/status.h"
#include "msrp/writer.h"
#include "relay/worker.h"

namespace relay {

// Towards the client: its own link, never a new one. From the client: the link its peer opened, else one we dial.
Worker::Target Worker::target_of(const Arrival& arrival, session::Session& session, const session::Permit& permit, const msrp::Uri& next,
                                 const rules::Verdict& verdict) {
  if (permit.direction() == session::Direction::to_client) return {.link = {core_, session.link}};
  if (!verdict.next_hop.empty()) {
    const auto instead = msrp::parse_uri(verdict.next_hop);
    CHECK(instead.has_value());  // rules::compile() has seen to it
    return dial(*instead, verdict);
  }
  if (const auto bound = session::SessionTable::bound(session, next)) {
    if (bound->core != core_ || links_.live(bound->link) != nullptr) return {.link = *bound};
    session::SessionTable::unbind(session, *bound);
  }
  const Target target = dial(next, verdict);
  // Bound from now on: who merely claims that peer's URI draws none of its frames.
  if (target.code == 0) session::SessionTable::bind(session, next, arrival.head.to_path.uris[arrival.moved].octets(), target.link);
  return target;
}

void Worker::forward(const session::Permit&, Arrival& arrival, Route& route, const session::Session& session, base::LinkName target) {
  if (target.core != core_) {
    BeginMail mail;
    mail.forward = true;
    mail.target = target.link;
    const auto text = session.token.text();
    std::copy(text.characters.begin(), text.characters.end(), mail.session.begin());
    post_begin(target.core, arrival, route, mail);
    return accept(arrival, route);
  }
  Link* link = links_.live(target.link);
  if (link == nullptr) return refuse(arrival, route, msrp::status_no_such_session, "No Such Session");
  if (!forward_here(arrival, route, *link)) return refuse(arrival, route, msrp::status_stop_sending, "Relay Is Out Of Buffers");
  accept(arrival, route);
}

// False: no room; nothing has been written.
bool Worker::forward_here(Arrival& arrival, Route& route, Link& link) {
  msrp::Writer writer(headers_);
  const std::size_t before = msrp::write_forwarded_headers(writer, arrival.head, arrival.moved);
  if (!writer.good()) return false;
  link.last_used = now();
  const bool done = arrival.head.method == msrp::Method::send ? forward_send(arrival, route, link, writer.written(), before)
                                                              : forward_other(arrival, link, writer.written(), before);
  if (!done) {
    pool_exhausted(link);
    return false;
  }
  ++counters_.requests_relayed;
  list_clock(link);
  mark_dirty(link);
  watch_source(link, arrival.source);
  return true;
}

bool Worker::forward_send(Arrival& arrival, Route& route, Link& link, std::string_view headers, std::size_t before) {
  const msrp::Head& head = arrival.head;
  const SendHead send_head{headers, before, head.has_body, head.byte_range, head.failure_report};
  const ReportId report = head.failure_report == msrp::FailureReport::no ? no_report : make_report(arrival);
  const OutboxContext context = outbox_context();
  if (arrival.whole && link.outbox.put_whole(context, link.transactions, send_head, arrival.family, arrival.body, arrival.flag, report)) {
    reports_.release(report);
    return true;
  }
  Send* send = link.outbox.begin(context, send_head, arrival.source, arrival.family, report);
  if (send == nullptr) {
    reports_.release(report);
    return false;
  }
  if (!arrival.whole) {
    reports_.share(report);
    route.kind = Route::Kind::local;
    route.link = link.id;
    route.send = send;
    route.report = report;
    return true;
  }
  for (const base::Slice& slice : arrival.body) {
    if (link.outbox.add(context, *send, slice)) continue;
    link.outbox.finish(*send, msrp::ContinuationFlag::abort, true);
    return false;
  }
  link.outbox.finish(*send, arrival.flag, false);
  return true;
}

// Not SEND: whole, never interrupted, on the control lane. A REPORT has no response and so no transaction.
bool Worker::forward_other(Arrival& arrival, Link& link, std::string_view headers, std::size_t before) {
  const msrp::Head& head = arrival.head;
  const std::span<char> room = forward_scratch_.reserve(headers.size() + 512);
  if (room.empty()) return false;
  msrp::MintedTid tid(arrival.family, 0);
  if (head.method != msrp::Method::report) {
    Transaction* transaction = link.transactions.open(arrival.family, settings_.limits.transactions_per_link);
    if (transaction == nullptr) {
      ++counters_.transactions_full;
      return false;
    }
    transaction->is_auth = head.method == msrp::Method::auth && head.authorization.has_value();
    transaction->moved = arrival.moved;
    transaction->origin = arrival.source;
    transaction->peer_tid = msrp::PeerTid(head.transaction_id);
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
    close(link, LogLevel::error, "out of buffers in mid-frame");
    return false;
  }
  ++counters_.frames_out;
  return true;
}

void Worker::list_clock(Link& link) {
  if (link.clock_listed || link.transactions.live() == 0) return;
  link.clock_listed = true;
  clocked_.push_back(link.id);
  if (next_sweep_.is_never()) next_sweep_ = now() + std::chrono::seconds(1);
}

}  // namespace relay
