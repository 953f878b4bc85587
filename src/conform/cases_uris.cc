// URIs: what is one and the same, what is not, and what is none (R-030 to R-039).
#include <functional>

#include "conform/cases.h"

namespace conform {
namespace {

// msrp://AUTHORITY/SESSION;tcp
struct Parts {
  std::string scheme, host, port, session, rest;  // rest: ";tcp..."
  std::string text() const {
    return scheme + "://" + host + (port.empty() ? "" : ":" + port) + (session.empty() ? "" : "/" + session) + rest;
  }
};

Parts parts_of(const std::string& uri) {
  Parts parts;
  const std::size_t authority = uri.find("://") + 3, slash = uri.find('/', authority), semicolon = uri.find(';', authority);
  parts.scheme = uri.substr(0, authority - 3);
  std::string host = uri.substr(authority, std::min(slash, semicolon) - authority);
  const std::size_t colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
    parts.port = host.substr(colon + 1);
    host.resize(colon);
  }
  parts.host = host;
  if (slash < semicolon) parts.session = uri.substr(slash + 1, semicolon - slash - 1);
  parts.rest = uri.substr(semicolon);
  return parts;
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
  return text;
}

std::string percent_encoded(char c) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  const auto u = static_cast<unsigned char>(c);
  return {'%', hex[u >> 4U], hex[u & 15U]};
}

std::string with_swapped_case(std::string text) {
  for (char& c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      c = static_cast<char>(c ^ 0x20);
      return text;
    }
  }
  return text;
}

using Change = std::function<void(Parts&)>;

struct Vector {
  const char* requirements;
  const char* what;
  Change change;
};

void add_equal(Suite& suite) {
  const Vector vectors[] = {
      {"R-031", "scheme in upper case", [](Parts& uri) { uri.scheme = upper(uri.scheme); }},
      {"R-032", "host in upper case", [](Parts& uri) { uri.host = upper(uri.host); }},
      {"R-032", "an unreserved character of the host percent-encoded",
       [](Parts& uri) { uri.host = percent_encoded(uri.host[0]) + uri.host.substr(1); }},
      {"R-032 R-039", "userinfo", [](Parts& uri) { uri.host = "somebody@" + uri.host; }},
      {"R-035", "transport in upper case", [](Parts& uri) { uri.rest = upper(uri.rest); }},
      {"R-035", "a further parameter", [](Parts& uri) { uri.rest += ";x=y"; }},
      {"R-035", "a further parameter without a value", [](Parts& uri) { uri.rest += ";lr"; }},
  };
  for (const Vector& vector : vectors) {
    suite.add(vector.requirements, std::string("the same URI with other octets: ") + vector.what + "; passed on as spelt",
              [vector](Stage& stage) {
                auto [alice, bob] = two(stage);
                Frame frame = alice.message(bob.path());
                Parts parts = parts_of(alice.use_path);
                vector.change(parts);
                frame.to[0] = parts.text();
                const Frame got = deliver(alice, bob, frame);
                expect_equal(frame.to[0], got.from.size() > 1 ? got.from[1] : "", "From-Path with");
              });
  }
  suite.add("R-032", "the receiver's URI with its host in upper case reaches him", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    Parts parts = parts_of(bob.uri);
    parts.host = upper(parts.host);
    frame.to.back() = parts.text();
    const Frame got = deliver(alice, bob, frame);
    expect_equal(frame.to.back(), got.to.back(), "To-Path as it was spelt");
  });
}

void add_different(Suite& suite) {
  const Vector vectors[] = {
      {"R-031", "the other scheme", [](Parts& uri) { uri.scheme = uri.scheme == "msrp" ? "msrps" : "msrp"; }},
      {"R-033", "another port", [](Parts& uri) { uri.port = uri.port == "2856" ? "2857" : "2856"; }},
      {"R-034", "a session-id in another case", [](Parts& uri) { uri.session = with_swapped_case(uri.session); }},
      {"R-034", "no session-id", [](Parts& uri) { uri.session.clear(); }},
      {"R-034", "one character more behind the session-id", [](Parts& uri) { uri.session += "x"; }},
      {"R-035", "another transport", [](Parts& uri) { uri.rest = ";udp"; }},
      {"R-036", "a path that would have to be normalised", [](Parts& uri) { uri.session = "a/../" + uri.session; }},
      {"R-036", "a slash behind the session-id", [](Parts& uri) { uri.session += "/"; }},
      {"R-030", "a session-id percent-encoded", [](Parts& uri) { uri.session = percent_encoded(uri.session[0]) + uri.session.substr(1); }},
  };
  for (const Vector& vector : vectors) {
    // Unreserved characters of a session-id are no percent-encoding in its grammar, but a relay may decode them (RFC 3986).
    const bool choice = std::string_view(vector.requirements) == "R-030";
    const auto run = [vector](Stage& stage) {
      auto [alice, bob] = two(stage);
      Frame frame = alice.message(bob.path());
      Parts parts = parts_of(alice.use_path);
      vector.change(parts);
      frame.to[0] = parts.text();
      stage.refused(alice, frame, {400, 403, 481, 501, 506});
      expect_nothing_at(stage, bob, "the URI is not the one that was handed out");
    };
    const std::string title = std::string("not the same URI: ") + vector.what;
    choice ? suite.add_policy(vector.requirements, title, run) : suite.add(vector.requirements, title, run);
  }
}

