#include "config/host_name.h"

#include <catch2/catch_test_macros.hpp>

using config::full_name_fault;
using config::host_name_fault;

TEST_CASE("host names") {
  for (const char* const name : {"a", "relay", "relay.example.org", "3com.com", "xn--bcher-kva.example", "A-b.C", "127.0.0.1"}) {
    INFO(name);
    CHECK(host_name_fault(name).empty());
  }
  CHECK(host_name_fault(std::string(63, 'a')).empty());
  for (const char* const name :
       {"", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a_b", "a b", "b\xC3\xBC.example", "a/b", "[::1]", "::1"}) {
    INFO(name);
    CHECK_FALSE(host_name_fault(name).empty());
  }
  CHECK_FALSE(host_name_fault(std::string(64, 'a')).empty());
  std::string longest = "a";
  while (longest.size() + 2 <= 253) longest += ".a";
  CHECK(host_name_fault(longest).empty());
  CHECK_FALSE(host_name_fault(longest + ".a").empty());
}

TEST_CASE("full names have a dot and are no addresses (R-195)") {
  CHECK(full_name_fault("relay.example.org").empty());
  CHECK(full_name_fault("relay.localhost").empty());
  CHECK(full_name_fault("relay") == "`relay` has no dot: a full name such as relay.example.org is wanted");
  CHECK(full_name_fault("192.0.2.7").starts_with("a name is wanted, not an address"));
  CHECK(full_name_fault("::1").starts_with("a name is wanted, not an address"));
  CHECK(full_name_fault("[::1]").starts_with("a name is wanted, not an address"));
  CHECK(full_name_fault("1.2.3.400") == "the last part of a host name is not a number");
  CHECK(full_name_fault("relay.example.org.") == "a host name has no empty part between its dots");
}
