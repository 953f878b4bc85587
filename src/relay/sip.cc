// SIP on a listener that admits it: told apart by the first line, answered by a rule, never relayed.
#include <algorithm>

#include "msrp/writer.h"
#include "relay/worker.h"

namespace relay {

// True: `octets` is MSRP (with what was held back of it in front) and goes to the framer. False: it was SIP, is undecided, or the link is
// being closed.
bool Worker::admit_protocol(Link& link, base::Slice& octets) {
  if (!link.opening_octets) link.opening_octets = std::make_unique<OpeningOctets>();
  OpeningOctets& opening = *link.opening_octets;
  if (link.opening == sip::Opening::undecided) {
    opening.waiting.append(octets.view());
    link.opening = sip::opening_of(opening.waiting);
    if (link.opening == sip::Opening::undecided) return false;
    if (link.opening == sip::Opening::msrp) {
      // Held by the link until the framer has used them up, which it does before it is fed again.
      opening.msrp = std::move(opening.waiting);
      octets = {opening.msrp.data(), opening.msrp.size(), {}};
      return true;
    }
  } else {
    const std::size_t skipped = std::min(opening.nobodys, octets.size);
    opening.nobodys -= skipped;
    opening.waiting.append(octets.view().substr(skipped));
  }
  if (link.opening == sip::Opening::other) {
    ++counters_.malformed;
    log(LogLevel::info, LogEvent::malformed_frame, &link, 0, "neither MSRP nor SIP");
    drain(link);
    return false;
  }
  while (link.state == LinkState::open && !opening.waiting.empty()) {
    const std::size_t before = opening.waiting.size();
    answer_sip(link);
    if (opening.waiting.size() == before) break;
  }
  return false;
}

// The first request in what waits, when it is there whole.
void Worker::answer_sip(Link& link) {
  std::string& waiting = link.opening_octets->waiting;
  const auto request = sip::parse_request(waiting, settings_.limits.header_bytes);
  if (!request) {
    ++counters_.malformed;
    log(LogLevel::info, LogEvent::malformed_frame, &link, 0, "SIP request that cannot be answered");
    return drain(link);
  }
  if (!request->complete) return;
  ++counters_.sip_requests;
  rules::Facts facts;
  facts.protocol = rules::Protocol::sip;
  secure_facts(facts, *link.security);
  facts.listener = settings_.listeners[link.listener->value()].name;
  facts.realm = settings_.listeners[link.listener->value()].realm;
  facts.source = link.peer;
  facts.local = link.local;
  facts.now = now();
  const rules::Verdict verdict = rules_.set->decide(facts, *rules_.state);
  if (rules_.state->log_count() > 0) say(rules_, link.peer);
  switch (verdict.action) {
    case rules::Action::reply: {
      const std::span<char> room = reply_scratch_.reserve(waiting.size() + verdict.reason.size() + verdict.headers.size() + 256);
      msrp::Writer writer(room);
      sip::write_response(writer, *request, verdict.code, verdict.reason, verdict.headers, entropy_);
      if (writer.good() && writer.size() > 0) put_control(link, reply_scratch_.commit(writer.size()), 1);
      break;
    }
    case rules::Action::drop: break;
    case rules::Action::relay:
    case rules::Action::authenticate:
    case rules::Action::close: drain(link); break;
  }
  const std::size_t request_octets = request->head_octets + request->content_length;
  const std::size_t here = std::min(request_octets, waiting.size());
  link.opening_octets->nobodys = request_octets - here;
  waiting.erase(0, here);
}

}  // namespace relay
