// A session by the token in a URI: parsed and looked up among 100 and 100,000, and again where it was found.
#include "session/session_table.h"

#include <random>
#include <string>
#include <vector>

#include "cases.h"

namespace {

constexpr int lookups = 1000;

struct Chance final : base::Entropy {
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = static_cast<std::uint8_t>(engine());
  }
  std::mt19937 engine{1};
};

const base::Instant now = base::Instant::from_nanoseconds(1'000'000);

void measure(bench::Cases& cases, std::size_t sessions) {
  session::SessionTable table({.sessions = sessions, .sessions_per_link = sessions, .sessions_per_user = sessions});
  Chance chance;
  std::vector<session::Token> tokens;
  for (std::size_t i = 0; i < sessions; ++i) {
    session::Session session;
    session.token = session::Token::mint(base::Shard(7), chance);
    session.link = {static_cast<std::uint32_t>(i), 1};
    session.expires = now + std::chrono::hours(1);
    session.user = "alice";
    session.client_uri = "msrp://203.0.113.1:9000/alice;tcp";
    tokens.push_back(session.token);
    if (!table.insert(std::move(session), 0)) bench::give_up("a session was refused");
  }
  std::vector<std::string> asked;
  for (int i = 0; i < lookups; ++i) asked.emplace_back(tokens[chance.engine() % tokens.size()].text().view());
  cases.run(("token to session, among " + std::to_string(sessions)).c_str(), "lookup", lookups, 0, [&] {
    for (const std::string& text : asked) {
      const auto token = session::Token::parse(text);
      if (!token || table.find(*token, now) == nullptr) bench::give_up("a session was not found");
    }
  });
  cases.run(("found before, among " + std::to_string(sessions)).c_str(), "lookup", lookups, 0, [&] {
    session::SessionTable::Found found;
    for (int i = 0; i < lookups; ++i) {
      if (table.find(tokens[0], now, found) == nullptr) bench::give_up("a session was not found");
      bench::keep(found);
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  bench::Cases cases(argc, argv);
  measure(cases, 100);
  measure(cases, 100'000);
}
