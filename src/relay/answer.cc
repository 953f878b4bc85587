// What this relay says itself: responses to the previous hop, failure REPORTs to the sender.
#include <algorithm>
#include <array>

#include "msrp/status.h"
#include "msrp/writer.h"
#include "relay/worker.h"

namespace relay {
namespace {

constexpr std::uint32_t refusals_on_probation_max = 8;

}  // namespace

// never to a REPORT; nothing for Failure-Report no; no success for partial.
bool Worker::reply_due(const Arrival& arrival, std::uint16_t code) const {
  switch (arrival.head.method) {
    case msrp::Method::report: return false;
    case msrp::Method::send: break;
    case msrp::Method::auth:
    case msrp::Method::other: return true;
  }
  switch (arrival.head.failure_report) {
    case msrp::FailureReport::yes: return true;
    case msrp::FailureReport::no: return false;
    case msrp::FailureReport::partial: return !msrp::is_success(code);
  }
  return false;
}

base::Slice Worker::compose_reply(const Arrival& arrival, std::uint16_t code, std::string_view reason, std::string_view headers) {
  const msrp::Head& head = arrival.head;
  //
  const std::string_view to = head.method == msrp::Method::send ? head.from_path.first().octets() : head.from_path.value;
  const std::string_view from = head.to_path.first().octets();
  const std::span<char> room = reply_scratch_.reserve(to.size() + from.size() + reason.size() + headers.size() + 256);
  if (room.empty()) return {};
  msrp::Writer writer(room);
  msrp::write_response(writer, head.transaction_id, code, reason, to, from, headers);
  CHECK(writer.good());
  return reply_scratch_.commit(writer.size());
}

void Worker::reply(const Arrival& arrival, std::uint16_t code, std::string_view reason, std::string_view headers) {
  base::Slice frame = reply_due(arrival, code) ? compose_reply(arrival, code, reason, headers) : base::Slice();
  if (frame.size > 0) counters_.responses_out.add(code);
  // A challenge is no refusal: whoever has a password must ask for it first.
  const bool refused = !msrp::is_success(code) && code != msrp::status_unauthorized;
  hand_over(arrival.source, std::move(frame), {.link = {}, .permitted = msrp::is_success(code), .refused = refused});
}

// The request got its permit and is on its way: 200 to the previous hop, for a chunk that is still arriving at its end.
void Worker::accept(const Arrival& arrival, Route& route) {
  const bool due = arrival.head.method == msrp::Method::send && reply_due(arrival, msrp::status_ok);
  if (!due || !arrival.whole) hand_over(arrival.source, {}, {.link = {}, .permitted = true});
  if (arrival.whole) {
    if (!due) return;
    counters_.responses_out.add(msrp::status_ok);
    deliver(arrival.source, compose_reply(arrival, msrp::status_ok, "OK", {}), true);
  } else if (arrival.head.method == msrp::Method::send && arrival.head.failure_report != msrp::FailureReport::no) {
    route.reply.assign(compose_reply(arrival, msrp::status_ok, "OK", {}).view());
    route.success_due = due;
  }
}

// A success that was composed, and has become a failure.
std::string Worker::with_status(std::string_view reply, std::uint16_t code, std::string_view reason) {
  const std::size_t before = reply.find(' ', sizeof "MSRP ") + 1;  // "MSRP SP tid SP"
  std::string changed(reply.substr(0, before));
  changed.append(std::to_string(code)).append(" ").append(reason);
  return changed.append(reply.substr(reply.find("\r\n")));
}

void Worker::deliver(base::LinkName link, base::Slice frames, bool permitted) {
  hand_over(link, std::move(frames), {.link = {}, .permitted = permitted});
}

// Frames, and what goes with them, for a link on any core.
void Worker::hand_over(base::LinkName name, base::Slice frames, const OctetsMail& how) {
  if (name.core != core_) {
    OctetsMail mail = how;
    mail.link = name.link;
    mail.frames = frames.size > 0 ? 1 : 0;
    return post(name.core, ring::MailLane::control, OctetsMail::kind, mail, frames.view());
  }
  Link* link = links_.live(name.link);
  if (link == nullptr) return;
  if (how.permitted) success(*link);
  if (frames.size > 0) put_control(*link, std::move(frames), how.frames);
  if (how.refused && link->on_probation && ++link->refusals == refusals_on_probation_max) {
    ++counters_.probations_failed;
    log(LogLevel::info, LogEvent::probation_failed, link, link->refusals, {});
    drain(*link);
  }
  if (how.close_after) {
    ends(*link, LinkEnd::rule);
    drain(*link);
  }
}

void Worker::drain_source(base::LinkName source) { hand_over(source, {}, {.link = {}, .close_after = true}); }

void Worker::put_control(Link& link, base::Slice frames, std::uint32_t count) {
  if (!link.outbox.put_control(outbox_context(), std::move(frames))) return pool_exhausted(link);
  note_control(link, count);
}

void Worker::note_control(Link& link, std::uint32_t count) {
  counters_.frames_out += count;
  mark_dirty(link);
  // Who does not read what it is told is not read either.
  if (may_be_too_much(link)) watch_source(link, name_of(link), false, nullptr);
}

ReportId Worker::make_report(const Arrival& arrival) {
  const msrp::Head& head = arrival.head;
  const ReportId id = reports_.make(reports_.make_paths(head.from_path.value, head.to_path.first().octets()));
  ReportRecord& record = reports_[id];
  record.source = arrival.source;
  record.message_id.assign(head.message_id.value_or(std::string_view("")));
  record.session = arrival.session;
  record.failure_report = head.failure_report;
  record.range = head.byte_range.value_or(msrp::ByteRange());
  for (const base::Slice& slice : arrival.body) record.octets += slice.size;
  if (!arrival.whole) record.octets = 0;  // its parts are counted as they pass
  return id;
}

// one REPORT for one failing SEND, whatever number of pieces it went out in.
void Worker::fail(ReportId report, std::uint16_t code, std::string_view comment) {
  if (report == no_report) return;
  ReportRecord& record = reports_[report];
  if (record.reported || record.message_id.empty()) return;
  record.reported = true;
  count_failure(record.paths->from, code);
  const std::span<char> room = reply_scratch_.reserve(record.paths->to.size() + record.paths->from.size() +
                                                      record.message_id.octets().size() + comment.size() + 512);
  if (room.empty()) return;
  const msrp::MintedTid tid(msrp::TidFamily::mint(entropy_), 0);
  msrp::Writer writer(room);
  msrp::write_request_line(writer, tid, "REPORT");
  writer.put("To-Path: ")
      .put(record.paths->to)
      .put("\r\nFrom-Path: ")
      .put(record.paths->from)
      .put("\r\nMessage-ID: ")
      .put(record.message_id.octets())
      .put("\r\n");
  msrp::ByteRange range = record.range;
  range.end = range.start.advanced_by(record.octets).value() - 1;
  msrp::write_byte_range(writer, range);
  writer.put("Status: 000 ").put_number(code);
  if (!comment.empty()) writer.put(' ').put(comment);
  writer.put("\r\n");
  msrp::write_end_line(writer, tid.octets(), msrp::ContinuationFlag::end, false);
  if (!writer.good()) return;
  base::Slice frame = reply_scratch_.commit(writer.size());
  if (record.source.core == core_ && links_.live(record.source.link) == nullptr) {
    ++counters_.reports_undeliverable;
    return;
  }
  ++counters_.reports_sent;
  deliver(record.source, std::move(frame), false);
}

}  // namespace relay
