// AUTH: challenges, credentials right and wrong, what a 200 proves.
#include <algorithm>
#include <functional>

#include "auth/digest.h"
#include "conform/cases.h"

namespace conform {
namespace {

void need_auth(Stage& stage) {
  if (!stage.target.no_auth.empty()) throw Skipped{stage.target.no_auth};
}

std::vector<std::string> challenges_of(Stage& stage) {
  need_auth(stage);
  Party& party = stage.stranger();
  const Frame answer = party.ask(party.auth_request());
  expect(answer.code == 401, "401 to an AUTH without credentials", describe(answer));
  auto values = answer.values("WWW-Authenticate");
  expect(!values.empty(), "WWW-Authenticate in the 401", "none");
  return values;
}

void add_challenges(Suite& suite) {
  suite.add("R-150", "AUTH without Authorization: 401 with WWW-Authenticate", [](Stage& stage) { challenges_of(stage); });
  struct Vector {
    const char* requirements;
    const char* what;
    std::function<void(const std::string&)> judge;
  };
  const auto present = [](const char* name) {
    return [name](const std::string& value) {
      const std::string seen = parameter(value, name);
      expect(is_quoted(seen) && seen.size() > 2, std::string(name) + "=\"...\", quoted", value);
    };
  };
  const Vector vectors[] = {
      {"R-151", "scheme Digest, one blank behind it",
       [](const std::string& value) { expect(value.starts_with("Digest ") && value[7] != ' ', "\"Digest \" and the parameters", value); }},
      {"R-151", "realm, quoted", present("realm")},
      {"R-151", "nonce, quoted", present("nonce")},
      {"R-151", "qop with \"auth\", quoted",
       [](const std::string& value) {
         const std::string qop = parameter(value, "qop");
         expect(is_quoted(qop), "qop=\"auth\", quoted", value);
         const auto words = split(unquoted(qop), ',');
         expect(std::ranges::find(words, "auth") != words.end(), "auth among the qop values", value);
       }},
      {"R-152", "no auth-int",
       [](const std::string& value) { expect(parameter(value, "qop").find("auth-int") == std::string::npos, "no auth-int", value); }},
      {"R-152", "no MD5-sess",
       [](const std::string& value) {
         expect(parameter(value, "algorithm").find("sess") == std::string::npos, "no -sess algorithm", value);
       }},
      {"R-153", "no domain", [](const std::string& value) { expect(parameter(value, "domain").empty(), "no domain", value); }},
      {"R-162", "algorithm, if it is there, is not quoted",
       [](const std::string& value) { expect(!is_quoted(parameter(value, "algorithm")), "a bare algorithm", value); }},
      {"R-160", "no stale=true where no credentials were sent",
       [](const std::string& value) {
         const std::string stale = parameter(value, "stale");
         expect(stale.empty() || stale == "false", "no stale, or stale=false", value);
       }},
  };
  for (const Vector& vector : vectors) {
    suite.add(vector.requirements, std::string("each challenge: ") + vector.what, [vector](Stage& stage) {
      for (const std::string& value : challenges_of(stage)) vector.judge(value);
    });
  }
  suite.add("R-162", "one of the challenges is for MD5, which RFC 4976 knows", [](Stage& stage) {
    const auto all = challenges_of(stage);
    const bool found = std::ranges::any_of(all, [](const std::string& value) {
      const std::string algorithm = parameter(value, "algorithm");
      return algorithm.empty() || algorithm == "MD5";
    });
    expect(found, "a challenge without algorithm, or with algorithm=MD5", all.front());
  });
  suite.add_policy("R-162 C-2", "each challenge has an opaque: some clients fail without", [](Stage& stage) {
    for (const std::string& value : challenges_of(stage)) expect(is_quoted(parameter(value, "opaque")), "opaque=\"...\"", value);
  });
  suite.add("R-152", "Basic is not offered", [](Stage& stage) {
    for (const std::string& value : challenges_of(stage)) expect(!value.starts_with("Basic"), "Digest", value);
  });
  suite.add("R-151", "the realm is the one that was told", [](Stage& stage) {
    if (stage.target.realm.empty()) throw Skipped{"--realm was not given"};
    for (const std::string& value : challenges_of(stage)) expect_equal(stage.target.realm, unquoted(parameter(value, "realm")), "realm");
  });
  suite.add("R-168", "twenty challenges have twenty nonces", [](Stage& stage) {
    std::vector<std::string> nonces;
    Party& party = stage.stranger();
    for (int i = 0; i < 20; ++i) {
      if (!party.is_open()) throw Skipped{"the relay closes before twenty challenges were asked for"};
      Stage other(stage.target);
      const std::string nonce = parameter(challenges_of(other).front(), "nonce");
      expect(std::ranges::find(nonces, nonce) == nonces.end(), "a nonce that was not there before", nonce);
      nonces.push_back(nonce);
    }
  });
  suite.add("R-051 R-150", "401 names the paths of an AUTH: To-Path the sender, From-Path the relay as addressed", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger();
    const Frame answer = party.ask(party.auth_request());
    expect_equal(party.uri, join(answer.to), "To-Path");
    expect_equal(stage.target.uri, join(answer.from), "From-Path");
  });
}

// Asks with changed credentials on a connection of its own.
Frame ask_with(Stage& stage, const std::function<void(Credentials&)>& change, unsigned nc = 1) {
  need_auth(stage);
  Party& party = stage.stranger();
  Credentials credentials(party.challenge(), stage.target.first, stage.target.uri, nc);
  if (stage.target.digest_uri) credentials.set("uri", "\"" + stage.target.uri + "\"");
  change(credentials);
  return party.ask(party.auth_request(credentials.text()));
}

void add_accepted(Suite& suite) {
  struct Vector {
    const char* requirements;
    const char* what;
    std::function<void(Credentials&, const Target&)> change;
    Kind kind = Kind::rfc;
  };
  const Vector vectors[] = {
      {"R-155 C-1", "without uri", [](Credentials& credentials, const Target&) { credentials.remove("uri"); }},
      {"R-155 C-1", "with uri, equal to the rightmost To-Path URI",
       [](Credentials& credentials, const Target& target) { credentials.set("uri", "\"" + target.uri + "\""); }},
      {"R-156 C-1", "with nc and qop quoted",
       [](Credentials& credentials, const Target&) { credentials.set("nc", "\"" + credentials.value("nc") + "\"").set("qop", "\"auth\""); },
       Kind::policy},
      {"R-162", "with an unknown auth-param",
       [](Credentials& credentials, const Target&) { credentials.set("x-param", "token").set("y-param", "\"quoted, with a comma\""); }},
      {"R-154", "with algorithm left out", [](Credentials& credentials, const Target&) { credentials.remove("algorithm"); }},
      {"R-156", "with nc=0000000a as the first count", [](Credentials&, const Target&) {}, Kind::policy},
  };
  for (const Vector& vector : vectors) {
    const bool tenth = std::string_view(vector.what).find("0000000a") != std::string_view::npos;
    const auto run = [vector, tenth](Stage& stage) {
      const Frame answer = ask_with(stage, [&](Credentials& credentials) { vector.change(credentials, stage.target); }, tenth ? 10 : 1);
      expect(answer.code == 200, "200", describe(answer));
    };
    const std::string title = std::string("right credentials ") + vector.what + ": 200";
    vector.kind == Kind::rfc ? suite.add(vector.requirements, title, run) : suite.add_policy(vector.requirements, title, run);
  }
  suite.add("R-154", "the digest covers method AUTH and the rightmost To-Path URI: 200",
            [](Stage& stage) { expect(ask_with(stage, [](Credentials&) {}).code == 200, "200", "another"); });
  suite.add("R-162", "SHA-256, where it is offered: 200", [](Stage& stage) {
    for (const std::string& value : challenges_of(stage)) {
      if (parameter(value, "algorithm") != "SHA-256") continue;
      Party& party = stage.stranger();
      const Frame first = party.ask(party.auth_request());
      for (const std::string& offer : first.values("WWW-Authenticate")) {
        if (parameter(offer, "algorithm") != "SHA-256") continue;
        const Frame answer = party.ask(party.auth_request(usual_credentials(stage.target, offer, party.account).text()));
        expect(answer.code == 200, "200", describe(answer));
        return;
      }
    }
    throw Skipped{"the relay does not offer SHA-256"};
  });
  suite.add("R-167", "two AUTHs in flight are answered each under its own id", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger();
    const Frame first = party.auth_request(), second = party.auth_request();
    party.write(first.encode() + second.encode());
    party.response_to(second, 401);
    party.response_to(first, 401);
  });
}

