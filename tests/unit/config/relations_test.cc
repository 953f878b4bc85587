// What keys must be to each other, and what works but is unwise.
#include <catch2/catch_test_macros.hpp>

#include "loading.h"

using loading::Lines;
using loading::told_of;

TEST_CASE("expires_min <= expires <= expires_max") {
  CHECK(told_of("[session]\nexpires_min = \"1m\"\nexpires = \"1m\"\nexpires_max = \"1m\"\n").empty());
  CHECK(told_of("[session]\nexpires = \"2h\"\n") ==
        Lines{"relay.toml:11:1: session.expires: session.expires (2h) must not be above session.expires_max (1h, the default)"});
  CHECK(told_of("[session]\nexpires_max = \"10m\"\n") ==
        Lines{"relay.toml:11:1: session.expires_max: session.expires (30m, the default) must not be above session.expires_max (10m)"});
  CHECK(told_of("[session]\nexpires = \"5m\"\nexpires_min = \"6m\"\n") ==
        Lines{"relay.toml:12:1: session.expires_min: session.expires_min (6m) must not be above session.expires (5m)"});
}

TEST_CASE("a key that is wrong for itself is told once") {
  CHECK(told_of("[session]\nexpires_min = \"1y\"\nexpires = \"31s\"\n") ==
        Lines{"relay.toml:11:15: session.expires_min: `1y`: unknown unit (a whole number and its unit: ms, s, m, h, d)"});
}

TEST_CASE("Expires counts whole seconds") {
  CHECK(told_of("[session]\nexpires = \"90500ms\"\n") ==
        Lines{"relay.toml:11:1: session.expires: whole seconds are wanted: that is what Expires can say"});
}

TEST_CASE("a session's and a link's share fit into the core's") {
  CHECK(told_of("[limits]\ncore_buffer = \"1MiB\"\n").empty());
  CHECK(told_of("[limits]\nsession_buffer = \"65MiB\"\n") == Lines{"relay.toml:11:1: limits.session_buffer: limits.session_buffer (65MiB) "
                                                                   "must not be above limits.core_buffer (64MiB, the default)"});
  CHECK(told_of("[limits]\ncore_buffer = \"2MiB\"\nlink_output = \"3MiB\"\n") ==
        Lines{"relay.toml:12:1: limits.link_output: limits.link_output (3MiB) must not be above limits.core_buffer (2MiB)"});
}

TEST_CASE("unwise values are warned of and used") {
  const auto warned = [](const std::string& section, const std::string& line) {
    const config::Loaded loaded = loading::load(loading::good + "[" + section + "]\n" + line + "\n");
    CHECK(loaded.good());
    REQUIRE(loaded.faults.size() == 1);
    return config::to_string(loaded.faults[0]);
  };
  CHECK(warned("session", "expires_min = \"30s\"") ==
        "relay.toml:11:1: warning: session.expires_min: some clients renew without end when they get less than 31s");
  CHECK(warned("session", "expires_max = \"30d\"") ==
        "relay.toml:11:1: warning: session.expires_max: some clients renew without end when they get more than 2147512s");
  CHECK(warned("timers", "transaction = \"5s\"") == "relay.toml:11:1: warning: timers.transaction: RFC 4975 gives a next hop 30s");
  CHECK(warned("timers", "first_request = \"1m\"") ==
        "relay.toml:11:1: warning: timers.first_request: RFC 4976 gives a new connection at most 30s");
  CHECK(warned("timers", "idle = \"59m\"") ==
        "relay.toml:11:1: warning: timers.idle: RFC 4976 lets a relay close connections that were idle for an hour, not sooner");
}
