// Responses that come in: matched by (link, id) before anything else is looked at, consumed or routed back.
#include <utility>

#include "msrp/status.h"
#include "msrp/writer.h"
#include "relay/worker.h"

namespace relay {

// A SEND of ours is answered: what of it was kept is let go.
void Worker::send_answered(Link& link, Transaction& transaction, std::uint16_t code, std::string_view comment) {
  ++counters_.responses_matched;
  counters_.responses_to_us.add(code);
  // It may be here before the kernel has said that all of the SEND has left.
  const base::Duration left = transaction.deadline.is_never() ? settings_.timers.transaction : transaction.deadline - now();
  counters_.answer_time.add(settings_.timers.transaction - left);
  success(link);
  const ReportId report = transaction.report;
  link.transactions.close(transaction);
  if (!msrp::is_success(code)) {
    fail(report, code, comment);
    stop_rest(link, report, code);
  }
  const base::LinkName source = reports_[report].source;
  reports_.release(report);
  if (!link.leaving.empty()) one_less_unanswered(link, source);
  // A lane may have waited for the room.
  if (!link.outbox.empty() || link.close_after_response) mark_dirty(link);
}

void Worker::on_response(Link& link, const msrp::Head& head) {
  Transaction* transaction = link.transactions.find(head.transaction_id);
  if (transaction == nullptr) {
    ++counters_.responses_dropped;
    return;
  }
  if (transaction->is_send) {
    if (msrp::is_success(head.status_code)) remember_response(link, head);
    return send_answered(link, *transaction, head.status_code, head.comment);
  }
  ++counters_.responses_matched;
  counters_.responses_to_us.add(head.status_code);
  success(link);
  const std::unique_ptr<const WayBack> back = std::move(transaction->way_back);
  link.transactions.close(*transaction);
  if (link.close_after_response) mark_dirty(link);
  // It goes on to the previous hop, whatever its To-Path says.
  rules::Facts facts;
  facts.head = &head;
  facts.now = now();
  facts.connection = connection_of(name_of(link));
  secure_facts(facts, *link.security);
  if (link.listener) facts.listener = settings_.listeners[link.listener->value()].name;
  facts.source = link.peer;
  facts.local = link.local;
  facts.to_path = &head.to_path;
  facts.from_path = &head.from_path;
  const rules::Verdict verdict = rules_.set->decide(facts, *rules_.state);
  if (rules_.state->log_count() > 0) say(rules_, link.peer);
  if (verdict.action == rules::Action::close) {
    ends(link, LinkEnd::rule);
    drain(link);
  }
  if (verdict.action != rules::Action::relay) {
    ++counters_.responses_dropped;
    return;
  }
  if (back->is_auth && head.status_code == msrp::status_unauthorized && back->origin.core == core_) {
    // passwords are not to be tried through us at another relay either.
    const msrp::HeaderLine* challenge = head.find("WWW-Authenticate");
    const bool stale = challenge != nullptr && challenge->value.find("stale=true") != std::string_view::npos;
    if (Link* origin = stale ? nullptr : links_.live(back->origin.link)) auth_failed(*origin);
  }
  const std::span<char> room = reply_scratch_.reserve(head.octets.size() + back->to_path.size() + back->passed.size() + 256);
  msrp::Writer writer(room);
  msrp::write_forwarded_response(writer, head, back->peer_tid, back->to_path, back->passed);
  if (!writer.good()) {
    ++counters_.responses_dropped;
    return;
  }
  ++counters_.responses_routed;
  deliver(back->origin, reply_scratch_.commit(writer.size()), msrp::is_success(head.status_code));
}

}  // namespace relay
