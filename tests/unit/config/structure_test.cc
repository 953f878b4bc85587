// Tables and keys that are not what they should be: each fault with line, column, key, reason and the nearest right name.
#include <catch2/catch_test_macros.hpp>

#include "loading.h"

using loading::Lines;
using loading::told;
using loading::told_of;

TEST_CASE("a file with one listener and one users file is a working relay") {
  const config::Loaded loaded = loading::load(loading::good);
  CHECK(loaded.good());
  CHECK(loaded.faults.empty());
  CHECK(loaded.config.file == "relay.toml");
  CHECK(loaded.config.name == "relay.example.net");
  CHECK(loaded.config.realm == "relay.example.net");
  CHECK(loaded.config.users_file == "users");
  REQUIRE(loaded.config.listens.size() == 1);
  const config::Listen& listen = loaded.config.listens[0];
  CHECK(listen.name == "first");
  CHECK(listen.transport == config::Transport::tcp);
  CHECK(listen.endpoint.to_string() == "127.0.0.1:2855");
  CHECK(listen.advertise_host == "relay.example.net");
  CHECK(listen.advertise_port == 2855);
  CHECK(listen.realm == "relay.example.net");
  CHECK(listen.plaintext_auth);
  CHECK_FALSE(listen.sip);
}

TEST_CASE("an empty file lacks what a relay needs") {
  const Lines lines = told("");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "relay.toml: listen: nowhere to listen: add a [[listen]] with its uri, such as \"msrp://127.0.0.1:2855\"");
  CHECK(lines[1] == "relay.toml: users.file: no users: name the file in [users] file, or nobody can use the relay");
}

TEST_CASE("unknown keys and tables name the nearest right one, or where the key belongs") {
  CHECK(told_of("[sesion]\nexpires = \"1h\"\n") == Lines{"relay.toml:10:2: sesion: unknown table; did you mean `session`?"});
  CHECK(told_of("[colours]\nsky = \"blue\"\n") == Lines{"relay.toml:10:2: colours: unknown table"});
  CHECK(told_of("[session]\nexpires_mni = \"1m\"\n") ==
        Lines{"relay.toml:11:1: session.expires_mni: unknown key; did you mean `expires_min`?"});
  CHECK(told_of("[session]\nsky = 1\n") == Lines{"relay.toml:11:1: session.sky: unknown key"});
  CHECK(told_of("[session]\nidle = \"1h\"\n") == Lines{"relay.toml:11:1: session.idle: unknown key here; it belongs into [timers]"});
  CHECK(told("cores = 1\n" + loading::good) == Lines{"relay.toml:1:1: cores: unknown key here; it belongs into [relay]"});
  CHECK(told("realm = \"x\"\n" + loading::good) == Lines{"relay.toml:1:1: realm: unknown key here; it belongs into [relay] or [[listen]]"});
  CHECK(told("sky = 1\n" + loading::good) == Lines{"relay.toml:1:1: sky: unknown key"});
  CHECK(told_of("[[listen]]\nuri = \"msrp://127.0.0.1:2856\"\nplaintxt_auth = true\n") ==
        Lines{"relay.toml:12:1: listen[1].plaintxt_auth: unknown key; did you mean `plaintext_auth`?"});
}

TEST_CASE("tables of the wrong kind") {
  CHECK(told("[users]\nfile = \"u\"\n[listen]\nuri = \"msrp://127.0.0.1:2855\"\n") ==
        Lines{"relay.toml:3:2: listen: a table of a list is wanted: write [[listen]] above its keys"});
  CHECK(told_of("[[session]]\nexpires = \"1h\"\n") == Lines{"relay.toml:10:3: session: there is one [session], with single brackets"});
  CHECK(told("session = 7\n" + loading::good) == Lines{"relay.toml:1:1: session: a table is wanted: write [session] above its keys"});
  CHECK(told_of("[rule]\nname = \"x\"\n") == Lines{"relay.toml:10:2: rule: a table of a list is wanted: write [[rule]] above its keys"});
}

TEST_CASE("rules are handed on as they stand") {
  const config::Loaded loaded = loading::load(loading::good + "[[rule]]\nname = \"a\"\nsky = 1\n[[rule]]\nname = \"b\"\n");
  CHECK(loaded.good());
  REQUIRE(loaded.config.rules.size() == 2);
  CHECK(loaded.config.rules[0].place.line == 10);
  CHECK(std::get<config::Table>(loaded.config.rules[0].is).at(1).key == "sky");
}

TEST_CASE("tls.ktls") {
  CHECK(loading::load(loading::good).config.kernel_tls == config::KernelTls::automatic);
  CHECK(loading::load(loading::good + "[tls]\nktls = \"off\"\n").config.kernel_tls == config::KernelTls::off);
  CHECK(loading::load(loading::good + "[tls]\nktls = \"required\"\n").config.kernel_tls == config::KernelTls::required);
  CHECK(told_of("[tls]\nktls = \"require\"\n") ==
        Lines{"relay.toml:11:8: tls.ktls: unknown choice `require`: \"auto\", \"off\" or \"required\"; did you mean `required`?"});
  CHECK(told_of("[tls]\nktls = true\n").size() == 1);
}

