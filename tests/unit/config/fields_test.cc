// Every other key: good values, and each fault with its place.
#include <catch2/catch_test_macros.hpp>

#include "config/keys.h"
#include "loading.h"

using config::Config;
using loading::Lines;
using loading::told_of;
using namespace std::chrono_literals;

namespace {

Config good(const std::string& more) {
  const config::Loaded loaded = loading::load(loading::good + more);
  for (const config::Fault& fault : loaded.faults) CHECK((fault.warning && config::to_string(fault).empty() == false));
  CHECK(loaded.good());
  return loaded.config;
}

// What is told of one key, whose line is 11.
std::string fault(const std::string& section, const std::string& line) {
  const Lines lines = told_of("[" + section + "]\n" + line + "\n");
  REQUIRE(lines.size() == 1);
  return lines[0];
}

}  // namespace

TEST_CASE("relay.name and relay.realm") {
  const Config config = good("[relay]\nname = \"other.example.org\"\n");
  CHECK(config.name == "other.example.org");
  CHECK(config.realm == "other.example.org");
  CHECK(config.listens[0].advertise_host == "other.example.org");
  CHECK(good("[relay]\nrealm = \"example.org\"\n").listens[0].realm == "example.org");
  CHECK(fault("relay", "name = \"192.0.2.1\"").starts_with("relay.toml:11:8: relay.name: a name is wanted, not an address"));
  CHECK(fault("relay", "name = true") ==
        "relay.toml:11:8: relay.name: a full host name, such as \"relay.example.org\", is wanted, not true or false");
  CHECK(fault("relay", "realm = \"" + std::string(129, 'r') + "\"") == "relay.toml:11:9: relay.realm: a realm has at most 128 octets");
  CHECK(fault("relay", "realm = \"a\\\"b\"") ==
        "relay.toml:11:9: relay.realm: a realm has printable ASCII characters only, no colon, quotation mark or backslash");
}

TEST_CASE("the host's own name must serve where none is given (R-195)") {
  const config::Loaded loaded = config::load(loading::good, "relay.toml", {.full_name = "nodots", .open_files = 1000});
  REQUIRE(loaded.faults.size() == 1);
  CHECK(config::to_string(loaded.faults[0]) ==
        "relay.toml: relay.name: the host's own name does not serve (`nodots` has no dot: a full name such as relay.example.org is "
        "wanted): set it");
}

TEST_CASE("relay.cores") {
  CHECK(std::holds_alternative<std::monostate>(good("[relay]\ncores = \"all\"\n").cores));
  CHECK(std::get<std::size_t>(good("[relay]\ncores = 4\n").cores) == 4);
  CHECK(std::get<std::vector<int>>(good("[relay]\ncores = [3, 0]\n").cores) == std::vector{3, 0});
  CHECK(fault("relay", "cores = 0") == "relay.toml:11:9: relay.cores: 0 is out of range: 1 to 1024, or \"all\"");
  CHECK(fault("relay", "cores = \"al\"") ==
        "relay.toml:11:9: relay.cores: \"all\", a number or a list of CPUs is wanted; did you mean `all`?");
  CHECK(fault("relay", "cores = 1.5") ==
        "relay.toml:11:9: relay.cores: \"all\", a number or a list of CPUs is wanted, not a number with a fraction");
  CHECK(fault("relay", "cores = []") == "relay.toml:11:9: relay.cores: a list of 1 to 1024 CPUs is wanted");
  CHECK(fault("relay", "cores = [0, 0]") == "relay.toml:11:13: relay.cores: CPU 0 is named twice");
  CHECK(fault("relay", "cores = [0, -1]") == "relay.toml:11:13: relay.cores: -1 is no CPU number: 0 to 8191");
  CHECK(fault("relay", "cores = [\"0\"]") == "relay.toml:11:10: relay.cores: a CPU number is wanted, not a text");
}

