// Mail between cores. What finds its lane full waits here, in order, and the sources that cause it are paused: the wait is bounded by what
// they had sent already.
#include <algorithm>
#include <cstring>

#include "msrp/status.h"
#include "relay/worker.h"

namespace relay {
namespace {

constexpr std::size_t records_per_turn = 512;  // a busy neighbour does not own this core's turn
// Names "the mail from this core to that one" among what a link is paused by.
constexpr std::uint32_t mail_slot = UINT32_MAX - 1;
base::LinkName mail_name(base::CoreId from, base::CoreId to) { return {to, {mail_slot, from.value()}}; }

}  // namespace

void Worker::post_record(base::CoreId to, ring::MailLane lane, std::span<const std::string_view> pieces) {
  std::size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  Waiting& waiting = waiting_mail_[to.value() * ring::mail_lanes + static_cast<std::size_t>(lane)];
  const std::span<char> room = waiting.records.empty() ? office_.lane(core_, to, lane).reserve(size) : std::span<char>();
  ++counters_.mail_sent;
  if (room.empty()) {
    ++counters_.mail_overflowed;
    std::string record;
    record.reserve(size);
    for (const std::string_view piece : pieces) record.append(piece);
    waiting.octets += size;
    waiting.records.push_back(std::move(record));
    return;
  }
  char* place = room.data();
  for (const std::string_view piece : pieces) {
    piece.copy(place, piece.size());
    place += piece.size();
  }
  office_.lane(core_, to, lane).commit(size);
  mailed_[to.value()] = true;
}

template <class Mail>
void Worker::post(base::CoreId to, ring::MailLane lane, MailKind kind, const Mail& mail, std::string_view a, std::string_view b) {
  char fixed[mail_size<Mail>(0)];
  write_mail(fixed, kind, mail);
  const std::array<std::string_view, 3> pieces{std::string_view(fixed, sizeof fixed), a, b};
  post_record(to, lane, pieces);
}
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const PartMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const EndMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const OctetsMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const FlowMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const FenceMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const ResolveMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const CountersMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const StoppedMessageMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const CarriedMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const FailureMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const DoneMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const RuleHitsMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const ListMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const KickedMail&, std::string_view, std::string_view);
template void Worker::post(base::CoreId, ring::MailLane, MailKind, const StoppedMail&, std::string_view, std::string_view);

// The head and what is in hand of the body. The rest follows as parts, by the route.
void Worker::post_begin(base::CoreId to, const Arrival& arrival, Route& route, const BeginMail& more) {
  BeginMail mail = more;
  mail.source = arrival.source;
  mail.chunk = arrival.chunk;
  mail.head_octets = static_cast<std::uint32_t>(arrival.head.octets.size());
  mail.family = arrival.family;
  mail.peer = arrival.peer;
  mail.local = arrival.local;
  mail.has_listener = arrival.listener.has_value();
  mail.listener = arrival.listener.value_or(base::ListenerId());
  mail.security = *arrival.security;
  mail.moved = arrival.moved;
  mail.from_trunk = arrival.from_trunk;
  mail.has_body = arrival.head.has_body;
  mail.rules_version = arrival.rules_version;
  const std::string_view ahead = more.forward ? std::string_view() : arrival.body_ahead;
  mail.ahead_octets = static_cast<std::uint32_t>(ahead.size());
  mail.ends_ahead = arrival.ends_ahead;
  mail.close_after_response = more.forward && arrival.options != nullptr && arrival.options->close_after_response;
  mail.edits_octets = static_cast<std::uint32_t>(arrival.edits.octets.size());
  mail.counts_size = arrival.counts_size;
  mail.stop_left = arrival.stop_left;
  mail.stop_code = arrival.stop_code;
  mail.stop_reason_octets = static_cast<std::uint32_t>(arrival.stop_reason.size());
  mail.has_first_session = arrival.first_session.has_value();
  if (arrival.first_session) mail.first_session = arrival.first_session->text().characters;
  // The next core has to ask for its own hop, and counts for both sessions.
  if (!more.forward && arrival.moved > 0) mail.session = arrival.session.text().characters;
  // A whole frame goes in one record when it is small enough for one; a longer one in parts, as if it were still arriving.
  std::size_t octets = 0;
  for (const base::Slice& slice : arrival.body) octets += slice.size;
  constexpr std::size_t whole_octets = 12 * 1024;
  const bool one_record = arrival.whole && octets <= whole_octets;
  mail.whole = one_record;
  mail.flag = arrival.flag;
  mail.body_octets = one_record ? static_cast<std::uint32_t>(octets) : 0;

  char fixed[mail_size<BeginMail>(0)];
  write_mail(fixed, BeginMail::kind, mail);
  std::vector<std::string_view>& pieces = mail_pieces_;
  pieces.clear();
  pieces.push_back({fixed, sizeof fixed});
  pieces.push_back(arrival.head.octets);
  if (one_record) {
    for (const base::Slice& slice : arrival.body) pieces.push_back(slice.view());
  }
  pieces.push_back(ahead);
  pieces.push_back(arrival.edits.octets);
  pieces.push_back(arrival.stop_reason);
  post_record(to, ring::MailLane::data, pieces);

  route.chunk = arrival.chunk;
  route.core = to;
  route.kind = one_record ? Route::Kind::none : Route::Kind::remote;
  if (arrival.whole && !one_record) {
    Route parts = {};
    parts.kind = Route::Kind::remote;
    parts.chunk = arrival.chunk;
    parts.core = to;
    for (const base::Slice& slice : arrival.body) route_part(parts, arrival.source, slice);
    EndMail end{arrival.source, arrival.chunk, arrival.flag};
    post(to, ring::MailLane::data, EndMail::kind, end);
    route.kind = Route::Kind::none;
  }
  watch_mail(arrival.source, to);
}

