#include "blaster/engine.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "blaster/failures.h"
#include "blaster/paths.h"

namespace blaster {
namespace {

constexpr std::uint32_t setting_up_max = 64;  // links of one thread that connect or AUTH at once
constexpr std::size_t pool_bytes = 256U * 1024 * 1024;
constexpr std::uint32_t none = UINT32_MAX;
constexpr int slow_buffer = 16 * 1024;

// Of `all` things that the pairs of a run share, those of these pairs.
std::uint32_t share_of(std::uint64_t all, std::uint32_t pairs_in_all, std::uint32_t first, std::uint32_t pairs) {
  return static_cast<std::uint32_t>(all * (first + pairs) / pairs_in_all - all * first / pairs_in_all);
}

const Account* account_of(const Party& party) { return party.account ? &*party.account : nullptr; }

}  // namespace

Engine::Pair::Pair(const Scenario& scenario, std::uint32_t number, Tally& tally, base::BufferPool& pool, base::Entropy& entropy)
    : ledger(scenario.window, tally, scenario.is_slow_reader(number) ? tally.slow_latency : tally.latency),
      sender(number, scenario.sending, scenario.content, ledger, entropy),
      receiver(number, scenario.content, ledger),
      a(account_of(scenario.sender), &sender, nullptr, tally, pool, entropy),
      b(account_of(scenario.receiver), nullptr, &receiver, tally, pool, entropy) {}

Engine::Engine(const Scenario& scenario, ring::Ring& ring, base::Entropy& entropy, const Control& control, Progress& progress,
               std::uint32_t first_pair, std::uint32_t pairs, ring::Socket listener)
    : scenario_(scenario),
      ring_(ring),
      entropy_(entropy),
      control_(control),
      progress_(progress),
      first_pair_(first_pair),
      idle_sessions_(share_of(scenario.background.idle_sessions, scenario.pairs, first_pair, pairs)),
      listener_(listener),
      pool_(pool_bytes),
      links_(2 * static_cast<std::size_t>(pairs)),
      completions_(4096),
      pieces_(ring::Ring::send_pieces_max) {
  for (std::uint32_t i = 0; i < pairs; ++i) {
    pairs_.emplace_back(scenario, first_pair + i, tally_, pool_, entropy);
    links_[2 * i].pair = links_[2 * i + 1].pair = i;
    links_[2 * i].is_sender = true;
    links_[2 * i + 1].is_slow = scenario.is_slow_reader(first_pair + i);
    pairs_.back().b_link = scenario.listen ? none : 2 * i + 1;
    if (scenario.listen)
      pairs_.back().b.start(mint_client_uri("msrp", scenario.listen->to_string(), receiver_prefix(first_pair + i), entropy));
  }
  const auto stream = [&](Stream& to, double per_second) {
    if (per_second > 0) to.schedule.emplace(per_second * pairs / scenario.pairs);
  };
  stream(sessions_, scenario.background.session_churn);
  stream(churned_links_, scenario.background.link_churn);
  if (idle_sessions_ > 0) stream(auths_, scenario.background.auth_rate);
  if (scenario.sender.tls || scenario.receiver.tls) {
    auto made = scenario.tls.make();
    if (made) {
      tls_client_ = *std::move(made);
    } else {
      fail(made.error());
    }
  }
  if (scenario.content.is_file() && first_pair == 0 && pairs > 0) {
    pairs_.front().sender.watch(&sent_);
    pairs_.front().receiver.watch(&received_);
  }
}

Engine::~Engine() = default;

std::vector<ring::Socket> Engine::sockets() const {
  std::vector<ring::Socket> all;
  for (const Link& link : links_)
    if (!link.socket.is_none()) all.push_back(link.socket);
  return all;
}

void Engine::run() {
  if (!listener_.is_none()) ring_.accept({ring::Op::accept, 0, 0}, listener_);
  while (!leave_) turn();
  for (Pair& pair : pairs_) pair.ledger.close();
  publish();
  progress_.finished.store(true, std::memory_order_release);
}

void Engine::turn() {
  reap();
  for (std::size_t i = 0; i < completed_; ++i) {
    handle(completions_[i]);
    completions_[i].octets = {};
  }
  follow_phase();
  dial_more();
  if (phase_ == Phase::send) {
    begin_pairs();
    mark_due();
    churn();
  }
  read_slowly();
  more_to_send_ = false;
  flushing_.swap(dirty_);
  for (const std::uint32_t pair : flushing_) flush(pair);
  flushing_.clear();
  publish();
  if (!leave_) ring_.submit_and_wait(next_event(), !more_to_send_);
}

// All completions that are there. Sends first: what arrives writes into outboxes that the kernel must have let go of.
void Engine::reap() {
  completed_ = 0;
  while (true) {
    const std::size_t count = ring_.reap({completions_.data() + completed_, completions_.size() - completed_});
    for (std::size_t i = completed_; i < completed_ + count; ++i) {
      const ring::Completion& completion = completions_[i];
      if (completion.token.op == ring::Op::send) on_sent(completion.token.slot, completion.result);
    }
    completed_ += count;
    if (completed_ == completions_.size())
      completions_.resize(2 * completions_.size());
    else if (sends_in_flight_ == 0)
      return;
    else
      ring_.submit_and_wait(ring_.now(), false);
  }
}

void Engine::handle(ring::Completion& completion) {
  const std::uint32_t index = completion.token.slot;
  if (completion.token.op != ring::Op::accept && index < links_.size() && completion.token.generation != links_[index].generation) return;
  switch (completion.token.op) {
    case ring::Op::accept: return on_accept(completion);
    case ring::Op::connect: return on_connect(index, completion.result);
    case ring::Op::recv: return on_recv(index, completion);
    case ring::Op::poll_out:
      links_[index].blocked = false;
      if (completion.result < 0) return lose(index, completion.result);
      return touch(index);
    case ring::Op::send:
    case ring::Op::none:
    case ring::Op::cancel:
    case ring::Op::close:
    case ring::Op::wake: return;
  }
}

void Engine::on_accept(const ring::Completion& completion) {
  if (!completion.more) ring_.accept({ring::Op::accept, 0, 0}, listener_);
  if (completion.result < 0)
    return fail(fmt::format("accepting at {}: {}", scenario_.listen->to_string(), std::strerror(-completion.result)));
  const auto index = static_cast<std::uint32_t>(links_.size());
  links_.push_back({.socket = {completion.result}, .connected = true, .tls = {}});
  arm(index);
}

// An accepted link tells by its first frame which pair it belongs to.
void Engine::adopt(std::uint32_t index, std::string_view first_octets) {
  const auto number = pair_of_first_frame(first_octets);
  if (!number || *number < first_pair_ || *number - first_pair_ >= pairs_.size() || pairs_[*number - first_pair_].b_link != none) {
    tally_.count(Fault::misaddressed);
    links_[index].lost = true;
    return;
  }
  links_[index].pair = *number - first_pair_;
  pairs_[links_[index].pair].b_link = index;
}

void Engine::on_connect(std::uint32_t index, std::int32_t result) {
  Link& link = links_[index];
  if (result < 0) {
    const std::string reason = explain_connect(party_of(link).relay, -result);
    return link.visitor == none ? fail(reason) : give_up_visit(index, reason);
  }
  if (link.visitor != none && visitors_[link.visitor].use == Visitor::Use::link) {
    tally_.links.record(static_cast<std::uint64_t>((ring_.now() - visitors_[link.visitor].due).count()));
    return end_visit(index);
  }
  if (party_of(link).tls) return begin_tls(index);
  arm(index);
  on_open(index);
}

void Engine::on_open(std::uint32_t index) {
  Link& link = links_[index];
  const Party& party = party_of(link);
  const base::Endpoint& to = party.relay;
  link.connected = true;
  const auto local = ring_.local_of(link.socket);
  if (!local) return fail(explain_connect(to, -local.error().negative_errno));
  Client& client = client_of(link);
  client.start(mint_client_uri(party.tls ? "msrps" : "msrp", local->to_string(), "", entropy_));
  if (link.visitor == none) client_changed(link.pair, client, to);
  touch(index);
}

Client& Engine::client_of(const Link& link) {
  if (link.visitor != none) return *visitors_[link.visitor].client;
  return link.is_sender ? pairs_[link.pair].a : pairs_[link.pair].b;
}

// Slow readers and visitors take what comes one by one.
void Engine::arm(std::uint32_t index) {
  const Link& link = links_[index];
  if (link.is_slow || link.visitor != none)
    ring_.recv_once(token(ring::Op::recv, index), link.socket);
  else
    ring_.recv(token(ring::Op::recv, index), link.socket);
}

// Something of a link is to be sent.
void Engine::touch(std::uint32_t index) {
  if (links_[index].visitor != none) return flush_link(index, client_of(links_[index]));
  mark(links_[index].pair);
}

void Engine::on_recv(std::uint32_t index, ring::Completion& completion) {
  if (links_[index].lost) return;
  if (completion.result == 0 || (completion.result < 0 && completion.result != -ENOBUFS)) return lose(index, completion.result);
  if (links_[index].is_slow && phase_ != Phase::set_up)
    slow_reads_.push_back({index, ring_.now() + slow_step});
  else if (!completion.more)
    arm(index);
  if (completion.result < 0) return;
  if (links_[index].tls) return on_ciphertext(index, completion.octets.view());
  if (links_[index].pair == none && links_[index].visitor == none) adopt(index, completion.octets.view());
  if (!links_[index].lost) on_octets(index, std::move(completion.octets));
}

// False: nobody wants more of them.
bool Engine::on_octets(std::uint32_t index, base::Slice octets) {
  const Link& link = links_[index];
  if (link.visitor != none) {
    client_of(link).receive(std::move(octets), ring_.now());
    visitor_changed(index);
    return links_[index].visitor != none && !links_[index].lost;
  }
  Pair& pair = pairs_[link.pair];
  if (pair.dead) return false;
  Client& client = link.is_sender ? pair.a : pair.b;
  const ClientState before = client.state();
  client.receive(std::move(octets), ring_.now());
  if (client.state() != before) client_changed(link.pair, client, party_of(link).relay);
  if (client.state() == ClientState::broken) lose(index, 0);
  mark(link.pair);
  return !link.lost;
}

void Engine::client_changed(std::uint32_t pair_index, Client& client, const base::Endpoint& relay) {
  Pair& pair = pairs_[pair_index];
  switch (client.state()) {
    case ClientState::connecting:
    case ClientState::authenticating: return;
    case ClientState::refused: return fail(explain_auth(relay, client.exchange()));
    case ClientState::broken:
      if (phase_ == Phase::set_up) return fail(fmt::format("{} answered with something that is no MSRP", relay.to_string()));
      return;
    case ClientState::ready: break;
  }
  --setting_up_;
  const std::uint64_t granted = client.exchange().expires_s();
  if (granted > 0 && (progress_.granted_s == 0 || granted < progress_.granted_s)) progress_.granted_s = granted;
  if (pair.a.state() == ClientState::ready && pair.b.state() == ClientState::ready && !pair.prepared) prepare(pair_index);
}

void Engine::prepare(std::uint32_t pair_index) {
  Pair& pair = pairs_[pair_index];
  const std::string to_path = sending_path(pair.a.use_path(), pair.b.use_path(), pair.b.uri());
  pair.sender.prepare(to_path, pair.a.uri());
  pair.receiver.prepare(pair.b.uri(), arriving_path(to_path, pair.a.uri()));
  pair.prepared = true;
  ++pairs_ready_;
}

void Engine::lose(std::uint32_t index, std::int32_t negative_errno) {
  Link& link = links_[index];
  if (link.lost) return;
  if (link.visitor != none) return give_up_visit(index, explain_loss(party_of(link).relay, -negative_errno));
  link.lost = true;
  if (phase_ == Phase::set_up) return fail(explain_loss(party_of(link).relay, -negative_errno));
  tally_.count(Fault::link_lost);
  if (link.pair == none || pairs_[link.pair].dead) return;
  Pair& pair = pairs_[link.pair];
  pair.dead = true;
  ++pairs_dead_;
  const std::uint64_t never_begun = pair.sender.abandon();
  if (scenario_.messages) quota_ -= never_begun;
  pair.ledger.close();
}

void Engine::fail(std::string text) {
  if (leave_) return;
  leave_ = true;
  progress_.failure = std::move(text);
  progress_.failed.store(true, std::memory_order_release);
}

// Links are dialled in order, a bounded number at once: a relay's accept queue is short.
void Engine::dial_more() {
  const auto wanted = static_cast<std::uint32_t>(2 * pairs_.size());
  while (dialled_ < wanted && setting_up_ < setting_up_max && !leave_) {
    const std::uint32_t index = dialled_++;
    if (scenario_.listen && index % 2 == 1) continue;
    if (!dial(index)) return;
    ++setting_up_;
  }
  for (; dialled_ == wanted && idle_dialled_ < idle_sessions_ && setting_up_ < setting_up_max && !leave_; ++idle_dialled_) {
    ++setting_up_;
    visit(Visitor::Use::idle, ring_.now());
  }
}

bool Engine::dial(std::uint32_t index) {
  Link& link = links_[index];
  const base::Endpoint& to = party_of(link).relay;
  std::optional<base::Endpoint> local;
  if (!scenario_.sources.empty()) local = base::Endpoint{.address = scenario_.sources[index % scenario_.sources.size()], .port = 0};
  const auto socket = ring_.open_socket(to, local);
  if (!socket) {
    fail(explain_connect(to, -socket.error().negative_errno));
    return false;
  }
  link.socket = *socket;
  if (link.is_slow) {
    // What the kernel would take in its stead is no slow reader's.
    const int octets = slow_buffer;
    setsockopt(link.socket.descriptor, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
  }
  ring_.connect(token(ring::Op::connect, index), link.socket, to);
  return true;
}

void Engine::mark(std::uint32_t pair_index) {
  if (pair_index == none || pairs_[pair_index].dirty) return;
  pairs_[pair_index].dirty = true;
  dirty_.push_back(pair_index);
}

void Engine::flush(std::uint32_t pair_index) {
  Pair& pair = pairs_[pair_index];
  pair.dirty = false;
  if (pair.dead) return;
  const std::uint32_t a_link = 2 * pair_index;
  if (pair.begun && pair.prepared && links_[a_link].connected && !links_[a_link].blocked && pair.a.outbox().empty())
    pair.sender.fill(pair.a.outbox(), ring_.now());
  flush_link(a_link, pair.a);
  if (pair.b_link != none) flush_link(pair.b_link, pair.b);
}

void Engine::flush_link(std::uint32_t index, Client& client) {
  Link& link = links_[index];
  if (link.tls) return flush_sealed(index, client);
  if (!link.connected || link.sending || link.blocked || link.lost || client.outbox().empty()) return;
  const std::size_t count = client.outbox().pieces(pieces_);
  ring_.send(token(ring::Op::send, index), link.socket, {pieces_.data(), count});
  link.sending = true;
  ++sends_in_flight_;
  if (link.is_sender && pairs_[link.pair].sender.has_more()) more_to_send_ = true;
}

void Engine::on_sent(std::uint32_t index, std::int32_t result) {
  Link& link = links_[index];
  link.sending = false;
  --sends_in_flight_;
  if (result < 0 && result != -EAGAIN) return lose(index, result);
  Client& client = client_of(link);
  const std::size_t octets = result > 0 ? static_cast<std::size_t>(result) : 0;
  bool full = false;  // the socket
  if (link.tls) {
    link.tls->sent += octets;
    full = link.tls->sent < link.tls->sending.size();
  } else {
    client.outbox().sent(octets);
    full = !client.outbox().empty();
  }
  if (full) {
    link.blocked = true;
    ring_.poll_out(token(ring::Op::poll_out, index), link.socket);
  } else if (link.visitor != none && visitors_[link.visitor].is_leaving) {
    end_visit(index);
  } else if (!client.outbox().empty() || (link.is_sender && pairs_[link.pair].sender.has_more())) {
    touch(index);
  }
}

}  // namespace blaster