TEST_CASE("users") {
  using config::Algorithm;
  const std::string listen = "[[listen]]\nuri = \"msrp://127.0.0.1:2855\"\nplaintext_auth = true\n";
  const auto load = [&](const std::string& users) { return loading::load(listen + "[users]\nfile = \"u\"\n" + users); };
  const auto told = [&](const std::string& users) { return loading::told(listen + "[users]\n" + users); };
  CHECK(load("").config.algorithms.empty());
  CHECK(load("algorithms = [\"MD5\"]\n").config.algorithms == std::vector{Algorithm::md5});
  CHECK(load("algorithms = [\"SHA-256\", \"MD5\"]\n").config.algorithms == std::vector{Algorithm::sha256, Algorithm::md5});
  CHECK(told("file = 1\n") == Lines{"relay.toml:5:8: users.file: the name of a file is wanted, not a number"});
  CHECK(told("file = \"u\"\nalgorithms = \"MD5\"\n") ==
        Lines{"relay.toml:6:14: users.algorithms: a list such as [\"SHA-256\", \"MD5\"] is wanted, not a text"});
  CHECK(told("file = \"u\"\nalgorithms = [\"SHA256\"]\n") ==
        Lines{"relay.toml:6:15: users.algorithms: unknown algorithm `SHA256`: \"SHA-256\" or \"MD5\"; did you mean `SHA-256`?"});
  CHECK(told("file = \"u\"\nalgorithms = [\"MD5\", \"MD5\"]\n") == Lines{"relay.toml:6:22: users.algorithms: `MD5` is named twice"});
  CHECK(told("file = \"u\"\nalgorithms = []\n") == Lines{"relay.toml:6:14: users.algorithms: at least one algorithm is wanted"});
  CHECK(told("file = \"u\"\nalgorithms = [\"SHA-256\"]\n") ==
        Lines{"relay.toml:6:1: warning: users.algorithms: clients that know RFC 4976 alone can only answer MD5"});
}

TEST_CASE("durations have units and ranges") {
  CHECK(good("[session]\nexpires = \"10m\"\nexpires_min = \"2m\"\nexpires_max = \"2h\"\n").expires == 10min);
  CHECK(good("[timers]\ntransaction = \"40s\"\n").timers.transaction == 40s);
  CHECK(good("[timers]\nshutdown = \"0s\"\n").timers.shutdown == 0s);
  CHECK(fault("timers", "transaction = 30") ==
        "relay.toml:11:15: timers.transaction: a duration with its unit, such as \"30s\", is wanted, not a number");
  CHECK(fault("timers", "transaction = \"30\"") ==
        "relay.toml:11:15: timers.transaction: `30`: no unit (a whole number and its unit: ms, s, m, h, d); did you mean `30s`?");
  CHECK(fault("timers", "transaction = \"0s\"") == "relay.toml:11:15: timers.transaction: 0s is out of range: 100ms to 10m");
  CHECK(fault("timers", "transaction = \"11m\"") == "relay.toml:11:15: timers.transaction: 11m is out of range: 100ms to 10m");
}

TEST_CASE("sizes and numbers have ranges: what the codec and the pool have room for") {
  CHECK(good("[limits]\nheader_bytes = \"16KiB\"\n").limits.header_bytes == 16384);
  CHECK(fault("limits", "header_bytes = \"17KiB\"") == "relay.toml:11:16: limits.header_bytes: 17KiB is out of range: 512B to 16KiB");
  CHECK(fault("limits", "header_bytes = 8192") ==
        "relay.toml:11:16: limits.header_bytes: a size with its unit, such as \"16KiB\", is wanted, not a number");
  CHECK(good("[limits]\nbody_prefix = \"2KiB\"\n").limits.body_prefix == 2048);
  CHECK(good("[limits]\nheader_lines = 128\nuris_per_path = 32\n").limits.uris_per_path == 32);
  CHECK(fault("limits", "header_lines = 129") == "relay.toml:11:16: limits.header_lines: 129 is out of range: 8 to 128");
  CHECK(fault("limits", "uris_per_path = 33") == "relay.toml:11:17: limits.uris_per_path: 33 is out of range: 2 to 32");
  CHECK(fault("limits", "sessions = -1") == "relay.toml:11:12: limits.sessions: -1 is out of range: 1 to 100000000");
  CHECK(fault("limits", "sessions = \"many\"") == "relay.toml:11:12: limits.sessions: a whole number is wanted, not a text");
}

