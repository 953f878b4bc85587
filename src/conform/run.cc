#include "conform/run.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "conform/credentials.h"

namespace conform {
namespace {

// Some relays want `uri` among the credentials, which RFC 4976 does not list: one case tells so, the others go on with it.
std::string probe_auth(Target& target) {
  Stage stage(target);
  Party& party = stage.stranger("probe");
  const Frame first = party.ask(party.auth_request());
  if (first.code != 401) return "AUTH is answered " + describe(first) + " here";
  const auto challenges = first.values("WWW-Authenticate");
  if (challenges.empty()) return "the 401 to AUTH has no WWW-Authenticate";
  for (const bool with_uri : {false, true}) {
    target.digest_uri = with_uri;
    Stage fresh(target);
    Party& asking = fresh.stranger("probe");
    const Frame answer = asking.ask(asking.auth_request(usual_credentials(target, asking.challenge(), target.first).text()));
    if (answer.code == 200) return {};
    if (with_uri) return "AUTH as " + target.first.user + " is answered " + describe(answer);
  }
  return {};
}

std::string probe_dial(const Target& target) {
  Stage stage(target);
  Party& alice = stage.client();
  Door& door = stage.door();
  alice.send(alice.message(door.uri));
  std::optional<Socket> called;
  stage.wait([&] { return called || (called = door.accepted()); });
  return called ? "" : "the relay does not connect to the peer " + door.uri + " (see R-232.1; --local ADDRESS names where peers listen)";
}

}  // namespace

std::string probe(Target& target) {
  try {
    {
      Stage stage(target);
      Party& party = stage.stranger("probe");
      if (target.local.size == 0) target.local = party.local_address();
    }
    target.no_auth = probe_auth(target);
    if (target.no_auth.empty()) target.no_dial = probe_dial(target);
  } catch (const Failed& failed) {
    if (failed.expected == "a TLS connection to the relay") return "no TLS connection to the relay (" + failed.seen + ")";
    if (failed.seen == "it does not" || failed.seen == "connect() failed") return "no connection to the relay";
    target.no_auth = "expected " + failed.expected + ", saw " + failed.seen;
  } catch (const Skipped& skipped) {
    target.no_dial = skipped.reason;
  }
  if (!target.no_auth.empty()) target.no_dial = target.no_auth;
  return {};
}

Outcome run_case(const Case& one, const Target& target) {
  Outcome outcome;
  outcome.one = &one;
  const auto began = Clock::now();
  try {
    Stage stage(target);
    one.run(stage);
    outcome.result = Result::pass;
  } catch (const Failed& failed) {
    outcome.result = Result::fail;
    outcome.expected = failed.expected;
    outcome.seen = failed.seen;
  } catch (const Skipped& skipped) {
    outcome.reason = skipped.reason;
  } catch (const std::exception& error) {
    outcome.result = Result::fail;
    outcome.expected = "the case to run";
    outcome.seen = std::string("a fault of the case: ") + error.what();
  }
  outcome.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return outcome;
}

std::vector<Outcome> run_cases(const std::vector<const Case*>& cases, const Target& target, unsigned jobs,
                               const std::function<void(const Outcome&)>& told) {
  std::vector<Outcome> outcomes(cases.size());
  std::atomic<std::size_t> next = 0;
  std::mutex telling;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < jobs && i < cases.size(); ++i) {
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < cases.size(); at = next++) {
          outcomes[at] = run_case(*cases[at], target);
          const std::lock_guard lock(telling);
          told(outcomes[at]);
        }
      });
    }
  }
  return outcomes;
}

}  // namespace conform