bool Worker::mail_waits_for(base::CoreId core) const {
  return !waiting_mail_[core.value() * ring::mail_lanes + static_cast<std::size_t>(ring::MailLane::data)].records.empty();
}

// `source` has just given something for that core. When it had to wait, so does the source, wherever it is, until the lane has taken all.
void Worker::watch_mail(base::LinkName source, base::CoreId to) {
  if (!mail_waits_for(to)) return;
  const PausedForMail paused{source, to};
  if (std::find(paused_for_mail_.begin(), paused_for_mail_.end(), paused) != paused_for_mail_.end()) return;
  paused_for_mail_.push_back(paused);
  if (source.core != core_) {
    post(source.core, ring::MailLane::control, MailKind::pause, FlowMail{source.link, mail_name(core_, to)});
  } else if (Link* link = links_.live(source.link)) {
    pause(*link, mail_name(core_, to));
  }
}

// End of a turn: what waited, as far as there is room; who sleeps is woken once.
void Worker::flush_mail() {
  for (std::size_t i = 0; i < waiting_mail_.size(); ++i) {
    Waiting& waiting = waiting_mail_[i];
    if (waiting.records.empty()) continue;
    const base::CoreId to(static_cast<std::uint16_t>(i / ring::mail_lanes));
    ring::Lane& lane = office_.lane(core_, to, static_cast<ring::MailLane>(i % ring::mail_lanes));
    while (!waiting.records.empty()) {
      const std::string& record = waiting.records.front();
      const std::span<char> room = lane.reserve(record.size());
      if (room.empty()) break;
      record.copy(room.data(), record.size());
      lane.commit(record.size());
      waiting.octets -= record.size();
      waiting.records.pop_front();
      mailed_[to.value()] = true;
    }
    if (!waiting.records.empty() || i % ring::mail_lanes != static_cast<std::size_t>(ring::MailLane::data)) continue;
    std::erase_if(paused_for_mail_, [&](const PausedForMail& paused) {
      if (paused.to != to) return false;
      if (paused.source.core != core_) {
        post(paused.source.core, ring::MailLane::control, MailKind::resume, FlowMail{paused.source.link, mail_name(core_, to)});
      } else if (Link* link = links_.live(paused.source.link)) {
        resume(*link, mail_name(core_, to));
      }
      return true;
    });
  }
  for (std::size_t to = 0; to < mailed_.size(); ++to) {
    if (!mailed_[to]) continue;
    mailed_[to] = false;
    const base::CoreId core(static_cast<std::uint16_t>(to));
    if (office_.must_wake(core)) ring_.wake(core);
  }
}