void add_refused(Suite& suite) {
  struct Vector {
    const char* requirements;
    const char* what;
    std::function<void(Credentials&)> change;
  };
  const auto set = [](const char* name, const char* value) { return [=](Credentials& credentials) { credentials.set(name, value); }; };
  const auto without = [](const char* name) { return [=](Credentials& credentials) { credentials.remove(name); }; };
  const Vector vectors[] = {
      {"R-161", "a wrong response", set("response", "\"00000000000000000000000000000000\"")},
      {"R-161", "an empty response", set("response", "\"\"")},
      {"R-161", "another user's name", set("username", "\"nobody-of-that-name\"")},
      {"R-161", "an empty user name", set("username", "\"\"")},
      {"R-161", "another realm", set("realm", "\"elsewhere.example.net\"")},
      {"R-156", "no qop", without("qop")},
      {"R-156", "no nc", without("nc")},
      {"R-156", "no cnonce", without("cnonce")},
      {"R-156", "no response", without("response")},
      {"R-156", "no nonce", without("nonce")},
      {"R-156", "no username", without("username")},
      {"R-156", "nc of 7 digits", set("nc", "0000001")},
      {"R-156", "nc that is no hexadecimal number", set("nc", "0000000g")},
      {"R-156", "nc that is not the one of the digest", set("nc", "00000002")},
      {"R-156", "a cnonce that is not the one of the digest", set("cnonce", "\"another\"")},
      {"R-152", "qop=auth-int", set("qop", "auth-int")},
      {"R-152", "algorithm=MD5-sess", set("algorithm", "MD5-sess")},
      {"R-160", "a nonce that the relay never gave", set("nonce", "\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"")},
      {"R-155", "uri of somebody else", set("uri", "\"msrp://elsewhere.example.net:2855;tcp\"")},
  };
  for (const Vector& vector : vectors) {
    suite.add(vector.requirements, std::string("credentials with ") + vector.what + ": 401 or 400, no Use-Path", [vector](Stage& stage) {
      const Frame answer = ask_with(stage, vector.change);
      expect(answer.code == 401 || answer.code == 400, "401 or 400", describe(answer));
      expect(answer.header("Use-Path") == nullptr, "no Use-Path", answer.value("Use-Path"));
      if (answer.code == 401) expect(answer.header("WWW-Authenticate") != nullptr, "WWW-Authenticate in a 401", "none");
    });
  }
  suite.add("R-161", "a wrong password and an unknown user look the same", [](Stage& stage) {
    const Frame known =
        ask_with(stage, [](Credentials& credentials) { credentials.set("response", "\"0123456789abcdef0123456789abcdef\""); });
    const Frame unknown = ask_with(stage, [](Credentials& credentials) {
      credentials.set("username", "\"nobody-of-that-name\"").set("response", "\"0123456789abcdef0123456789abcdef\"");
    });
    expect(known.code == unknown.code && known.comment == unknown.comment, describe(known), describe(unknown));
    expect(known.headers.size() == unknown.headers.size(), std::to_string(known.headers.size()) + " headers",
           std::to_string(unknown.headers.size()));
  });
  suite.add("R-152", "Basic credentials: 401 or 400", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger();
    const Frame answer = party.ask(party.auth_request("Basic YWxpY2U6YWxpY2UtcHc="));
    expect(answer.code == 401 || answer.code == 400, "401 or 400", describe(answer));
  });
  suite.add("R-156", "an Authorization that is no list: 401 or 400", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger();
    const Frame answer = party.ask(party.auth_request("Digest ,,,=\"\"\",=="));
    expect(answer.code == 401 || answer.code == 400, "401 or 400", describe(answer));
  });
  suite.add("R-154", "a digest over another URI than the one in To-Path: 401 or 400", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger();
    const Credentials credentials(party.challenge(), party.account, "msrp://elsewhere.example.net:2855;tcp");
    const Frame answer = party.ask(party.auth_request(credentials.text()));
    expect(answer.code == 401 || answer.code == 400, "401 or 400", describe(answer));
  });
  suite.add_policy("R-159", "the same credentials again are a replay: not 200", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger();
    const std::string text = usual_credentials(stage.target, party.challenge(), party.account).text();
    const Frame first = party.ask(party.auth_request(text));
    expect(first.code == 200, "200 to the first", describe(first));
    const Frame again = party.ask(party.auth_request(text));
    expect(again.code == 401 || again.code == 400, "401", describe(again));
  });
  suite.add_policy("R-159", "nor do they work on another connection", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger();
    const std::string text = usual_credentials(stage.target, party.challenge(), party.account).text();
    party.ask(party.auth_request(text));
    Party& thief = stage.stranger("mallory");
    const Frame answer = thief.ask(thief.auth_request(text));
    expect(answer.code == 401 || answer.code == 400, "401", describe(answer));
  });
  suite.add("R-159", "a nonce may be used again with the next nc: 200, or 401 with stale=true", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger();
    const std::string challenge = party.challenge();
    party.ask(party.auth_request(usual_credentials(stage.target, challenge, party.account, 1).text()));
    const Frame next = party.ask(party.auth_request(usual_credentials(stage.target, challenge, party.account, 2).text()));
    if (next.code == 200) return;
    expect(next.code == 401 && parameter(next.value("WWW-Authenticate"), "stale") == "true", "200, or 401 with stale=true", describe(next));
  });
  suite.add_policy("R-163", "wrong passwords again and again end the connection", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger("mallory");
    for (int i = 0; i < 50 && party.is_open(); ++i) {
      Frame first = party.auth_request();
      party.send(first);
      stage.wait([&] { return !party.inbox().empty() || !party.is_open(); });
      if (party.inbox().empty()) break;
      Credentials credentials = usual_credentials(stage.target, party.response_to(first).value("WWW-Authenticate"), party.account);
      party.send(party.auth_request(credentials.set("response", "\"0123456789abcdef0123456789abcdef\"").text()));
      stage.wait([&] { return !party.inbox().empty() || !party.is_open(); });
      if (!party.inbox().empty()) party.take([](const Frame&) { return true; }, "");
    }
    expect(party.closes(), "the connection closed after several failures", "open after 50 of them");
  });
}