TEST_CASE("limits.links") {
  CHECK(good("").limits.links == 0);
  CHECK(good("[limits]\nlinks = \"auto\"\n").limits.links == 0);
  CHECK(good("[limits]\nlinks = 5000\n").limits.links == 5000);
  CHECK(fault("limits", "links = 0") == "relay.toml:11:9: limits.links: 0 is out of range: 1 to 100000000, or \"auto\"");
  CHECK(fault("limits", "links = \"many\"") == "relay.toml:11:9: limits.links: \"auto\" or a whole number is wanted, not a text");
  CHECK(fault("limits", "links = 200000") ==
        "relay.toml:11:1: warning: limits.links: this process may open 100000 files only: raise the limit (LimitNOFILE of the service)");
}

TEST_CASE("relays.addresses and destinations.allow") {
  CHECK(good("[relays]\naddresses = [\"192.0.2.1\", \"2001:db8::1\"]\n").relay_addresses.size() == 2);
  CHECK(good("[destinations]\nallow = [\"192.0.2.0/24\", \"2001:db8::/32\", \"192.0.2.7\"]\n").destinations_allowed.size() == 3);
  CHECK(fault("relays", "addresses = [\"relay.example\"]") == "relay.toml:11:14: relays.addresses: `relay.example` is no IP address");
  CHECK(fault("relays", "addresses = [\"::1\", \"0::1\"]") == "relay.toml:11:21: relays.addresses: `0::1` is named twice");
  CHECK(fault("relays", "addresses = \"::1\"") == "relay.toml:11:13: relays.addresses: a list of addresses is wanted, not a text");
  const std::string start = "relay.toml:11:10: destinations.allow: ";
  CHECK(fault("destinations", "allow = [\"localhost\"]") ==
        start + "`localhost` is no network: an address with the length of its prefix, such as 192.0.2.0/24");
  CHECK(fault("destinations", "allow = [\"192.0.2.1/24\"]") ==
        start + "`192.0.2.1/24` has bits set behind its prefix: write the network's first address, or /32 for this address alone");
  CHECK(fault("destinations", "allow = [\"192.0.2.0/33\"]") == start + "the length of the prefix is 0 to 32");
  CHECK(fault("destinations", "allow = [\"::/x\"]") == start + "the length of the prefix is 0 to 128");
  CHECK(fault("destinations", "allow = [7]") == start + "a network, such as \"192.0.2.0/24\", is wanted, not a number");
  CHECK(fault("destinations", "allow = [\"::/0\"]") ==
        "relay.toml:11:10: warning: destinations.allow: `::/0` lets clients reach every address, this machine and your own networks among "
        "them");
  // All items are judged.
  CHECK(told_of("[destinations]\nallow = [\"a\", \"b\"]\n").size() == 2);
}

TEST_CASE("http.listen") {
  CHECK_FALSE(good("").http.wanted());
  CHECK_FALSE(good("[http]\nlisten = \"off\"\n").http.wanted());
  CHECK(good("[http]\nlisten = \"127.0.0.1:9255\"\n").http.endpoint->to_string() == "127.0.0.1:9255");
  CHECK(good("[http]\nlisten = \"[::1]:9255\"\n").http.endpoint->to_string() == "[::1]:9255");
  CHECK(good("[http]\nlisten = \"unix:/run/r.sock\"\n").http.path == "/run/r.sock");
  const std::string no_address = " is no address with a port: \"127.0.0.1:9255\", \"[::1]:9255\", \"unix:/run/msrp-relay/http.sock\"";
  for (const std::string wrong : {"127.0.0.1", "localhost:80", "127.0.0.1:0", "127.0.0.1:65536", "::1:80"}) {
    CHECK(fault("http", "listen = \"" + wrong + "\"") == "relay.toml:11:10: http.listen: `" + wrong + "`" + no_address);
  }
  const std::string no_path = "relay.toml:11:10: http.listen: the path of a UNIX socket begins with / and has at most 107 octets";
  CHECK(fault("http", "listen = \"unix:relative\"") == no_path);
  CHECK(fault("http", "listen = \"unix:/" + std::string(107, 'x') + "\"") == no_path);
  CHECK(fault("http", "listen = 80") == "relay.toml:11:10: http.listen: \"ADDRESS:PORT\" or \"unix:PATH\" is wanted, not a number");
  CHECK(fault("http", "listen = \"192.0.2.1:9255\"").find("is no loopback address") != std::string::npos);
}

