// [[listen]]: every value good and bad, and what two of them must not have in common.
#include <catch2/catch_test_macros.hpp>

#include "loading.h"

using loading::Lines;
using loading::told_of;

namespace {

// What is told of a second listener with these lines; the first of them is line 11.
Lines second(const std::string& lines) { return told_of("[[listen]]\n" + lines); }

// The reason told of a second listener's uri.
std::string uri_fault(const std::string& uri) {
  const Lines lines = second("uri = \"" + uri + "\"\n");
  REQUIRE(lines.size() == 1);
  const std::string start = "relay.toml:11:7: listen[1].uri: ";
  REQUIRE(lines[0].starts_with(start));
  return lines[0].substr(start.size());
}

config::Listen good(const std::string& lines) {
  const config::Loaded loaded = loading::load(loading::good + "[[listen]]\n" + lines);
  CHECK(loaded.good());
  REQUIRE(loaded.config.listens.size() == 2);
  return loaded.config.listens[1];
}

}  // namespace

TEST_CASE("addresses to listen on") {
  CHECK(good("uri = \"msrp://0.0.0.0:2856\"\n").endpoint.to_string() == "0.0.0.0:2856");
  CHECK(good("uri = \"msrp://[::]:2855\"\n").endpoint.to_string() == "[::]:2855");
  CHECK(good("uri = \"MSRP://[2001:db8::1]\"\n").endpoint.to_string() == "[2001:db8::1]:2855");
  CHECK(good("uri = \"msrp://192.0.2.1\"\n").endpoint.to_string() == "192.0.2.1:2855");
  CHECK(good("uri = \"msrp://192.0.2.1\"\n").name == "msrp://192.0.2.1");
}

TEST_CASE("what is no address to listen on") {
  CHECK(uri_fault("127.0.0.1:2856") == "a URI, such as \"msrp://127.0.0.1:2855\", is wanted");
  CHECK(uri_fault("msr://127.0.0.1:2856") == "unknown scheme `msr`: msrp:// or msrps://; did you mean `msrp`?");
  CHECK(uri_fault("sip://127.0.0.1:2856") == "unknown scheme `sip`: msrp:// or msrps://");
  CHECK(uri_fault("msrp://localhost:2856") ==
        "`localhost` is no IP address: 127.0.0.1 for this machine alone, 0.0.0.0 or [::] for all its addresses");
  CHECK(uri_fault("msrp://:2856").starts_with("`` is no IP address"));
  CHECK(uri_fault("msrp://::1:2856") == "an IPv6 address stands in brackets: `[::1]:2855`");
  CHECK(uri_fault("msrp://[127.0.0.1]:2856") == "brackets are for IPv6 addresses");
  CHECK(uri_fault("msrp://[::1:2856") == "ADDRESS:PORT is wanted after `://`");
  CHECK(uri_fault("msrp://[::1]x") == "ADDRESS:PORT is wanted after `://`");
  CHECK(uri_fault("msrp://127.0.0.1:65536") == "`65536` is no port: 0 to 65535");
  CHECK(uri_fault("msrp://127.0.0.1:") == "`` is no port: 0 to 65535");
  CHECK(uri_fault("msrp://127.0.0.1:-1") == "`-1` is no port: 0 to 65535");
  CHECK(uri_fault("msrp://127.0.0.1:2856;tcp") == "nothing may follow the port: no path and no `;tcp`");
  CHECK(uri_fault("msrp://127.0.0.1:2856/") == "nothing may follow the port: no path and no `;tcp`");
}

TEST_CASE("transports that this build lacks") {
  CHECK(uri_fault("ws://127.0.0.1:80") == "this build has no WebSocket yet: use msrp:// or msrps://");
}

