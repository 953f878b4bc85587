// What the rules say of a frame, and what comes of it beside its way: lines in the log, headers changed, sizes at which it is refused after
// all. Which version of the rules is in force.
#include <algorithm>

#include "msrp/status.h"
#include "relay/worker.h"

namespace relay {

CoreRules& Worker::rules_of(std::uint32_t version) {
  if (version == previous_rules_.version && previous_rules_.set != nullptr) return previous_rules_;
  if (version == next_rules_.version && next_rules_.set != nullptr) return next_rules_;
  return rules_;
}

void Worker::take_rules(CoreRules rules) {
  std::uint64_t seed = 0;
  entropy_.fill({reinterpret_cast<std::uint8_t*>(&seed), sizeof seed});
  rules.state->reseed(seed);
  const std::uint32_t version = rules.version;
  next_rules_ = std::move(rules);
  post(office_.control(), ring::MailLane::control, DoneMail::kind, DoneMail{core_, MailKind::rules, version});
}

void Worker::use_rules(std::uint32_t version) {
  CHECK(next_rules_.version == version && next_rules_.set != nullptr);
  previous_rules_ = std::move(rules_);
  rules_ = std::move(next_rules_);
  next_rules_ = {};
  post(office_.control(), ring::MailLane::control, DoneMail::kind, DoneMail{core_, MailKind::use_rules, version});
}

void Worker::tell_rule_hits() {
  constexpr std::size_t hits_per_mail = 1024;
  const std::vector<std::uint64_t>& hits = rules_.state->hits();
  for (std::size_t first = 0; first < hits.size(); first += hits_per_mail) {
    const std::size_t count = std::min(hits_per_mail, hits.size() - first);
    const RuleHitsMail mail{core_, rules_.version, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(count)};
    const std::string_view octets(reinterpret_cast<const char*>(hits.data() + first), count * sizeof hits[0]);
    post(office_.control(), ring::MailLane::control, RuleHitsMail::kind, mail, octets);
  }
}

void Worker::say(const CoreRules& rules, const base::Endpoint& peer) {
  for (std::size_t at = 0; at < rules.state->log_count(); ++at) {
    const rules::CoreState::Line& line = rules.state->log(at);
    std::array<char, rules::CoreState::log_max + 160> text;
    msrp::Writer writer(text);
    writer.put(rules.set->name(line.rule)).put(": ").put(line.view());
    log_rule(static_cast<LogLevel>(line.level), peer, writer.good() ? writer.written() : line.view());
  }
}

rules::Verdict Worker::judge(Arrival& arrival, CoreRules& rules, const rules::Facts& facts) {
  const rules::Verdict verdict = rules.set->decide(facts, *rules.state);
  if (rules.state->log_count() > 0) say(rules, arrival.peer);
  const std::string_view edits = rules.state->edits().octets;
  if (!edits.empty()) {
    // Two sessions of ours at most lie on one way, but without sessions a path may name this relay again and again.
    if (arrival.edits.octets.size() + edits.size() > edits_.size()) {
      rules::Verdict refused;
      refused.action = rules::Action::reply;
      refused.code = msrp::status_bad_request;
      refused.reason = "Too Often Through This Relay";
      return refused;
    }
    if (arrival.edits.octets.data() != edits_.data()) std::copy(arrival.edits.octets.begin(), arrival.edits.octets.end(), edits_.begin());
    std::copy(edits.begin(), edits.end(), edits_.begin() + static_cast<std::ptrdiff_t>(arrival.edits.octets.size()));
    arrival.edits.octets = {edits_.data(), arrival.edits.octets.size() + edits.size()};
  }
  return verdict;
}

// What rules may see of the body: the same however it came in. For a frame that is judged here first.
void Worker::look_ahead(Arrival& arrival, rules::Needs needs) {
  if (!needs.body) return;
  const std::size_t most = settings_.limits.body_prefix;
  std::size_t octets = 0;
  for (const base::Slice& slice : arrival.body) octets += slice.size;
  const std::size_t head = begin_ahead(arrival);
  for (const base::Slice& slice : arrival.body) ahead_.append(slice.view().substr(0, head + most - std::min(head + most, ahead_.size())));
  arrival.ahead = ahead_;
  arrival.body_ahead = arrival.ahead.substr(head);
  arrival.ends_ahead = arrival.whole && octets <= most;
}

// The same for one that another core has looked at: `body` is what it saw.
void Worker::look_ahead(Arrival& arrival, std::string_view body) {
  const std::size_t head = begin_ahead(arrival);
  ahead_.append(body);
  arrival.ahead = ahead_;
  arrival.body_ahead = arrival.ahead.substr(head);
}

std::size_t Worker::begin_ahead(const Arrival& arrival) {
  ahead_.assign(arrival.head.octets);
  if (arrival.head.has_body) ahead_.append("\r\n");
  return ahead_.size();
}

// Octets that earlier chunks of the message have carried.
std::uint64_t Worker::carried_before(const session::Session& session, const msrp::Head& head) {
  if (session.carried.empty()) return 0;
  const session::MessageHash message = session::message_hash(head.message_id.value_or(std::string_view()));
  const auto found = std::find_if(session.carried.begin(), session.carried.end(), [&](const auto& one) { return one.message == message; });
  return found == session.carried.end() ? 0 : found->octets;
}

// The rules relay this SEND at its size now. Where will they refuse it? A code: it has gone so far already.
std::optional<rules::SizeStop> Worker::watch_size(Arrival& arrival, CoreRules& rules, const rules::Facts& facts,
                                                  const session::Session& session) {
  if (arrival.head.method != msrp::Method::send || !rules.set->has_size_thresholds()) return std::nullopt;
  arrival.counts_size = true;
  const std::uint64_t before = carried_before(session, arrival.head);
  std::uint64_t here = 0;
  for (const base::Slice& slice : arrival.body) here += slice.size;
  if (arrival.whole && before + here <= facts.size) return std::nullopt;  // its Byte-Range has told the truth
  const rules::SizeStop stop = rules.set->size_stop(facts, *rules.state);
  if (stop.at == UINT64_MAX) return std::nullopt;
  const std::uint64_t left = stop.at > before ? stop.at - before : 0;
  if (here >= left) return stop;
  if (!arrival.whole && left < arrival.stop_left) {
    arrival.stop_left = left;
    arrival.stop_code = stop.code;
    stop_reason_.assign(stop.reason);
    arrival.stop_reason = stop_reason_;
  }
  return std::nullopt;
}

// On the core of the session: so many octets more of that message have gone.
void Worker::carried(const session::Token& token, session::MessageHash message, std::uint64_t octets, bool ended) {
  const base::CoreId owner = settings_.core_of(token.shard());
  if (owner != core_) {
    CarriedMail mail;
    mail.session = token.text().characters;
    mail.message = message;
    mail.octets = octets;
    mail.ended = ended;
    return post(owner, ring::MailLane::control, CarriedMail::kind, mail);
  }
  if (session::Session* session = sessions_.find(token, now()))
    session::SessionTable::carry(*session, message, octets, ended, settings_.limits.messages_per_session);
}

void Worker::carried(const Route& route, bool ended) {
  if (!route.counts_size) return;
  carried(route.session, route.message, route.size->octets, ended);
  if (route.size->first_session) carried(*route.size->first_session, route.message, route.size->octets, ended);
}

}  // namespace relay