TEST_CASE("control") {
  CHECK_FALSE(good("").control.wanted());
  CHECK_FALSE(good("[control]\nsocket = \"off\"\n").control.wanted());
  const Config config = good("[control]\nsocket = \"/run/c\"\noperators = [\"staff\", \"wheel\"]\nobservers = [\"noc\"]\n");
  CHECK(config.control.path == "/run/c");
  CHECK(config.control.operators == std::vector<std::string>{"staff", "wheel"});
  CHECK(config.control.observers == std::vector<std::string>{"noc"});
  const std::string no_path = "relay.toml:11:10: control.socket: the path of a UNIX socket begins with / and has at most 107 octets";
  CHECK(fault("control", "socket = \"unix:/run/c\"") == no_path);
  CHECK(fault("control", "socket = \"/" + std::string(107, 'x') + "\"") == no_path);
  const std::string socket = "[control]\nsocket = \"/run/c\"\n";
  CHECK(told_of(socket + "observers = \"noc\"\n") ==
        loading::Lines{"relay.toml:12:13: control.observers: a list of names of groups is wanted, not a text"});
  CHECK(told_of(socket + "operators = [\"a\", \"a\"]\n") == loading::Lines{"relay.toml:12:19: control.operators: `a` is named twice"});
  CHECK(told_of("[control]\nobservers = [\"noc\"]\n") ==
        loading::Lines{"relay.toml:11:1: warning: control.observers: has no meaning without [control] socket"});
}

TEST_CASE("a service has its control socket in its runtime directory, unless it says otherwise") {
  config::Host host = loading::host();
  host.runtime_directory = "/run/r";
  CHECK(config::load(loading::good, "f", host).config.control.path == "/run/r/control.sock");
  CHECK_FALSE(config::load(loading::good + "[control]\nsocket = \"off\"\n", "f", host).config.control.wanted());
}

TEST_CASE("dns.hosts") {
  const Config config = good("[dns]\nhosts = { \"b.example.net\" = \"192.0.2.7\", c = [\"::1\", \"192.0.2.8\"] }\n");
  REQUIRE(config.dns_hosts.size() == 3);
  CHECK(config.dns_hosts[0].first == "b.example.net");
  CHECK(config.dns_hosts[2].first == "c");
  CHECK(config.dns_hosts[2].second.to_string() == "192.0.2.8");
  CHECK(fault("dns", "hosts = []") ==
        "relay.toml:11:9: dns.hosts: a table such as { \"b.example.net\" = \"192.0.2.7\" } is wanted, not a list");
  CHECK(fault("dns", "hosts = { \"b_c\" = \"::1\" }") ==
        "relay.toml:11:11: dns.hosts.\"b_c\": a host name has letters, digits, hyphens and dots only");
  CHECK(fault("dns", "hosts = { b = \"c\" }") == "relay.toml:11:15: dns.hosts.\"b\": `c` is no IP address");
  CHECK(fault("dns", "hosts = { b = 1 }") == "relay.toml:11:15: dns.hosts.\"b\": an IP address or a list of them is wanted, not a number");
  CHECK(fault("dns", "hosts = { b.example = \"::1\" }") ==
        "relay.toml:11:11: dns.hosts.\"b\": an address or a list of addresses is wanted, not a table; a name with dots stands in quotes");
}

TEST_CASE("no key takes a date, and every key says so") {
  for (const config::Key& key : config::all_keys()) {
    const std::string name(key.name);
    const bool listen = key.section == "listen";
    // users.file and the listener of the good file would be twice there.
    if (key.section == "users") continue;
    const std::string table = listen ? "[[listen]]" : "[" + std::string(key.section) + "]";
    const Lines lines = told_of(table + "\n" + name + " = 1979-05-27\n");
    INFO(name);
    REQUIRE_FALSE(lines.empty());
    const std::string start = "relay.toml:11:" + std::to_string(name.size() + 4) + ": ";
    CHECK(std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with(start) &&
             (line.find("not a date or time") != std::string::npos || line.find("this build has no") != std::string::npos);
    }));
  }
}
