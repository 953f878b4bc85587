// How long a URI lives, and what Use-Path holds.
#include <algorithm>
#include <limits>

#include "conform/cases.h"

namespace conform {
namespace {

std::uint64_t number_of(const std::string& text, const std::string& what) {
  const bool digits = !text.empty() && text.size() < 19 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) fail(what + ": a number of seconds", "\"" + printable(text) + "\"");
  return std::stoull(text);
}

// Where the relay tells no life at all, one case fails for that, and the others have nothing to look at.
void need_expires(const Frame& answer) {
  if (answer.code == 200 && answer.header("Expires") == nullptr) throw Skipped{"the 200 to AUTH has no Expires (see R-185.1)"};
}

// An AUTH with the right password that asks for `expires`.
Frame ask_for(Stage& stage, Party& party, const std::string& expires) {
  Frame request = party.auth_request(usual_credentials(stage.target, party.challenge(), party.account).text());
  return party.ask(request.add("Expires", expires));
}

Party& asking(Stage& stage) {
  if (!stage.target.no_auth.empty()) throw Skipped{stage.target.no_auth};
  return stage.stranger("alice");
}

void add_bounds(Suite& suite) {
  suite.add("R-185", "200 to AUTH has Expires", [](Stage& stage) {
    const Frame answer = asking(stage).authenticate();
    expect(number_of(answer.value("Expires"), "Expires") > 0, "more than 0 s", answer.value("Expires"));
  });
  suite.add("R-186", "Expires in the 200 is not more than what was asked for", [](Stage& stage) {
    Party& party = asking(stage);
    const Frame first = party.authenticate();
    need_expires(first);
    const std::uint64_t usual = number_of(first.value("Expires"), "Expires");
    const std::uint64_t wish = std::max<std::uint64_t>(usual / 2, 1);
    Party& again = asking(stage);
    const Frame answer = ask_for(stage, again, std::to_string(wish));
    if (answer.code == 423) return;
    expect(answer.code == 200, "200 or 423", describe(answer));
    expect(number_of(answer.value("Expires"), "Expires") <= wish, "at most " + std::to_string(wish), answer.value("Expires"));
  });
  suite.add("R-187", "too long a wish: 423 with Max-Expires, or a shorter life", [](Stage& stage) {
    Party& party = asking(stage);
    const Frame answer = ask_for(stage, party, "2000000000");
    if (answer.code == 200) return;
    expect(answer.code == 423, "423, or 200", describe(answer));
    expect(answer.header("Max-Expires") != nullptr && answer.header("Use-Path") == nullptr, "Max-Expires and no Use-Path", "otherwise");
  });
  suite.add("R-187", "asking again with Max-Expires succeeds", [](Stage& stage) {
    Party& party = asking(stage);
    const Frame refusal = ask_for(stage, party, "2000000000");
    if (refusal.code == 200) throw Skipped{"the relay sets no maximum"};
    const std::uint64_t most = number_of(refusal.value("Max-Expires"), "Max-Expires");
    const Frame answer = ask_for(stage, party, std::to_string(most));
    expect(answer.code == 200, "200 with Expires: " + std::to_string(most), describe(answer));
    expect(number_of(answer.value("Expires"), "Expires") <= most, "at most " + std::to_string(most), answer.value("Expires"));
  });
  suite.add("R-187", "a wish of 0 s: never a usable URI", [](Stage& stage) {
    const Frame answer = ask_for(stage, asking(stage), "0");
    expect(answer.code != 200 || answer.value("Expires") == "0", "423 with Min-Expires, or 400", describe(answer));
    if (answer.code == 423) expect(answer.header("Min-Expires") != nullptr, "Min-Expires in the 423", "none");
  });
  suite.add("R-187", "asking again with Min-Expires succeeds", [](Stage& stage) {
    Party& party = asking(stage);
    const Frame refusal = ask_for(stage, party, "0");
    if (refusal.code != 423) throw Skipped{"a wish of 0 s is answered " + describe(refusal)};
    const std::uint64_t least = number_of(refusal.value("Min-Expires"), "Min-Expires");
    const Frame answer = ask_for(stage, party, std::to_string(least));
    expect(answer.code == 200, "200 with Expires: " + std::to_string(least), describe(answer));
    expect(number_of(answer.value("Expires"), "Expires") <= least, "at most " + std::to_string(least), answer.value("Expires"));
  });
  for (const char* text : {"soon", "-1", "1.5", "", "60s", "99999999999999999999999999"}) {
    suite.add("R-187", std::string("Expires \"") + text + "\": not taken for a life of that length", [text](Stage& stage) {
      const Frame answer = ask_for(stage, asking(stage), text);
      need_expires(answer);
      if (answer.code != 200) return expect(answer.code >= 400, "an error, or the relay's usual life", describe(answer));
      // A relay may take what it cannot read for nothing said; a URI that never ends it may not give.
      expect(number_of(answer.value("Expires"), "Expires") < 100'000'000, "an error, or the relay's usual life", answer.value("Expires"));
    });
  }
  suite.add_policy("R-187", "Expires that is no number: 400", [](Stage& stage) {
    const Frame answer = ask_for(stage, asking(stage), "soon");
    expect(answer.code == 400 || answer.code == 423, "400", describe(answer));
  });
  suite.add("R-093", "Min-Expires and Max-Expires stand in a 423 only", [](Stage& stage) {
    Party& party = asking(stage);
    const Frame challenge = party.ask(party.auth_request());
    const Frame answer = party.authenticate();
    for (const Frame& one : {challenge, answer}) {
      expect(one.header("Min-Expires") == nullptr && one.header("Max-Expires") == nullptr, "neither in " + describe(one), "one of them");
    }
  });
  suite.add_policy("R-185 C-3", "the usual life is between 31 and 2147512 s: one client loops outside of it", [](Stage& stage) {
    const Frame answer = asking(stage).authenticate();
    need_expires(answer);
    const std::uint64_t life = number_of(answer.value("Expires"), "Expires");
    expect(life >= 31 && life <= 2'147'512, "31 to 2147512", answer.value("Expires"));
  });
}

// A client whose URI ends soon; the case is skipped where the relay's minimum is too long to wait for.
Party& short_lived(Stage& stage, Milliseconds& life) {
  Party& party = asking(stage);
  Frame answer = ask_for(stage, party, "3");
  need_expires(answer);
  if (answer.code == 423) {
    const std::uint64_t least = number_of(answer.value("Min-Expires"), "Min-Expires");
    if (least > 40) throw Skipped{"no URI lives shorter than " + std::to_string(least) + " s here"};
    answer = ask_for(stage, party, std::to_string(least));
  }
  expect(answer.code == 200, "200", describe(answer));
  const std::uint64_t seconds = number_of(answer.value("Expires"), "Expires");
  if (seconds > 40) throw Skipped{"no URI lives shorter than " + std::to_string(seconds) + " s here"};
  party.use_path = answer.value("Use-Path");
  life = Milliseconds(seconds * 1000);
  return party;
}

void add_ends(Suite& suite) {
  suite.add("R-188", "after its time a URI does not carry its owner's messages", [](Stage& stage) {
    Party& bob = stage.second_client("bob");
    Milliseconds life{};
    Party& alice = short_lived(stage, life);
    stage.settle(life + Milliseconds(1200));
    stage.refused(alice, alice.message(bob.path()), {400, 403, 481, 506});
    expect_nothing_at(stage, bob, "the URI's time is over");
  });
  suite.add("R-188", "nor messages to its owner", [](Stage& stage) {
    Party& bob = stage.second_client("bob");
    Milliseconds life{};
    Party& alice = short_lived(stage, life);
    stage.settle(life + Milliseconds(1200));
    Frame frame = bob.message(alice.path());
    bob.send(frame.set("Failure-Report", "no"));
    stage.settle(Milliseconds(300));
    alice.expect_nothing("the URI's time is over");
  });
  suite.add("R-189", "before its time it is valid, both ways", [](Stage& stage) {
    Party& bob = stage.second_client("bob");
    Milliseconds life{};
    Party& alice = short_lived(stage, life);
    stage.settle(life / 4);
    stage.exchange(alice, bob);
    stage.exchange(bob, alice);
  });
  suite.add("R-189 R-200", "a new AUTH on the same connection gives a new URI, and the old one stays", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string old = alice.use_path;
    alice.authenticate();
    expect(alice.use_path != old, "a new URI", "the old one");
    stage.exchange(alice, bob);
    alice.use_path = old;
    stage.exchange(alice, bob);
  });
}

}  // namespace

void add_expires_cases(Suite& suite) {
  add_bounds(suite);
  add_ends(suite);
}

}  // namespace conform
