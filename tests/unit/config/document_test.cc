// Faults in words, and the nearest right name.
#include "config/document.h"

#include <catch2/catch_test_macros.hpp>

using config::nearest_name;

TEST_CASE("a fault in words") {
  config::Fault fault{"relay.toml", {12, 1}, "listen[1].ur", "unknown key", "uri", false};
  CHECK(config::to_string(fault) == "relay.toml:12:1: listen[1].ur: unknown key; did you mean `uri`?");
  fault.nearest.clear();
  CHECK(config::to_string(fault) == "relay.toml:12:1: listen[1].ur: unknown key");
  fault.warning = true;
  CHECK(config::to_string(fault) == "relay.toml:12:1: warning: listen[1].ur: unknown key");
  fault = {"relay.toml", {}, "listen", "nowhere to listen", {}, false};
  CHECK(config::to_string(fault) == "relay.toml: listen: nowhere to listen");
  fault = {"users", {7, 0}, {}, "no HA1", {}, false};
  CHECK(config::to_string(fault) == "users:7: no HA1");
}

TEST_CASE("the nearest name is one that can be meant") {
  CHECK(nearest_name("plaintxt_auth", {"name", "plaintext_auth", "protocols"}) == "plaintext_auth");
  CHECK(nearest_name("expire_min", {"expires", "expires_min", "expires_max"}) == "expires_min");
  CHECK(nearest_name("Realm", {"realm"}) == "realm");
  CHECK(nearest_name("REALM", {"realm"}) == "realm");
  CHECK(nearest_name("nmae", {"name"}) == "name");
  CHECK(nearest_name("ur", {"uri"}) == "uri");
  CHECK(nearest_name("colour", {"name", "realm", "cores"}).empty());
  CHECK(nearest_name("xy", {"abc", "ab", "yx"}) == "yx");
  CHECK(nearest_name("x", {"a", "b"}).empty());
  CHECK(nearest_name("", {"a"}).empty());
  CHECK(nearest_name("name", {}).empty());
  CHECK(nearest_name(std::string(100'000, 'x'), {"name"}).empty());
}
