// What a secret leaves behind is looked at through the memory it stood in, which is still its own: the small-string buffer.
#include "base/secret.h"

#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

using base::equal_in_constant_time;
using base::Secret;

TEST_CASE("a secret is revealed by name only") {
  const Secret secret("a1b2c3");
  CHECK(secret.reveal() == "a1b2c3");
  CHECK(!secret.empty());
  CHECK(Secret().empty());
  CHECK(Secret("").empty());
}

TEST_CASE("a secret that was moved from is wiped") {
  Secret first("0123456789");
  const char* place = first.reveal().data();
  const Secret second(std::move(first));
  CHECK(second.reveal() == "0123456789");
  CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that is what is asked
  CHECK(std::string(place, 10) == std::string(10, '\0'));

  Secret third("abcdefghij");
  const char* other_place = third.reveal().data();
  Secret fourth("old");
  fourth = std::move(third);
  CHECK(fourth.reveal() == "abcdefghij");
  CHECK(std::string(other_place, 10) == std::string(10, '\0'));
  fourth = Secret(fourth);
  CHECK(fourth.reveal() == "abcdefghij");
}

TEST_CASE("comparison in constant time compares") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK(!equal_in_constant_time("abc", "abd"));
  CHECK(!equal_in_constant_time("bbc", "abc"));
  CHECK(!equal_in_constant_time("abc", "abcd"));
  CHECK(!equal_in_constant_time("abcd", "abc"));
  CHECK(!equal_in_constant_time("", "a"));
  CHECK(!equal_in_constant_time(std::string_view("a\0", 2), "a"));
  CHECK(!equal_in_constant_time("\x7f", "\xff"));
}
