// What Use-Path holds.
#include <algorithm>

#include "conform/cases.h"

namespace conform {
namespace {

struct Authority {
  std::string scheme, host, port, session;
};

Authority authority_of(const std::string& uri) {
  Authority parts;
  const std::size_t begin = uri.find("://");
  expect(begin != std::string::npos, "an MSRP URI in Use-Path", uri);
  const std::size_t semicolon = uri.find(';', begin), slash = std::min(uri.find('/', begin + 3), semicolon);
  parts.scheme = uri.substr(0, begin);
  parts.host = uri.substr(begin + 3, slash - begin - 3);
  const std::size_t colon = parts.host.rfind(':');
  if (colon != std::string::npos && parts.host.find(']', colon) == std::string::npos) {
    parts.port = parts.host.substr(colon + 1);
    parts.host.resize(colon);
  }
  if (slash < semicolon) parts.session = uri.substr(slash + 1, semicolon - slash - 1);
  return parts;
}

void add_form(Suite& suite) {
  suite.add("R-195", "the URI has an explicit port", [](Stage& stage) {
    Party& alice = stage.client();
    expect(!authority_of(alice.use_path).port.empty(), "a port", alice.use_path);
  });
  suite.add("R-195", "the URI has a host name, not an address", [](Stage& stage) {
    Party& alice = stage.client();
    const std::string host = authority_of(alice.use_path).host;
    const bool address = host.starts_with('[') || std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
    expect(!address, "a fully qualified domain name", host);
    expect(host.find('.') != std::string::npos, "a fully qualified domain name", host);
  });
  suite.add("R-030 R-195", "the URI has a transport parameter", [](Stage& stage) {
    Party& alice = stage.client();
    expect(alice.use_path.find(";tcp") != std::string::npos, ";tcp", alice.use_path);
  });
  suite.add("R-197", "AUTH at one relay gives one URI", [](Stage& stage) {
    Party& alice = stage.client();
    expect(alice.use_paths.size() == 1, "one URI", join(alice.use_paths));
  });
  suite.add("R-196", "the session-id has room for 64 random bits", [](Stage& stage) {
    Party& alice = stage.client();
    const std::string session = authority_of(alice.use_path).session;
    expect(session.size() >= 11, "11 characters or more", session);
  });
  suite.add_policy("R-196", "and for the 80 of RFC 4975", [](Stage& stage) {
    Party& alice = stage.client();
    const std::string session = authority_of(alice.use_path).session;
    expect(session.size() >= 14, "14 characters or more", session);
  });
}

void add_randomness(Suite& suite) {
  suite.add("R-196 R-254", "the URIs of thirty AUTHs differ in more than a counter", [](Stage& stage) {
    std::vector<std::string> sessions;
    for (int i = 0; i < 30; ++i) {
      Stage one(stage.target);
      sessions.push_back(authority_of(one.client().use_path).session);
    }
    std::size_t least = sessions[0].size();
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      for (std::size_t k = i + 1; k < sessions.size(); ++k) {
        std::size_t differing = 0;
        for (std::size_t at = 0; at < std::min(sessions[i].size(), sessions[k].size()); ++at)
          differing += sessions[i][at] != sessions[k][at] ? 1 : 0;
        least = std::min(least, differing);
      }
    }
    // 64 random bits in characters of 4 to 6 bits: two that agree in more than a half of 11 come once in millions of runs.
    expect(least >= 5, "any two differ in 5 places or more", std::to_string(least) + " (" + sessions[0] + ", " + sessions[1] + ")");
  });
  suite.add("R-196 R-200", "two AUTHs on one connection give two URIs, neither derived from the other", [](Stage& stage) {
    Party& alice = stage.client();
    const std::string first = authority_of(alice.use_path).session;
    alice.authenticate();
    const std::string second = authority_of(alice.use_path).session;
    expect(first.find(second) == std::string::npos && second.find(first) == std::string::npos, "two independent session-ids",
           first + ", " + second);
    std::size_t differing = 0;
    for (std::size_t at = 0; at < std::min(first.size(), second.size()); ++at) differing += first[at] != second[at] ? 1 : 0;
    expect(differing >= 5, "session-ids that differ in 5 places or more", first + ", " + second);
  });
  suite.add("R-200", "several URIs of one client work side by side, and From-Path tells which was used", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    std::vector<std::string> uris = {bob.use_path};
    for (int i = 0; i < 9; ++i) {
      bob.authenticate();
      uris.push_back(bob.use_path);
    }
    for (const std::string& uri : uris) {
      const Frame got = deliver(alice, bob, alice.message(uri + " " + bob.uri));
      expect_equal(uri, got.from.front(), "From-Path beginning with");
    }
  });
  suite.add("R-200", "each URI as sender too", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string first = alice.use_path;
    alice.authenticate();
    for (const std::string& uri : {first, alice.use_path}) {
      alice.use_path = uri;
      expect_equal(uri, deliver(alice, bob, alice.message(bob.path())).from.at(1), "From-Path with");
    }
  });
  suite.add("R-200 R-049", "a client with several URIs may name another From-Path with each", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    bob.uri = "msrp://bob.invalid:2855/" + stage.id("second") + ";tcp";
    bob.authenticate();
    const Frame got = deliver(alice, bob, alice.message(bob.path()));
    expect_equal(bob.uri, join(got.to), "To-Path");
  });
}

}  // namespace

void add_use_path_cases(Suite& suite) {
  add_form(suite);
  add_randomness(suite);
}

}  // namespace conform
