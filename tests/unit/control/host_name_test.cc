#include "control/host_name.h"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("the full name of a host") {
  const char* const hosts =
      "127.0.0.1 localhost localhost.localdomain\n"
      "# 127.0.1.1 relay.wrong.example relay\n"
      "127.0.1.1\trelay.example.org relay # relay.late.example\n"
      "192.0.2.1 bare\n";
  CHECK(control::full_name_of("relay.example.net", hosts) == "relay.example.net");
  CHECK(control::full_name_of("relay", hosts) == "relay.example.org");
  CHECK(control::full_name_of("bare", hosts) == "bare");
  CHECK(control::full_name_of("other", hosts) == "other");
  CHECK(control::full_name_of("other", "") == "other");
}