TEST_CASE("dns.servers") {
  const config::Loaded loaded =
      loading::load(loading::good + "[dns]\nservers = [\"192.0.2.53\", \"192.0.2.53:5353\", \"2001:db8::53\", \"[2001:db8::53]:5353\"]\n");
  REQUIRE(loaded.good());
  std::string all;
  for (const base::Endpoint& server : loaded.config.dns_servers) all += server.to_string() + " ";
  CHECK(all == "192.0.2.53:53 192.0.2.53:5353 [2001:db8::53]:53 [2001:db8::53]:5353 ");
  for (const char* wrong : {"ns.example.net", "192.0.2.53:0", "192.0.2.53:70000", "192.0.2.53:", "[192.0.2.53]:53", "192.0.2.300", ""}) {
    INFO(wrong);
    CHECK(told_of("[dns]\nservers = [\"" + std::string(wrong) + "\"]\n").size() == 1);
  }
  CHECK(told_of("[dns]\nservers = [\"192.0.2.53\", \"192.0.2.53:53\"]\n").size() == 1);
}

TEST_CASE("[tls]: who may vouch, and whose certificates make a relay") {
  const config::Loaded loaded = loading::load(
      loading::good + "[tls]\nca_file = \"ca.pem\"\ncrl_file = \"crl.pem\"\nrelays = [\"A.example.net\", \"*.example.org\"]\n");
  REQUIRE(loaded.good());
  CHECK(loaded.config.ca_file == "ca.pem");
  CHECK(loaded.config.crl_file == "crl.pem");
  CHECK(loading::load(loading::good).config.crl_file.empty());
  CHECK(loaded.config.relay_names == std::vector<std::string>{"a.example.net", "*.example.org"});
  CHECK(told_of("[tls]\nca_file = 5\ncrl_file = \"\"\nrelays = [\"*\", \"a.example\", \"A.example\", \"a.*.example\"]\n").size() == 5);
}

TEST_CASE("listen.ocsp_response: one for each certificate, or none for some, and only with TLS") {
  const std::string secure =
      "[[listen]]\nuri = \"msrps://127.0.0.1:2860\"\ncertificate = [\"a.pem\", \"b.pem\"]\nprivate_key = [\"a.key\", \"b.key\"]\n";
  const config::Loaded loaded = loading::load(loading::good + secure + "ocsp_response = [\"a.ocsp\", \"\"]\n");
  REQUIRE(loaded.good());
  CHECK(loaded.config.listens.back().statuses == std::vector<std::string>{"a.ocsp", ""});
  CHECK(told_of(secure + "ocsp_response = \"a.ocsp\"\n").size() == 1);
  CHECK(told_of("[[listen]]\nuri = \"msrp://127.0.0.1:2861\"\nocsp_response = \"a.ocsp\"\n").size() == 1);
}

TEST_CASE("all faults at once, in the order of the file") {
  CHECK(told("[relay]\n"
             "name = \"nodots\"\n"
             "realm = 7\n"
             "\n"
             "[[listen]]\n"
             "uri = \"msrp://127.0.0.1:99999\"\n"
             "plaintxt_auth = true\n"
             "[session]\n"
             "expires = \"30 parsecs\"\n"
             "[limits]\n"
             "header_bytes = \"-1KiB\"\n"
             "[colours]\n") ==
        Lines{"relay.toml: users.file: no users: name the file in [users] file, or nobody can use the relay",
              "relay.toml:2:8: relay.name: `nodots` has no dot: a full name such as relay.example.org is wanted",
              "relay.toml:3:9: relay.realm: a realm, such as \"example.org\", is wanted, not a number",
              "relay.toml:6:7: listen[0].uri: `99999` is no port: 0 to 65535",
              "relay.toml:7:1: listen[0].plaintxt_auth: unknown key; did you mean `plaintext_auth`?",
              "relay.toml:9:11: session.expires: `30 parsecs`: unknown unit (a whole number and its unit: ms, s, m, h, d)",
              "relay.toml:11:16: limits.header_bytes: `-1KiB`: no number (a whole number and its unit: B, KiB, MiB, GiB, kB, KB, MB, GB)",
              "relay.toml:12:2: colours: unknown table"});
}

TEST_CASE("the number of listeners is bounded") {
  std::string text = "[users]\nfile = \"u\"\n";
  for (int i = 0; i < 257; ++i) text += "[[listen]]\n";
  const Lines lines = told(text);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "relay.toml:259:1: listen: more than 256 [[listen]] tables");
}
