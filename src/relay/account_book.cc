#include "relay/account_book.h"

#include "base/check.h"

namespace relay {

TerminationCode termination_code(const Ending& ending, bool carried_nothing) {
  TerminationCode code{'R', 'Q', 'O', '-'};
  switch (ending.why) {
    case LinkEnd::other: break;
    case LinkEnd::finished: code[0] = 'C', code[2] = 'E'; break;
    case LinkEnd::lost: code[0] = 'C', code[2] = 'L'; break;
    case LinkEnd::cut_off: code[0] = 'C', code[2] = 'C'; break;
    case LinkEnd::tls_failed: code[2] = 'F'; break;
    case LinkEnd::malformed: code[2] = 'M'; break;
    case LinkEnd::passwords: code[2] = 'P'; break;
    case LinkEnd::not_reading: code[2] = 'W'; break;
    case LinkEnd::buffers: code[2] = 'B'; break;
    case LinkEnd::rule: code[2] = 'R'; break;
    case LinkEnd::kicked: code[0] = 'O', code[2] = 'K'; break;
    case LinkEnd::shutdown: code[0] = 'O', code[2] = 'S'; break;
  }
  if (ending.expired) code[0] = 'T', code[2] = 'X';
  switch (ending.work) {
    case LinkWork::quiet: code[1] = carried_nothing ? 'N' : 'Q'; break;
    case LinkWork::receiving: code[1] = 'F'; break;
    case LinkWork::sending: code[1] = 'T'; break;
  }
  switch (ending.tls) {
    case Ending::Tls::none: break;
    case Ending::Tls::in_program: code[3] = 'U'; break;
    case Ending::Tls::in_kernel: code[3] = 'K'; break;
  }
  return code;
}

void Account::note_peer(std::string_view host) {
  for (std::size_t at = peers.find(host); at != std::string::npos; at = peers.find(host, at + 1)) {
    const bool begins = at == 0 || peers[at - 1] == ' ';
    const bool ends = at + host.size() == peers.size() || peers[at + host.size()] == ' ';
    if (begins && ends) return;
  }
  if (peers.size() + host.size() + 1 > peers_octets_max) {
    ++peers_left_out;
    return;
  }
  if (!peers.empty()) peers += ' ';
  peers += host;
}

Account* AccountBook::open(base::Instant now, session::AccountId& id) {
  std::uint32_t slot = 0;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else if (accounts_.size() < accounts_max_) {
    slot = static_cast<std::uint32_t>(accounts_.size());
    accounts_.emplace_back();
  } else {
    lost_ += 2;
    return nullptr;
  }
  Account& account = accounts_[slot];
  CHECK(!account.in_use);
  const std::uint32_t generation = account.generation + 1;
  account = Account();
  account.generation = generation;
  account.in_use = true;
  account.start_due = true;
  account.began = account.ended = now;
  list(slot);
  if (interim_ > base::Duration(0)) interims_.set(slot, now + interim_);
  id = {slot, generation};
  return &account;
}

Account* AccountBook::find(session::AccountId id) {
  if (id.slot >= accounts_.size()) return nullptr;
  Account& account = accounts_[id.slot];
  return account.in_use && !account.stop_due && account.generation == id.generation ? &account : nullptr;
}

void AccountBook::end(session::AccountId id, base::Instant now, const Ending& ending) {
  Account* account = find(id);
  if (account == nullptr) return;
  const AccountNumbers& numbers = account->numbers;
  const bool nothing = numbers.from_client.chunks + numbers.to_client.chunks + numbers.from_client.reports + numbers.to_client.reports == 0;
  account->termination = termination_code(ending, nothing);
  account->ended = now;
  account->stop_due = true;
  interims_.clear(id.slot);
  list(id.slot);
}

void AccountBook::end_all(base::Instant now, const Ending& ending) {
  for (std::size_t slot = 0; slot < accounts_.size(); ++slot)
    end({static_cast<std::uint32_t>(slot), accounts_[slot].generation}, now, ending);
}

void AccountBook::expire(base::Instant now) {
  while (const auto slot = interims_.expire(now)) {
    Account& account = accounts_[*slot];
    account.interim_due = true;
    account.ended = now;
    list(*slot);
    interims_.set(*slot, now + interim_);
  }
}

void AccountBook::list(std::uint32_t slot) {
  if (accounts_[slot].listed) return;
  accounts_[slot].listed = true;
  due_.push_back(slot);
}

void AccountBook::told(std::uint32_t slot) {
  Account& account = accounts_[slot];
  account.listed = false;
  if (!account.stop_due) return;
  account.stop_due = false;
  account.in_use = false;
  free_.push_back(slot);
}

}  // namespace relay