TEST_CASE("a TLS listener has a certificate and its key, or several of both; another one has none") {
  const std::string uri = "uri = \"msrps://127.0.0.1:2856\"\n";
  const config::Listen one = good(uri + "certificate = \"a.pem\"\nprivate_key = \"a.key\"\n");
  CHECK(one.transport == config::Transport::tls);
  CHECK(one.certificates == std::vector<std::string>{"a.pem"});
  CHECK(one.private_keys == std::vector<std::string>{"a.key"});
  CHECK(good(uri + "certificate = [\"a\", \"b\"]\nprivate_key = [\"c\", \"d\"]\n").private_keys.size() == 2);
  CHECK(second(uri) == Lines{"relay.toml:11:1: listen[1].certificate: missing: TLS needs a certificate and its private_key "
                             "(tools/make-certs makes some to try it out)"});
  CHECK(second(uri + "certificate = \"a\"\n").size() == 1);
  CHECK(second(uri + "certificate = [\"a\", \"b\"]\nprivate_key = \"c\"\n") ==
        Lines{"relay.toml:13:1: listen[1].private_key: 2 certificates want as many keys, in the same order; there are 1"});
  CHECK(second(uri + "certificate = \"a\"\nprivate_key = \"b\"\nplaintext_auth = true\n") ==
        Lines{"relay.toml:14:1: listen[1].plaintext_auth: has no meaning with TLS: remove it"});
  CHECK(second("uri = \"msrp://127.0.0.1:2856\"\nprivate_key = \"b\"\n") ==
        Lines{"relay.toml:12:1: listen[1].private_key: has no meaning without TLS: remove it, or listen on msrps://"});
  CHECK(second(uri + "certificate = 5\nprivate_key = [\"\"]\n").size() == 2);
}

TEST_CASE("types and emptiness") {
  CHECK(second("uri = 2856\n") ==
        Lines{"relay.toml:11:7: listen[1].uri: a URI, such as \"msrp://127.0.0.1:2855\", is wanted, not a number"});
  CHECK(second("uri = \"\"\n") ==
        Lines{"relay.toml:11:7: listen[1].uri: a URI, such as \"msrp://127.0.0.1:2855\", is wanted, not an empty text"});
  CHECK(second("") == Lines{"relay.toml:10:1: listen[1].uri: missing: where to listen, such as \"msrp://127.0.0.1:2855\""});
  const std::string uri = "uri = \"msrp://127.0.0.1:2856\"\n";
  CHECK(second(uri + "name = []\n") == Lines{"relay.toml:12:8: listen[1].name: a name is wanted, not a list"});
  CHECK(second(uri + "name = \"a\\nb\"\n") ==
        Lines{"relay.toml:12:8: listen[1].name: a name is wanted, not a text with control characters"});
  CHECK(second(uri + "name = \"" + std::string(129, 'n') + "\"\n") ==
        Lines{"relay.toml:12:8: listen[1].name: a name has at most 128 octets"});
  CHECK(second(uri + "plaintext_auth = \"true\"\n") ==
        Lines{"relay.toml:12:18: listen[1].plaintext_auth: true or false, without quotes, is wanted, not a text"});
  CHECK(second(uri + "realm = \"a:b\"\n") ==
        Lines{"relay.toml:12:9: listen[1].realm: a realm has printable ASCII characters only, no colon, quotation mark or backslash"});
  CHECK(good(uri + "realm = \"two words\"\n").realm == "two words");
}

TEST_CASE("advertised host and port") {
  const std::string uri = "uri = \"msrp://127.0.0.1:2856\"\n";
  CHECK(good(uri + "advertise = \"other.example.org:443\"\n").advertise_host == "other.example.org");
  CHECK(good(uri + "advertise = \"other.example.org:443\"\n").advertise_port == 443);
  CHECK(good(uri + "advertise = \"other.example.org\"\n").advertise_port == 2856);
  const auto fault = [&](const std::string& value) {
    const Lines lines = second(uri + "advertise = \"" + value + "\"\n");
    REQUIRE(lines.size() == 1);
    return lines[0];
  };
  const std::string start = "relay.toml:12:13: listen[1].advertise: ";
  CHECK(fault("other:443") == start + "`other` has no dot: a full name such as relay.example.org is wanted");
  CHECK(fault("192.0.2.1:443") == start + "a name is wanted, not an address: clients put it into URIs that others must find");
  CHECK(fault("other.example.org:0") == start + "`0` is no port: 1 to 65535");
  CHECK(fault("other.example.org:x") == start + "`x` is no port: 1 to 65535");
  CHECK(fault("[::1]:443") == start + "HOST:PORT, such as \"relay.example.org:2855\", is wanted");
  CHECK(fault("msrp://other.example.org:443") == start + "HOST:PORT, such as \"relay.example.org:2855\", is wanted");
}

