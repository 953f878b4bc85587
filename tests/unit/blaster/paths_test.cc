// Paths are compared with the ones RFC 4976 works out in section 5.1.
#include "blaster/paths.h"

#include <catch2/catch_test_macros.hpp>

using namespace blaster;

TEST_CASE("paths: the example of RFC 4976 5.1", "[blaster]") {
  // A is behind the relays B and C, F behind E and D: Use-Paths "B C" and "E D".
  CHECK(sending_path("B C", "E D", "F") == "B C D E F");
  CHECK(arriving_path("B C D E F", "A") == "E D C B A");
}

TEST_CASE("paths: one relay for both, none for the sender, none at all", "[blaster]") {
  CHECK(sending_path("msrp://r/1;tcp", "msrp://r/2;tcp", "msrp://b/x;tcp") == "msrp://r/1;tcp msrp://r/2;tcp msrp://b/x;tcp");
  CHECK(arriving_path("msrp://r/1;tcp msrp://r/2;tcp msrp://b/x;tcp", "msrp://a/y;tcp") == "msrp://r/2;tcp msrp://r/1;tcp msrp://a/y;tcp");
  CHECK(sending_path("", "R", "F") == "R F");
  CHECK(arriving_path("R F", "A") == "R A");
  CHECK(sending_path("", "", "F") == "F");
  CHECK(arriving_path("F", "A") == "A");
}

TEST_CASE("paths: taken apart", "[blaster]") {
  CHECK(first_uri("a b c") == "a");
  CHECK(first_uri("a") == "a");
  CHECK(last_uri("a b c") == "c");
  CHECK(last_uri("a") == "a");
  CHECK(without_last_uri("a b c") == "a b");
  CHECK(without_last_uri("a").empty());
  CHECK(reverse_path("a b c") == "c b a");
  CHECK(reverse_path("").empty());
}
