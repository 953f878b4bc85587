// Accounts without a relay, and a relay whose control thread takes no records for a while.
#include "relay/account_book.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using relay::Account;
using relay::AccountBook;
using relay::AccountEvent;
using relay::Ending;
using relay::LinkEnd;
using relay::LinkWork;

const base::Instant start = base::Instant::from_nanoseconds(1'000'000'000);

// What is due, told until `room` are.
std::vector<std::string> tell(AccountBook& book, std::size_t room = 100) {
  std::vector<std::string> told;
  book.tell([&](const Account& account, AccountEvent event) {
    if (told.size() == room) return false;
    const char* name = event == AccountEvent::start ? "start " : event == AccountEvent::interim ? "interim " : "stop ";
    told.push_back(name + account.user);
    return true;
  });
  return told;
}

session::AccountId open(AccountBook& book, std::string user, base::Instant now = start) {
  session::AccountId id;
  if (Account* account = book.open(now, id)) account->user = std::move(user);
  return id;
}

std::string code(const Ending& ending, bool nothing = false) {
  const relay::TerminationCode letters = relay::termination_code(ending, nothing);
  return {letters.begin(), letters.end()};
}

}  // namespace

TEST_CASE("an account is told at its start and at its end, once, in order", "[accounting]") {
  AccountBook book(10, 0s);
  const auto alice = open(book, "alice");
  CHECK(tell(book) == std::vector<std::string>{"start alice"});
  CHECK(tell(book).empty());
  const auto bob = open(book, "bob");
  book.end(alice, start + 1s, {});
  book.end(bob, start + 1s, {});
  book.end(bob, start + 2s, {});
  CHECK(book.find(bob) == nullptr);
  CHECK(tell(book) == std::vector<std::string>{"start bob", "stop bob", "stop alice"});
  CHECK_FALSE(book.has_due());
  CHECK(book.size() == 0);
}

TEST_CASE("an account whose place is another's is not found", "[accounting]") {
  AccountBook book(1, 0s);
  const auto alice = open(book, "alice");
  book.end(alice, start, {});
  tell(book);
  const auto bob = open(book, "bob");
  CHECK(bob.slot == alice.slot);
  CHECK(book.find(alice) == nullptr);
  CHECK(book.find(bob)->user == "bob");
  CHECK(book.find({}) == nullptr);
}

TEST_CASE("what finds no room waits; what the book has no room for is counted", "[accounting]") {
  AccountBook book(2, 0s);
  const auto alice = open(book, "alice");
  book.end(alice, start, {});
  CHECK(tell(book, 1) == std::vector<std::string>{"start alice"});
  CHECK(tell(book, 0).empty());
  open(book, "bob");
  CHECK(open(book, "carol").is_none());  // alice's stop has not been told
  CHECK(book.lost() == 2);
  CHECK(tell(book) == std::vector<std::string>{"stop alice", "start bob"});
  CHECK_FALSE(open(book, "carol").is_none());
  CHECK(book.lost() == 2);
}

TEST_CASE("an account that lasts is told every so often", "[accounting]") {
  AccountBook book(10, 60s);
  const auto alice = open(book, "alice");
  tell(book);
  book.expire(start + 59s);
  CHECK(tell(book).empty());
  CHECK(book.next() == start + 60s);
  book.expire(start + 60s);
  CHECK(tell(book) == std::vector<std::string>{"interim alice"});
  book.expire(start + 120s);
  book.end(alice, start + 121s, {});
  CHECK(tell(book) == std::vector<std::string>{"stop alice"});  // it says all that the other would
  CHECK(book.next().is_never());
}

TEST_CASE("all that are open end together", "[accounting]") {
  AccountBook book(10, 0s);
  open(book, "alice");
  open(book, "bob");
  tell(book);
  book.end_all(start, {.why = LinkEnd::shutdown});
  CHECK(tell(book) == std::vector<std::string>{"stop alice", "stop bob"});
}

TEST_CASE("four letters say how a session ended", "[accounting]") {
  CHECK(code({.why = LinkEnd::finished}) == "CQE-");
  CHECK(code({.why = LinkEnd::finished}, true) == "CNE-");
  CHECK(code({.why = LinkEnd::lost, .work = LinkWork::receiving}, true) == "CFL-");
  CHECK(code({.why = LinkEnd::cut_off, .tls = Ending::Tls::in_program}) == "CQCU");
  CHECK(code({.why = LinkEnd::not_reading, .work = LinkWork::sending, .tls = Ending::Tls::in_kernel}) == "RTWK");
  CHECK(code({.expired = true, .why = LinkEnd::finished}) == "TQX-");
  CHECK(code({.why = LinkEnd::shutdown}) == "OQS-");
  CHECK(code({.why = LinkEnd::kicked}) == "OQK-");
  CHECK(code({.why = LinkEnd::tls_failed}) == "RQF-");
  CHECK(code({.why = LinkEnd::malformed}) == "RQM-");
  CHECK(code({.why = LinkEnd::passwords}) == "RQP-");
  CHECK(code({.why = LinkEnd::buffers}) == "RQB-");
  CHECK(code({.why = LinkEnd::rule}) == "RQR-");
  CHECK(code({}) == "RQO-");
}

TEST_CASE("peers are named once, in a bounded room", "[accounting]") {
  Account account;
  for (const char* host : {"a.example", "b.example", "a.example", "example", "b.example"}) account.note_peer(host);
  CHECK(account.peers == "a.example b.example example");
  CHECK(account.peers_left_out == 0);
  account.note_peer(std::string(Account::peers_octets_max, 'x'));
  CHECK(account.peers == "a.example b.example example");
  CHECK(account.peers_left_out == 1);
}

TEST_CASE("failures are counted by their code", "[accounting]") {
  relay::AccountNumbers numbers;
  for (const int failure : {408, 413, 403, 481, 501, 300}) numbers.add_failure(static_cast<std::uint16_t>(failure));
  CHECK(numbers.failures_408 == 1);
  CHECK(numbers.failures_413 == 1);
  CHECK(numbers.failures_4xx == 2);
  CHECK(numbers.failures_other == 2);
}
