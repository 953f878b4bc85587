// The short way for frames that come again (known_frames.h). It does what the long way would do, octet for octet, or nothing: then the
// frame goes the long way.
#include <algorithm>
#include <cstring>

#include "msrp/status.h"
#include "msrp/writer.h"
#include "relay/worker.h"

namespace relay {
namespace {

std::uint64_t seed_of(base::LinkId link, std::uint64_t seed) {
  return seed ^ ((std::uint64_t{link.generation} << 32U | link.slot) * 0xD6E8'FEB8'6659'FD93U);
}

// Without the calls that operator== makes.
bool same_octets(std::string_view a, std::string_view b) { return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0; }

// Under exactly this spelling: another one is found by the long way.
bool is_bound(const session::Session& session, std::string_view uri, base::LinkName link) {
  return std::any_of(session.peers.begin(), session.peers.end(),
                     [&](const session::PeerBinding& binding) { return binding.link == link && same_octets(binding.uri, uri); });
}

}  // namespace

// The next frame of the link, if it is known by sight. False: nothing has happened.
bool Worker::take_known(Link& link) {
  frame_key_ = 0;
  const std::string_view input = link.framer.upcoming();
  if (!settings_.short_way || input.size() < msrp::RepeatedHead::key_octets) return false;
  if (take_known_response(link, input)) return true;
  const std::string_view tid = msrp::RepeatedHead::transaction_id_of(input);
  if (tid.empty() || !msrp::RepeatedHead::has_key(input, tid)) return false;
  msrp::HeadFields fields;
  const auto is_it = [&](const KnownSend* known) {
    return known != nullptr && known->source == link.id && known->rules_version == rules_.version &&
           known->head.matches(input, tid, head_limits_, fields);
  };
  KnownSend* known = link.last_send;
  if (!is_it(known)) {
    frame_key_ = msrp::RepeatedHead::key_of(input, tid, seed_of(link.id, key_seed_));
    known = known_sends_.find(frame_key_);
    if (!is_it(known)) return false;
    link.last_send = known;
  }
  known->used = true;
  take_known_send(link, *known, input, fields);
  return true;
}

// Most responses are to SENDs, and their ids are ours: nobody needs to look whether they are ids.
bool Worker::take_known_response(Link& link, std::string_view input) {
  constexpr std::string_view begin = "MSRP ";
  static_assert(msrp::RepeatedHead::key_octets > begin.size() + msrp::MintedTid::size + 2);
  const std::string_view tid(input.data() + begin.size(), msrp::MintedTid::size);
  const char* behind = tid.data() + tid.size();
  if (behind[0] != ' ' || behind[1] < '0' || behind[1] > '9') return false;
  if (std::memcmp(input.data(), begin.data(), begin.size()) != 0 || !msrp::RepeatedHead::has_key(input, tid)) return false;
  Transaction* transaction = link.transactions.find(tid);
  if (transaction == nullptr || !transaction->is_send) return false;
  msrp::HeadFields fields;
  const auto is_it = [&](const KnownResponse* known) {
    return known != nullptr && known->source == link.id && known->head.matches(input, tid, head_limits_, fields);
  };
  KnownResponse* known = link.last_response;
  if (!is_it(known)) {
    frame_key_ = msrp::RepeatedHead::key_of(input, tid, seed_of(link.id, key_seed_));
    known = known_responses_.find(frame_key_);
    if (!is_it(known)) return false;
    link.last_response = known;
  }
  known->used = true;
  ++link.chunk;
  ++counters_.frames_in;
  ++counters_.frames_known;
  ++counters_.responses_in;
  link.framer.pass_frame(fields.size);
  send_answered(link, *transaction, known->code, {});
  return true;
}

void Worker::take_known_send(Link& link, KnownSend& known, std::string_view input, const msrp::HeadFields& fields) {
  ++link.chunk;
  ++counters_.frames_in;
  link.framer.pass_head(fields.size, fields.transaction_id);
  link.route.kind = Route::Kind::none;
  link.route.chunk = link.chunk;
  BodyInHand body{.family = msrp::TidFamily::mint(entropy_)};
  if (auto whole = link.framer.whole_body()) {
    body.whole = true;
    body.flag = whole->flag;
    body.octets = whole->octets.size;
    body_in_hand_.clear();
    if (body.octets > 0) body_in_hand_.push_back(std::move(whole->octets));
  } else {
    link.framer.set_guard(body.family);
    if (!gather_body(link, body)) return;
  }
  const ShortWay way = body.whole ? forward_known(link, known, fields, body) : ShortWay::not_now;
  if (way == ShortWay::gone) {
    ++counters_.frames_known;
    body_in_hand_.clear();
    return;
  }
  // To be learnt anew, unless what is known stays right.
  frame_key_ = way == ShortWay::stale ? msrp::RepeatedHead::key_of(input, fields.transaction_id, seed_of(link.id, key_seed_)) : 0;
  const bool parsed = msrp::parse_head(input.substr(0, fields.size - 2), true, head_limits_, *mailed_head_, nullptr).has_value();
  CHECK(parsed);
  Arrival arrival{*mailed_head_, body.family, name_of(link), link.chunk, link.peer, link.local, link.listener, &*link.security};
  arrival.whole = body.whole;
  arrival.flag = body.flag;
  route_body(link, arrival);
}

// Is it permitted as before, and would the rules say the same? The last session it passes, in `session`.
Worker::ShortWay Worker::pass_known_hops(const Link& link, KnownSend& known, const msrp::HeadFields& fields, const BodyInHand& body,
                                         session::Session*& session) {
  const base::Instant time = now();
  const std::uint64_t size = fields.byte_range ? fields.byte_range->total.value_or(0) : 0;
  const std::size_t size_step = rules_.set->size_step(size);
  for (std::size_t i = 0; i < known.trail.count; ++i) {
    KnownHop& hop = known.trail.hops[i];
    session = sessions_.find(hop.session, time, hop.found);
    const auto permit = session::authorise_again(*hop.permit, session, i == 0 ? std::optional(link.id) : std::nullopt);
    if (!permit || size_step != hop.size_step) return ShortWay::stale;
    const bool to_client = permit->direction() == session::Direction::to_client;
    if (i == 0 && to_client && session->link != link.id && !is_bound(*session, known.first_from, name_of(link))) return ShortWay::stale;
    if (session::SessionTable::is_stopped(*session, fields.message_id)) return ShortWay::not_now;
    if (rules_.set->has_size_thresholds() && (!session->carried.empty() || body.octets > size || body.flag == msrp::ContinuationFlag::more))
      return ShortWay::not_now;
  }
  return ShortWay::gone;
}

// The link that it goes by now, as before; nullptr: the long way must find one.
Link* Worker::known_target(const KnownSend& known, const session::Session& session) {
  Link* target = links_.taking(known.target);
  if (target == nullptr) return nullptr;
  const bool to_client = known.trail.hops[known.trail.count - 1].permit->direction() == session::Direction::to_client;
  const bool same = to_client ? session.link == target->id : is_bound(session, known.next_uri, name_of(*target));
  return same ? target : nullptr;
}

Worker::ShortWay Worker::forward_known(Link& link, KnownSend& known, const msrp::HeadFields& fields, const BodyInHand& body) {
  session::Session* session = nullptr;
  if (const ShortWay way = pass_known_hops(link, known, fields, body, session); way != ShortWay::gone) return way;
  Link* target = known_target(known, *session);
  if (target == nullptr) return ShortWay::stale;
  // Messages that may go by a link of their own (own_link.cc).
  const bool large = fields.byte_range && is_of_large_message(*fields.byte_range);
  const bool in_chunks = body.flag == msrp::ContinuationFlag::more || !session->begun_on_shared.empty();
  if (known.next_is_relay && fields.byte_range && (large || in_chunks || fields.byte_range->start.value() > 1)) return ShortWay::not_now;
  const bool connected = target->state == LinkState::open || target->fallback().is_none();
  if (!connected || target->transactions.live() >= settings_.limits.transactions_per_link) return ShortWay::not_now;

  const KnownHop& last = known.trail.hops[known.trail.count - 1];
  ReportId report = no_report;
  if (known.failure_report != msrp::FailureReport::no) {
    report = reports_.make(ReportRecords::share(known.paths));
    ReportRecord& record = reports_[report];
    record.source = name_of(link);
    record.message_id.assign(fields.message_id);
    record.session = last.session;
    record.failure_report = known.failure_report;
    record.range = fields.byte_range.value_or(msrp::ByteRange());
    record.octets = body.octets;
  }
  const bool put = target->outbox.put_ready(outbox_context(), target->transactions, known.ready.with(fields.message_id, fields.byte_range),
                                            known.failure_report, body.family, body_in_hand_, body.flag, report);
  if (!put) {
    reports_.release(report);
    return ShortWay::not_now;
  }
  carry_on(known, body);

  target->last_used = now();
  ++counters_.requests_relayed;
  for (std::size_t i = 0; i < known.trail.count; ++i) rules_.state->count_again(known.trail.hops[i].rule);
  list_clock(*target);
  mark_dirty(*target);
  const bool from_trunk = known.from_relay && note_session(link, known.trail.hops[0].session, large);
  if (may_be_too_much(*target)) watch_source(*target, name_of(link), from_trunk, nullptr);
  if (link.state == LinkState::closing) return ShortWay::gone;
  success(link);
  if (known.failure_report == msrp::FailureReport::yes) accept_known(link, known.response.with(fields.transaction_id));
  return ShortWay::gone;
}

void Worker::accept_known(Link& link, std::string_view response) {
  const std::span<char> room = reply_scratch_.reserve(response.size());
  if (room.empty()) return;
  std::memcpy(room.data(), response.data(), response.size());
  counters_.responses_out.add(msrp::status_ok);
  link.outbox.put_control(reply_scratch_, response.size());
  note_control(link, 1);
}

// A whole SEND has gone on by `target`: what came of it, for the next one like it.
void Worker::remember_send(const Arrival& arrival, const Link& target, std::string_view headers, std::size_t before) {
  const msrp::Head& head = arrival.head;
  const bool usual = frame_key_ != 0 && arrival.source.core == core_ && arrival.whole && head.method == msrp::Method::send &&
                     head.has_body && arrival.options == nullptr && arrival.edits.empty() && trail_.steady && trail_.count == arrival.moved;
  if (!usual) return;
  KnownSend* known = known_sends_.place_for(frame_key_);
  if (known == nullptr || !known->head.learn(head)) return;
  known->source = arrival.source.link;
  known->rules_version = arrival.rules_version;
  known->trail = trail_;
  known->target = target.id;
  known->next_is_relay = arrival.moved + 1U < head.to_path.count;
  known->from_relay = head.from_path.count > 1;
  known->failure_report = head.failure_report;
  const auto kept = [&](std::string_view part) { return known->head.octets().substr(known->head.place_of(head, part), part.size()); };
  known->next_uri = kept(head.to_path.uris[trail_.count].octets());
  known->first_from = kept(head.from_path.first().octets());
  const std::string_view own_uri = head.to_path.first().octets();
  if (known->paths != nullptr) reports_.release(known->paths);
  known->paths = reports_.make_paths(head.from_path.value, own_uri);
  // Its line begins behind a CRLF, and there is one line of that name.
  const std::string_view id = *head.message_id;
  const auto line = std::find_if(head.all_lines().begin(), head.all_lines().end(),
                                 [&](const msrp::HeaderLine& candidate) { return candidate.value.data() == id.data(); });
  const std::string_view name(line->line.data() - 2, static_cast<std::size_t>(id.data() - line->line.data()) + 2);
  known->ready.compose(headers, before, headers.substr(headers.find(name) + name.size(), id.size()), head.byte_range);
  known->response.compose(known->first_from, own_uri);
}

// A success for a SEND.
void Worker::remember_response(const Link& link, const msrp::Head& head) {
  if (frame_key_ == 0) return;
  KnownResponse* known = known_responses_.place_for(frame_key_);
  if (known == nullptr || !known->head.learn(head)) return;
  known->source = link.id;
  known->code = head.status_code;
}

}  // namespace relay
