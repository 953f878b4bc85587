// The walk of a request: head -> facts -> verdict -> permit -> link, once per URI of ours in its path.
#include <algorithm>

#include "msrp/status.h"
#include "relay/worker.h"

namespace relay {
namespace {

rules::SessionFact fact_of(const msrp::Uri& uri, const session::Session* session) {
  if (session != nullptr) return rules::SessionFact::known;
  return uri.session ? rules::SessionFact::unknown : rules::SessionFact::none;
}

// The head has the first two parsed already; most frames need no more.
base::Result<msrp::Uri, msrp::UriError> to_uri(const msrp::Head& head, std::size_t i) {
  if (i == 0) return head.first_to;
  if (i == 1) return head.second_to;
  return msrp::parse_uri(head.to_path.uris[i].octets());
}

}  // namespace

// A relay's link serves many sessions, and pausing it would stall them all: one that is too slow is stopped instead (stop_message). But a
// link that has brought nothing but large messages of one session is that session's own; there pausing is right.
void Worker::note_session(Arrival& arrival, const session::Token& token) {
  if (arrival.source.core != core_) return;  // was noted there
  Link* link = links_.live(arrival.source.link);
  if (link == nullptr || arrival.head.from_path.count < 2) return;
  arrival.from_trunk = note_session(*link, token, is_of_large_message(arrival.head));
}

// Is it a trunk now?
bool Worker::note_session(Link& link, const session::Token& token, bool large) {
  if (!link.is_trunk && large) {
    link.carries = token;
  } else if (link.carries != token) {
    link.is_trunk = true;
  }
  return link.is_trunk;
}

// Is the next hop the way back to the client?
bool Worker::leads_to(const session::Session& session, const Arrival& arrival) {
  if (arrival.moved + 1U >= arrival.head.to_path.count) return false;
  const auto next = to_uri(arrival.head, arrival.moved + 1U);
  return next && session::SessionTable::is_client_of(session, *next);
}

void Worker::walk(Arrival& arrival, Route& route) {
  const msrp::Head& head = arrival.head;
  if (arrival.rules_version == 0) {
    arrival.rules_version = rules_.version;
    look_ahead(arrival, rules_.set->needs());
  }
  CoreRules& rules = rules_of(arrival.rules_version);
  trail_.count = 0;
  trail_.steady = true;
  // Bounded by the URIs of the path: each time round takes one off.
  for (;;) {
    const auto uri = to_uri(head, arrival.moved);
    if (!uri) return refuse(arrival, route, msrp::status_bad_request, msrp::describe(uri.error()));
    // Later URIs were looked at before they were moved to.
    if (arrival.moved == 0 && !is_ours(arrival, *uri)) {
      // told, and then closed.
      refuse(arrival, route, msrp::status_forbidden, "Not This Relay");
      return drain_source(arrival.source);
    }
    Hop hop{*uri, uri->session ? session::Token::parse(*uri->session) : std::nullopt};
    if (arrival.moved == 0 && hop.token) note_session(arrival, *hop.token);
    const bool last = arrival.moved + 1 == head.to_path.count;
    const bool auth_for_us = head.method == msrp::Method::auth && last;
    if (hop.token && !auth_for_us) {
      const base::CoreId owner = settings_.core_of(hop.token->shard());
      if (owner != core_) {
        post_begin(owner, arrival, route, {});
        return carry_on(arrival, route);
      }
    }

    session::Session* session = hop.token ? sessions_.find(*hop.token, now()) : nullptr;
    if (session != nullptr && !session::SessionTable::is_uri_of(*session, *uri, head.to_path.uris[arrival.moved].octets()))
      session = nullptr;
    rest_of_path_.count = static_cast<std::uint8_t>(head.to_path.count - arrival.moved);
    for (std::size_t i = 0; i < rest_of_path_.count; ++i) rest_of_path_.uris[i] = head.to_path.uris[arrival.moved + i];
    rest_of_path_.value =
        head.to_path.value.substr(static_cast<std::size_t>(rest_of_path_.first().octets().data() - head.to_path.value.data()));
    const rules::Facts facts = facts_of(arrival, hop, session, rest_of_path_);
    if (session != nullptr && facts.direction == rules::Direction::from_client) arrival.accountable = accounts_ != nullptr;
    const rules::Verdict verdict = judge(arrival, rules, facts);
    switch (verdict.action) {
      case rules::Action::reply: return refuse(arrival, route, verdict.code, verdict.reason, verdict.headers);
      case rules::Action::drop: return drop(route, arrival);
      case rules::Action::close: drop(route, arrival); return drain_source(arrival.source);
      case rules::Action::authenticate:
        if (!auth_for_us) return refuse(arrival, route, msrp::status_forbidden, "Not An AUTH For This Relay");
        return authenticate(arrival, route);
      case rules::Action::relay: break;
    }
    note_hop(hop, session, verdict, rules, facts.size);
    if (!relay_request(arrival, route, session, verdict, rules, facts)) return;
  }
}

// For the next one like it (known.cc). Behind another relay, or sent elsewhere by a rule, it goes the long way each time.
void Worker::note_hop(const Hop& hop, const session::Session* session, const rules::Verdict& verdict, const CoreRules& rules,
                      std::uint64_t size) {
  const bool usual = session != nullptr && !session->relay && rules.state->is_steady() && verdict.options == nullptr &&
                     verdict.next_hop.empty() && verdict.link == rules::LinkChoice::reuse && trail_.count < Trail::hops_max;
  if (!usual) trail_.steady = false;
  if (trail_.steady) trail_.hops[trail_.count++] = {*hop.token, {}, std::nullopt, verdict.rule, rules.set->size_step(size)};
}

void Worker::secure_facts(rules::Facts& facts, const LinkSecurity& security) {
  facts.transport = transport::name(security.transport);
  if (security.transport == transport::Kind::tcp) return;
  facts.tls_version = transport::name(security.version);
  facts.tls_cipher = transport::suite_name(security.suite);
  facts.tls_peer = security.peer();
}

rules::Facts Worker::facts_of(const Arrival& arrival, const Hop& hop, const session::Session* session, const msrp::Path& rest) const {
  rules::Facts facts;
  facts.head = &arrival.head;
  facts.hop = arrival.moved + 1U;
  facts.session = fact_of(hop.uri, session);
  facts.direction = rules::Direction::none;
  if (session != nullptr) {
    facts.user = session->user;
    facts.realm = session->realm;
    const bool from_client = came_on(arrival, session) == session->link && !(session->relay && leads_to(*session, arrival));
    facts.direction = from_client ? rules::Direction::from_client : rules::Direction::to_client;
  }
  if (arrival.listener) {
    facts.listener = settings_.listeners[arrival.listener->value()].name;
  }
  secure_facts(facts, *arrival.security);
  facts.source = arrival.peer;
  facts.local = arrival.local;
  // Not what is in hand of the body: watch_size() sees to that, however much it is.
  facts.size = arrival.head.byte_range && arrival.head.byte_range->total ? *arrival.head.byte_range->total : 0;
  if (session != nullptr) facts.size = std::max(facts.size, carried_before(*session, arrival.head));
  facts.now = now();
  facts.connection = connection_of(arrival.source);
  facts.buffer = arrival.ahead;
  facts.body = arrival.body_ahead;
  if (arrival.ends_ahead) facts.continuation = arrival.flag;
  facts.to_path = &rest;
  facts.to_uri = &hop.uri;
  facts.from_path = &arrival.head.from_path;
  return facts;
}

// The link on this core that the request came on; nullopt when it came on another core's, or from another session of this relay. Any
// connection of the relay that an AUTH came through is as good as the one it came on.
std::optional<base::LinkId> Worker::came_on(const Arrival& arrival, const session::Session* session) const {
  if (arrival.moved > 0) return std::nullopt;
  if (session != nullptr && is_of_relay(*session, arrival.peer, *arrival.security)) return session->link;
  return arrival.source.core == core_ ? std::optional(arrival.source.link) : std::nullopt;
}

// A rule of a closed network's: no permit is asked for, the paths may be others.
bool Worker::relay_without_session(Arrival& arrival, Route& route, const rules::Verdict& verdict) {
  const std::string_view to_path = verdict.options->to_path;
  const std::size_t next_at = arrival.moved + 1U;
  if (to_path.empty() && next_at >= arrival.head.to_path.count) {
    refuse(arrival, route, msrp::status_no_such_session, "This Relay Is Nobody's Last Hop");
    return false;
  }
  const auto next = to_path.empty() ? to_uri(arrival.head, next_at) : msrp::parse_uri(to_path.substr(0, to_path.find(' ')));
  if (!next) {
    refuse(arrival, route, msrp::status_bad_request, msrp::describe(next.error()));
    return false;
  }
  ++arrival.moved;
  if (to_path.empty() && verdict.next_hop.empty() && is_ours(arrival, *next)) return true;
  const auto instead = verdict.next_hop.empty() ? next : msrp::parse_uri(verdict.next_hop);
  const Target target = dial(*instead, verdict);
  if (target.code != 0) {
    refuse(arrival, route, target.code, target.reason);
    return false;
  }
  forward(session::without_session(), arrival, route, target.link);
  return false;
}

// A peer whose link has ended and that has come back on another is bound to that.
void Worker::bind_peer(session::Session& session, const msrp::Head& head, base::LinkName link) {
  const std::string_view uri = head.from_path.first().octets();
  if (session::SessionTable::bind(session, head.first_from, uri, link)) return;
  const auto bound = session::SessionTable::bound(session, head.first_from);
  if (!bound || bound->core != core_ || links_.live(bound->link) != nullptr) return;
  session::SessionTable::unbind(session, *bound);
  session::SessionTable::bind(session, head.first_from, uri, link);
}

// True: the next URI is ours too, and the walk goes on with it. False: it is done with this request.
bool Worker::relay_request(Arrival& arrival, Route& route, session::Session* session, const rules::Verdict& verdict, CoreRules& rules,
                           const rules::Facts& facts) {
  const msrp::Head& head = arrival.head;
  arrival.options = verdict.options;
  if (verdict.options != nullptr && verdict.options->without_session) return relay_without_session(arrival, route, verdict);
  const std::size_t next_at = arrival.moved + 1U;
  if (next_at >= head.to_path.count) {
    refuse(arrival, route, msrp::status_no_such_session, "This Relay Is Nobody's Last Hop");
    return false;
  }
  const auto next = to_uri(head, next_at);
  if (!next) {
    refuse(arrival, route, msrp::status_bad_request, msrp::describe(next.error()));
    return false;
  }
  const bool external = arrival.moved == 0;
  const auto permit = session::authorise(session, came_on(arrival, session), *next);
  if (!permit) {
    const bool unknown = permit.error() == session::Refusal::no_session;
    refuse(arrival, route, unknown ? msrp::status_no_such_session : msrp::status_forbidden,
           unknown ? "No Such Session" : "Not Your Session");
    return false;
  }
  note_account(arrival, *session, permit->direction());
  if (head.method == msrp::Method::send && session::SessionTable::is_stopped(*session, head.message_id.value_or(std::string_view()))) {
    refuse(arrival, route, msrp::status_stop_sending, "Message Was Stopped");
    return false;
  }
  if (const auto stop = watch_size(arrival, rules, facts, *session)) {
    ++counters_.messages_too_large;
    // What comes of it later is too large as well.
    carried(session->token, session::message_hash(head.message_id.value_or(std::string_view())), stop->at, false);
    refuse(arrival, route, stop->code, stop->reason);
    return false;
  }
  if (arrival.counts_size && arrival.moved > 0) arrival.first_session = arrival.session;
  ++arrival.moved;
  arrival.session = session->token;
  if (trail_.steady) trail_.hops[trail_.count - 1].permit = *permit;
  if (session->relay && external && permit->direction() == session::Direction::from_client) session->through = arrival.source;
  if (permit->direction() == session::Direction::from_client && is_ours(arrival, *next)) return true;
  if (permit->direction() == session::Direction::to_client && external && arrival.source != base::LinkName{core_, session->link}) {
    // Answers of the client go back over the link this came on (R-232, clients.md 10).
    bind_peer(*session, head, arrival.source);
  }
  const Target target = target_of(arrival, *session, *permit, *next, verdict);
  if (target.code != 0) {
    refuse(arrival, route, target.code, target.reason);
    return false;
  }
  if (arrival.counts_size && arrival.whole) {
    std::uint64_t octets = 0;
    for (const base::Slice& slice : arrival.body) octets += slice.size;
    const session::MessageHash message = session::message_hash(head.message_id.value_or(std::string_view()));
    const bool ended = arrival.flag != msrp::ContinuationFlag::more;
    carried(arrival.session, message, octets, ended);
    if (arrival.first_session) carried(*arrival.first_session, message, octets, ended);
  }
  forward(*permit, arrival, route, target.link);
  return false;
}

void Worker::refuse(const Arrival& arrival, Route& route, std::uint16_t code, std::string_view reason, std::string_view headers) {
  ++counters_.requests_refused;
  if (arrival.accountable) count_failure(arrival.head.to_path.first().octets(), code);
  reply(arrival, code, reason, headers);
  forget_route(route);
  if (arrival.whole) route.kind = Route::Kind::none;
}

void Worker::drop(Route& route, const Arrival& arrival) {
  ++counters_.requests_dropped;
  forget_route(route);
  if (arrival.whole) route.kind = Route::Kind::none;
}

}  // namespace relay
