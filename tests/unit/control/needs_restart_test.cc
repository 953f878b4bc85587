// Two configurations that differ in one value each time.
#include "control/needs_restart.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace {

config::Config sample() {
  config::Config config;
  config.name = "relay.example.org";
  config.realm = "example.org";
  config.listens.resize(2);
  config.listens[0].uri = "msrp://127.0.0.1:2855";
  config.listens[1].uri = "msrp://127.0.0.1:2856";
  config.users_file = "users";
  return config;
}

template <class Change>
std::vector<std::string> after(Change change) {
  config::Config changed = sample();
  change(changed);
  return control::needs_restart(sample(), changed);
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("equal configurations need nothing") { CHECK(control::needs_restart(sample(), sample()).empty()); }

TEST_CASE("a changed key is named as it stands in the file") {
  CHECK(after([](auto& c) { c.realm = "other"; }) == Keys{"relay.realm"});
  CHECK(after([](auto& c) { c.cores = std::size_t{2}; }) == Keys{"relay.cores"});
  CHECK(after([](auto& c) { c.listens[1].plaintext_auth = true; }) == Keys{"listen[1]"});
  CHECK(after([](auto& c) { c.listens.pop_back(); }) == Keys{"listen[1]"});
  CHECK(after([](auto& c) { c.listens.emplace_back(); }) == Keys{"listen[2]"});
  CHECK(after([](auto& c) { c.users_file = "others"; }) == Keys{"users.file"});
  CHECK(after([](auto& c) { c.accounting.interim = std::chrono::seconds(7); }) == Keys{"accounting"});
  CHECK(after([](auto& c) { c.limits.sessions = 7; }) == Keys{"limits.sessions"});
  CHECK(after([](auto& c) { c.timers.idle = std::chrono::seconds(7); }) == Keys{"timers.idle"});
  CHECK(after([](auto& c) { c.ca_file = "ca.pem"; }) == Keys{"tls.ca_file"});
  CHECK(after([](auto& c) { c.crl_file = "crl.pem"; }) == Keys{"tls.crl_file"});
  CHECK(after([](auto& c) { c.relay_names = {"a.example"}; }) == Keys{"tls.relays"});
  CHECK(after([](auto& c) { c.dns_hosts.emplace_back("a.example", base::IpAddress()); }) == Keys{"dns.hosts"});
}

TEST_CASE("all changed keys are named") {
  const Keys keys = after([](auto& c) {
    c.name = "other.example.org";
    c.expires = std::chrono::minutes(7);
    c.limits.links = 9;
  });
  CHECK(keys == Keys{"relay.name", "session.expires", "limits.links"});
}

TEST_CASE("rules are read again and need no restart") {
  CHECK(after([](auto& c) { c.rules.emplace_back(); }).empty());
}