void add_malformed(Suite& suite) {
  struct Bad {
    const char* requirements;
    const char* what;
    const char* uri;
  };
  const Bad next_hops[] = {
      {"R-030", "without a transport", "msrp://127.0.0.1:9/x"},
      {"R-030", "with an empty transport", "msrp://127.0.0.1:9/x;"},
      {"R-030", "of another scheme", "http://127.0.0.1:9/x;tcp"},
      {"R-030", "without a scheme", "127.0.0.1:9/x;tcp"},
      {"R-030", "without a host", "msrp://:9/x;tcp"},
      {"R-037", "with port 0", "msrp://127.0.0.1:0/x;tcp"},
      {"R-037", "with port 65536", "msrp://127.0.0.1:65536/x;tcp"},
      {"R-037", "with a port of letters", "msrp://127.0.0.1:abc/x;tcp"},
      {"R-037", "with an empty port", "msrp://127.0.0.1:/x;tcp"},
      {"R-037", "of an address without a port", "msrp://127.0.0.1/x;tcp"},
      {"R-037", "of an IPv6 address without a closing bracket", "msrp://[::1:9/x;tcp"},
      {"R-038", "of a transport that the relay does not speak", "msrp://127.0.0.1:9/x;carrierpigeon"},
  };
  for (const Bad& bad : next_hops) {
    suite.add(bad.requirements, std::string("a next hop ") + bad.what + " is an error: told in a response or a REPORT",
              [bad](Stage& stage) {
                Party& alice = stage.client();
                Frame frame = alice.message(bad.uri);
                alice.send(frame);
                // Told at once, by the end of the connection, or in a REPORT behind the 200.
                const auto told = [&] {
                  for (const Frame& one : alice.inbox()) {
                    if ((one.is_response() && one.tid == frame.tid && one.code >= 300) || one.method == "REPORT") return true;
                  }
                  return !alice.is_open();
                };
                const auto within = stage.target.patience + stage.target.timer;
                if (!stage.wait(told, within))
                  fail("an error", alice.inbox().empty() ? "nothing" : describe(alice.inbox().front()) + ", no REPORT");
                stage.alive();
              });
  }
  const Bad first_hops[] = {
      {"R-030", "garbage", "garbage"},
      {"R-030", "a URI of SIP", "sip:alice@example.org"},
      {"R-030", "a scheme and no more", "msrp://"},
      {"R-030", "a URI with a control character", "msrp://a\x01z.example.org:2855/x;tcp"},
  };
  for (const Bad& bad : first_hops) {
    suite.add(bad.requirements, std::string("the first URI is ") + bad.what + ": not passed on", [bad](Stage& stage) {
      auto [alice, bob] = two(stage);
      Frame frame = alice.message(bob.path());
      frame.to[0] = bad.uri;
      expect_rejected(stage, alice, bob, frame.encode(), frame.tid, false);
    });
  }
}

void add_carried(Suite& suite) {
  const std::pair<const char*, const char*> uris[] = {
      {"R-038", "msrps://df7jal23ls0d.invalid:2855/98cjs;ws"},
      {"R-038", "msrp://far.example.org:2855/x;sctp;a=b"},
      {"R-030", "msrp://far.example.org:2855/base64/with+plus==;tcp"},
      {"R-046", "MSRP://Far.Example.ORG:2855/MixedCase;TCP;X=Y"},
      {"R-032", "msrp://[2001:DB8:0:0::1]:2855/x;tcp"},
      {"R-039", "msrp://user@far.example.org:2855/x;tcp"},
      {"R-030", "msrps://far.example.org:2855;tcp"},
  };
  for (const auto& [requirements, uri] : uris) {
    suite.add(requirements, std::string("carried further down To-Path as it is: ") + uri, [uri](Stage& stage) {
      auto [alice, bob] = two(stage);
      Frame frame = alice.message(bob.path());
      frame.to.emplace_back(uri);
      const Frame got = deliver(alice, bob, frame);
      expect_equal(bob.uri + " " + uri, join(got.to), "To-Path");
    });
  }
}

}  // namespace

void add_uri_cases(Suite& suite) {
  add_equal(suite);
  add_different(suite);
  add_malformed(suite);
  add_carried(suite);
}

}  // namespace conform
