// Accounting: what each session carries, counted where it is permitted and goes on, and told to the control thread. Nothing of it is there
// when it is off; when it is on, a frame costs a few additions.
#include "msrp/status.h"
#include "relay/worker.h"

namespace relay {
namespace {

Ending::Tls tls_of(const Link& link) {
  if (link.in_kernel) return Ending::Tls::in_kernel;
  return link.security->transport == transport::Kind::tls ? Ending::Tls::in_program : Ending::Tls::none;
}

}  // namespace

void Worker::open_account(session::Session& session, const Link& link) {
  if (!accounts_) return;
  Account* account = accounts_->open(now(), session.account);
  if (account == nullptr) {
    counters_.accounting_lost += 2;
    return;
  }
  account->session = session.token;
  account->client = link.peer;
  account->listener = *link.listener;
  account->tls_version = link.security->version;
  account->tls_suite = link.security->suite;
  account->user = session.user;
}

// `link`: of the client, nullptr when it has gone. `why`: when it is not the link that ends.
void Worker::close_account(session::AccountId id, const Link* link, bool expired, LinkEnd why) {
  if (!accounts_) return;
  Ending ending;
  ending.expired = expired;
  ending.why = why;
  if (link != nullptr) {
    const bool link_stays = expired || why != LinkEnd::other;
    if (!link_stays) ending.why = link->end;
    ending.work = link_stays ? work_of(*link) : link->work_at_end;
    ending.tls = tls_of(*link);
  }
  accounts_->end(id, now(), ending);
}

LinkWork Worker::work_of(const Link& link) {
  if (link.route.kind != Route::Kind::none) return LinkWork::receiving;
  // A send that is not blocked is as good as done.
  const std::size_t in_flight = link.send_in_flight ? link.in_flight_octets : 0;
  return link.blocked || link.outbox.octets() > in_flight ? LinkWork::sending : LinkWork::quiet;
}

// The first reason counts: what follows comes of it.
void Worker::ends(Link& link, LinkEnd why) {
  if (link.end != LinkEnd::other || link.state == LinkState::closing) return;
  link.end = why;
  link.work_at_end = work_of(link);
}

// A session has permitted a request; that is counted when it goes on (carry_on).
void Worker::note_account(Arrival& arrival, const session::Session& session, session::Direction direction) {
  if (!accounts_) return;
  arrival.accountable = true;
  const bool from = direction == session::Direction::from_client;
  (from ? arrival.accounts.from_client : arrival.accounts.to_client) = session.account;
  Account* account = accounts_->find(session.account);
  if (account == nullptr) return;
  const msrp::Path& path = from ? arrival.head.to_path : arrival.head.from_path;
  if (const auto peer = msrp::parse_uri(path.last().octets())) account->note_peer(peer->host);
}

// It has gone on: to a link, or to the core of the next session.
void Worker::carry_on(const Arrival& arrival, Route& route) {
  if (!accounts_) return;
  const AccountsOfChunk& accounts = arrival.accounts;
  if (accounts.from_client.is_none() && accounts.to_client.is_none()) return;
  if (arrival.head.method == msrp::Method::report) {
    if (Account* account = accounts_->find(accounts.from_client)) ++account->numbers.from_client.reports;
    if (Account* account = accounts_->find(accounts.to_client)) ++account->numbers.to_client.reports;
    return;
  }
  if (arrival.head.method != msrp::Method::send) return;
  if (arrival.whole) {
    std::uint64_t octets = 0;
    for (const base::Slice& slice : arrival.body) octets += slice.size;
    return count_carried(accounts, {arrival.flag == msrp::ContinuationFlag::end ? 1U : 0U, 1, octets, 0});
  }
  count_carried(accounts, {0, 1, 0, 0});
  if (!route.accounts) route.accounts = std::make_unique<AccountsOfChunk>();
  *route.accounts = accounts;
}

// In the counters and in the accounts alike: their sums are the same.
void Worker::count_carried(const AccountsOfChunk& accounts, const AccountTraffic& more) {
  const auto add = [&](AccountTraffic& to) {
    to.messages += more.messages;
    to.chunks += more.chunks;
    to.octets += more.octets;
  };
  if (Account* account = accounts_->find(accounts.from_client)) {
    add(account->numbers.from_client);
    counters_.client_messages_in += more.messages;
    counters_.client_chunks_in += more.chunks;
    counters_.client_octets_in += more.octets;
  }
  if (Account* account = accounts_->find(accounts.to_client)) {
    add(account->numbers.to_client);
    counters_.client_messages_out += more.messages;
    counters_.client_chunks_out += more.chunks;
    counters_.client_octets_out += more.octets;
  }
}

// The same for a frame that is known by sight and has gone on whole.
void Worker::carry_on(const KnownSend& known, const BodyInHand& body) {
  if (!accounts_) return;
  AccountsOfChunk accounts;
  for (std::size_t i = 0; i < known.trail.count; ++i) {
    const KnownHop& hop = known.trail.hops[i];
    const bool from = hop.permit->direction() == session::Direction::from_client;
    (from ? accounts.from_client : accounts.to_client) = hop.found.session->account;
  }
  count_carried(accounts, {body.flag == msrp::ContinuationFlag::end ? 1U : 0U, 1, body.octets, 0});
}

// A request is not carried, or not to its end: that belongs to the session that its sender has asked.
void Worker::count_failure(std::string_view first_to, std::uint16_t code) {
  if (!accounts_) return;
  const auto uri = msrp::parse_uri(first_to);
  const auto token = uri && uri->session ? session::Token::parse(*uri->session) : std::nullopt;
  if (token) count_failure(*token, code);
}

void Worker::count_failure(const session::Token& token, std::uint16_t code) {
  const base::CoreId owner = settings_.core_of(token.shard());
  if (owner != core_) {
    FailureMail mail;
    mail.session = token.text().characters;
    mail.code = code;
    return post(owner, ring::MailLane::control, FailureMail::kind, mail);
  }
  const session::Session* session = sessions_.find(token, now());
  Account* account = session != nullptr ? accounts_->find(session->account) : nullptr;
  if (account != nullptr) account->numbers.add_failure(code);
}

void Worker::tell_accounts() {
  if (!accounts_) return;
  accounts_->expire(now());
  accounts_->tell([this](const Account& account, AccountEvent event) { return tell_account(account, event); });
}

// False: the lane is full. It is tried again in the next turn.
bool Worker::tell_account(const Account& account, AccountEvent event) {
  AccountMail mail;
  mail.core = core_;
  mail.lost = accounts_->lost();
  mail.event = event;
  mail.session = account.session.text().characters;
  mail.began = account.began;
  mail.at = event == AccountEvent::start ? account.began : account.ended;
  mail.client = account.client;
  mail.listener = account.listener;
  mail.tls_version = account.tls_version;
  mail.tls_suite = account.tls_suite;
  mail.peers_left_out = account.peers_left_out;
  mail.user_octets = static_cast<std::uint32_t>(account.user.size());
  if (event != AccountEvent::start) mail.numbers = account.numbers;
  if (event == AccountEvent::stop) mail.termination = account.termination;
  const std::string_view peers = event == AccountEvent::start ? std::string_view() : account.peers;
  ring::Lane& lane = office_.lane(core_, office_.control(), ring::MailLane::data);
  const std::size_t size = mail_size<AccountMail>(account.user.size() + peers.size());
  const std::span<char> room = lane.reserve(size);
  if (room.empty()) return false;
  char* place = write_mail(room.data(), AccountMail::kind, mail);
  place += account.user.copy(place, account.user.size());
  peers.copy(place, peers.size());
  lane.commit(size);
  mailed_[office_.control().value()] = true;
  return true;
}

}  // namespace relay
