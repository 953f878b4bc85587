#pragma once
// The accounts of one core's sessions, and which of them are to be told to the control thread. An account stays until its last record has
// been told: a control thread that is slow for a while loses nothing. Pure.
#include <cstdint>
#include <deque>
#include <vector>

#include "base/fifo_deadlines.h"
#include "relay/account.h"

namespace relay {

enum class AccountEvent : std::uint8_t { start, interim, stop };

class AccountBook {
 public:
  // `interim`: 0 is never.
  AccountBook(std::size_t accounts_max, base::Duration interim) : accounts_max_(accounts_max), interim_(interim) {}

  // A new one, its start to be told; nullptr: there are as many as may be, and its two records are counted as lost.
  Account* open(base::Instant now, session::AccountId& id);
  Account* find(session::AccountId id);
  // Its stop is to be told.
  void end(session::AccountId id, base::Instant now, const Ending& ending);
  void end_all(base::Instant now, const Ending& ending);
  // Accounts whose time has come again are to be told.
  void expire(base::Instant now);
  base::Instant next() const { return interims_.next(); }

  bool has_due() const { return !due_.empty(); }
  // tell(account, event) until all is told or it says false: no room.
  template <class Tell>
  void tell(Tell tell) {
    while (!due_.empty()) {
      Account& account = accounts_[due_.front()];
      if (account.start_due && !tell(account, AccountEvent::start)) return;
      account.start_due = false;
      if (account.interim_due && !account.stop_due && !tell(account, AccountEvent::interim)) return;
      account.interim_due = false;
      if (account.stop_due && !tell(account, AccountEvent::stop)) return;
      told(due_.front());
      due_.pop_front();
    }
  }
  std::uint64_t lost() const { return lost_; }
  std::size_t size() const { return accounts_.size() - free_.size(); }

 private:
  void list(std::uint32_t slot);
  void told(std::uint32_t slot);

  std::size_t accounts_max_;
  base::Duration interim_;
  std::deque<Account> accounts_;  // their addresses stay
  std::vector<std::uint32_t> free_;
  std::deque<std::uint32_t> due_;
  base::FifoDeadlines interims_;
  std::uint64_t lost_ = 0;
};

}  // namespace relay