void add_proof(Suite& suite) {
  struct Vector {
    const char* what;
    std::function<void(const std::string&, const Credentials&)> judge;
  };
  const Vector vectors[] = {
      {"rspauth proves the password",
       [](const std::string& info, const Credentials& sent) {
         expect_equal(sent.rspauth(), unquoted(parameter(info, "rspauth")), "rspauth");
       }},
      {"rspauth is quoted",
       [](const std::string& info, const Credentials&) { expect(is_quoted(parameter(info, "rspauth")), "quoted", info); }},
      {"cnonce is the client's, quoted",
       [](const std::string& info, const Credentials& sent) {
         expect_equal("\"" + sent.value("cnonce") + "\"", parameter(info, "cnonce"), "cnonce");
       }},
      {"nc is the client's, not quoted",
       [](const std::string& info, const Credentials& sent) { expect_equal(sent.value("nc"), parameter(info, "nc"), "nc"); }},
      {"qop=auth, not quoted", [](const std::string& info, const Credentials&) { expect_equal("auth", parameter(info, "qop"), "qop"); }},
  };
  for (const Vector& vector : vectors) {
    suite.add("R-157", std::string("Authentication-Info in the 200: ") + vector.what, [vector](Stage& stage) {
      need_auth(stage);
      Party& party = stage.stranger();
      const Credentials sent = usual_credentials(stage.target, party.challenge(), party.account);
      const Frame answer = party.ask(party.auth_request(sent.text()));
      expect(answer.code == 200, "200", describe(answer));
      const std::string* info = answer.header("Authentication-Info");
      if (info == nullptr) fail("Authentication-Info in the 200", "none");
      vector.judge(*info, sent);
    });
  }
  suite.add("R-158", "nextnonce, where it is given, works with nc=00000001", [](Stage& stage) {
    need_auth(stage);
    Party& party = stage.stranger();
    const std::string challenge = party.challenge();
    const Frame answer = party.ask(party.auth_request(usual_credentials(stage.target, challenge, party.account).text()));
    const std::string next = unquoted(parameter(answer.value("Authentication-Info"), "nextnonce"));
    if (next.empty()) throw Skipped{"the relay gives no nextnonce"};
    const std::string fresh = "Digest realm=\"" + unquoted(parameter(challenge, "realm")) + "\", nonce=\"" + next + "\", qop=\"auth\"";
    const Frame again = party.ask(party.auth_request(usual_credentials(stage.target, fresh, party.account).text()));
    expect(again.code == 200, "200", describe(again));
  });
}

}  // namespace

void add_auth_cases(Suite& suite) {
  add_challenges(suite);
  add_accepted(suite);
  add_refused(suite);
  add_proof(suite);
}

}  // namespace conform