void Worker::read_mail_from(base::CoreId from, ring::MailLane kind) {
  ring::Lane& lane = office_.lane(from, core_, kind);
  for (std::size_t i = 0; i < records_per_turn; ++i) {
    const std::string_view record = lane.front();
    if (record.empty()) return;
    if (from == office_.control()) {
      read_order(record);
    } else if (kind == ring::MailLane::data) {
      read_data(from, record);
    } else {
      read_control(from, record);
    }
    lane.pop();
  }
}

Route& Worker::remote_route(base::LinkName source) {
  std::vector<Route>& routes = remote_routes_[source.core.value()];
  if (source.link.slot >= routes.size()) routes.resize(source.link.slot + 1U);
  return routes[source.link.slot];
}

void Worker::read_data(base::CoreId from, std::string_view record) {
  std::string_view rest;
  switch (mail_kind(record)) {
    case MailKind::begin: {
      const BeginMail mail = read_mail<BeginMail>(record, rest);
      return on_begin(from, mail, rest);
    }
    case MailKind::part: {
      const PartMail mail = read_mail<PartMail>(record, rest);
      Route& route = remote_route(mail.source);
      if (route.chunk == mail.chunk) route_part(route, mail.source, {rest.data(), rest.size(), {}});
      return;
    }
    case MailKind::end: {
      const EndMail mail = read_mail<EndMail>(record, rest);
      Route& route = remote_route(mail.source);
      if (route.chunk != mail.chunk) return;
      if (mail.collision) return route_collision(route, mail.source, mail.family);
      return route_end(route, mail.source, mail.flag, mail.sender_lost);
    }
    case MailKind::fence: post(from, ring::MailLane::control, MailKind::fence_back, read_mail<FenceMail>(record, rest)); return;
    case MailKind::octets:
    case MailKind::pause:
    case MailKind::resume:
    case MailKind::gone:
    case MailKind::carried:
    case MailKind::stopped_message:
    case MailKind::fence_back:
    case MailKind::failure:
    case MailKind::users:
    case MailKind::tls:
    case MailKind::tickets:
    case MailKind::rules:
    case MailKind::use_rules:
    case MailKind::done:
    case MailKind::rule_hits:
    case MailKind::account:
    case MailKind::stop:
    case MailKind::resolved:
    case MailKind::ask_counters:
    case MailKind::ask_list:
    case MailKind::kick:
    case MailKind::drain:
    case MailKind::bans:
    case MailKind::list:
    case MailKind::kicked:
    case MailKind::log:
    case MailKind::resolve:
    case MailKind::counters:
    case MailKind::stopped: CHECK(false && "not data mail");
  }
}

void Worker::on_begin(base::CoreId from, const BeginMail& mail, std::string_view rest) {
  Route& route = remote_route(mail.source);
  forget_route(route);
  route.chunk = mail.chunk;
  const auto parsed = msrp::parse_head(rest.substr(0, mail.head_octets), mail.has_body, head_limits_, *mailed_head_, nullptr);
  CHECK(parsed.has_value());  // the other core has parsed the same octets under the same limits
  Arrival arrival{*mailed_head_, mail.family, mail.source, mail.chunk, mail.peer, mail.local, std::nullopt};
  if (mail.has_listener) arrival.listener = mail.listener;
  arrival.security = &mail.security;
  arrival.moved = mail.moved;
  arrival.from_trunk = mail.from_trunk;
  arrival.whole = mail.whole;
  arrival.flag = mail.flag;
  const base::Slice body{rest.data() + mail.head_octets, mail.body_octets, {}};
  if (body.size > 0) arrival.body = std::span(&body, 1);
  std::string_view behind = rest.substr(std::size_t{mail.head_octets} + mail.body_octets);
  const auto next = [&](std::size_t octets) {
    const std::string_view taken = behind.substr(0, octets);
    behind.remove_prefix(taken.size());
    return taken;
  };
  arrival.rules_version = mail.rules_version;
  const std::string_view ahead = next(mail.ahead_octets);
  if (!mail.forward && rules_of(mail.rules_version).set->needs().body) look_ahead(arrival, ahead);
  arrival.ends_ahead = mail.ends_ahead;
  arrival.edits.octets = next(mail.edits_octets);
  arrival.counts_size = mail.counts_size;
  arrival.stop_left = mail.stop_left;
  arrival.stop_code = mail.stop_code;
  arrival.stop_reason = next(mail.stop_reason_octets);
  const auto token_of = [](const auto& characters) {
    return session::Token::parse(std::string_view(characters.data(), characters.size())).value_or(session::Token());
  };
  if (mail.has_first_session) arrival.first_session = token_of(mail.first_session);
  if (mail.moved > 0) arrival.session = token_of(mail.session);
  arrival.accountable = accounts_ != nullptr && mail.moved > 0;
  if (!mail.forward) return walk(arrival, route);

  // Judged, permitted and answered by the session's owner: only to be written.
  Link* link = links_.taking(mail.target);
  NotTaken failure{msrp::status_timeout, "Next Hop Unreachable"};
  if (link != nullptr) {
    const auto not_taken = forward_here(arrival, route, *link);
    if (!not_taken && mail.close_after_response) link->close_after_response = true;
    if (!not_taken) return;
    failure = *not_taken;
  } else {
    GoneMail gone{{core_, mail.target}, mail.session};
    post(from, ring::MailLane::control, GoneMail::kind, gone);
  }
  if (arrival.head.method == msrp::Method::send && arrival.head.failure_report != msrp::FailureReport::no) {
    const ReportId report = make_report(arrival);
    fail(report, failure.code, failure.reason);
    reports_.release(report);
  }
}