TEST_CASE("protocols") {
  const std::string uri = "uri = \"msrp://127.0.0.1:2856\"\n";
  CHECK_FALSE(good(uri + "protocols = [\"msrp\"]\n").sip);
  CHECK(good(uri + "protocols = [\"sip\", \"msrp\"]\n").sip);
  const std::string start = "listen[1].protocols: ";
  CHECK(second(uri + "protocols = \"msrp\"\n") ==
        Lines{"relay.toml:12:13: " + start + "a list such as [\"msrp\", \"sip\"] is wanted, not a text"});
  CHECK(second(uri + "protocols = [\"msrp\", \"spi\"]\n") ==
        Lines{"relay.toml:12:22: " + start + "unknown protocol `spi`: \"msrp\" or \"sip\"; did you mean `sip`?"});
  CHECK(second(uri + "protocols = [\"msrp\", \"msrp\"]\n") == Lines{"relay.toml:12:22: " + start + "`msrp` is named twice"});
  CHECK(second(uri + "protocols = [\"msrp\", 1]\n") == Lines{"relay.toml:12:22: " + start + "\"msrp\" or \"sip\" is wanted, not a number"});
  CHECK(second(uri + "protocols = [\"sip\"]\n") == Lines{"relay.toml:12:13: " + start + "\"msrp\" must be among the protocols"});
}

TEST_CASE("two listeners in each other's way") {
  CHECK(second("uri = \"msrp://127.0.0.1:2855\"\n") ==
        Lines{"relay.toml:11:1: listen[1].uri: 127.0.0.1:2855 is what listen[0] (line 5) listens on already"});
  CHECK(second("uri = \"msrp://0.0.0.0:2855\"\n") ==
        Lines{"relay.toml:11:1: listen[1].uri: 0.0.0.0:2855 overlaps with 127.0.0.1:2855 of listen[0] (line 5): use another port"});
  CHECK(second("uri = \"msrp://127.0.0.2:2855\"\n").empty());
  CHECK(second("uri = \"msrp://[::1]:2855\"\n").empty());
  CHECK(second("uri = \"msrp://127.0.0.1:2856\"\nname = \"first\"\n") ==
        Lines{"relay.toml:12:1: listen[1].name: the name `first` is that of listen[0], too"});
}

TEST_CASE("what works but is unwise") {
  CHECK(second("uri = \"msrp://127.0.0.1:0\"\n") ==
        Lines{"relay.toml:11:1: warning: listen[1].uri: port 0 is another port after each start: for tests only"});
  const std::string clear = "users authenticate and write in clear: for labs, trusted networks and behind TLS terminators only";
  CHECK(second("uri = \"msrp://0.0.0.0:2856\"\nplaintext_auth = true\n") ==
        Lines{"relay.toml:12:1: warning: listen[1].plaintext_auth: " + clear});
  CHECK(second("uri = \"msrp://[::1]:2856\"\nplaintext_auth = true\n").empty());
  CHECK(loading::told("[users]\nfile = \"u\"\n[[listen]]\nuri = \"msrp://127.0.0.1:2855\"\n") ==
        Lines{"relay.toml:3:1: warning: listen: no listener takes AUTH: without TLS it needs plaintext_auth = true, so no client can use "
              "the relay"});
}