void Worker::read_control(base::CoreId, std::string_view record) {
  std::string_view rest;
  switch (mail_kind(record)) {
    case MailKind::octets: {
      OctetsMail mail = read_mail<OctetsMail>(record, rest);
      return hand_over({core_, mail.link}, {rest.data(), rest.size(), {}}, mail);
    }
    case MailKind::pause: {
      const FlowMail mail = read_mail<FlowMail>(record, rest);
      if (Link* link = links_.live(mail.source)) pause(*link, mail.by);
      return;
    }
    case MailKind::resume: {
      const FlowMail mail = read_mail<FlowMail>(record, rest);
      if (Link* link = links_.live(mail.source)) resume(*link, mail.by);
      return;
    }
    case MailKind::gone: {
      const GoneMail mail = read_mail<GoneMail>(record, rest);
      const auto token = session::Token::parse(std::string_view(mail.session.data(), mail.session.size()));
      session::Session* session = token ? sessions_.find(*token, now()) : nullptr;
      if (session != nullptr) session::SessionTable::unbind(*session, mail.link);
      return;
    }
    case MailKind::carried: {
      const auto mail = read_mail<CarriedMail>(record, rest);
      const auto token = session::Token::parse(std::string_view(mail.session.data(), mail.session.size()));
      if (token) carried(*token, mail.message, mail.octets, mail.ended);
      return;
    }
    case MailKind::stopped_message: {
      const StoppedMessageMail mail = read_mail<StoppedMessageMail>(record, rest);
      if (const auto token = session::Token::parse(std::string_view(mail.session.data(), mail.session.size())))
        stop_chunks(*token, mail.message);
      return;
    }
    case MailKind::failure: {
      const FailureMail mail = read_mail<FailureMail>(record, rest);
      if (const auto token = session::Token::parse(std::string_view(mail.session.data(), mail.session.size())); token && accounts_)
        count_failure(*token, mail.code);
      return;
    }
    case MailKind::fence_back: {
      Link* link = links_.live(read_mail<FenceMail>(record, rest).link.link);
      if (link == nullptr) return;
      --link->fences;
      return mark_dirty(*link);
    }
    case MailKind::stopped: ++stopped_cores_; return;
    case MailKind::begin:
    case MailKind::part:
    case MailKind::end:
    case MailKind::fence:
    case MailKind::users:
    case MailKind::tls:
    case MailKind::tickets:
    case MailKind::rules:
    case MailKind::use_rules:
    case MailKind::done:
    case MailKind::rule_hits:
    case MailKind::account:
    case MailKind::stop:
    case MailKind::resolved:
    case MailKind::ask_counters:
    case MailKind::ask_list:
    case MailKind::kick:
    case MailKind::drain:
    case MailKind::bans:
    case MailKind::list:
    case MailKind::kicked:
    case MailKind::log:
    case MailKind::resolve:
    case MailKind::counters: CHECK(false && "not control mail between cores");
  }
}

}  // namespace relay
