#include "blaster/search.h"

#include <catch2/catch_test_macros.hpp>

using namespace blaster;

namespace {

// How near the search comes to a limit, in tries.
int tries_until_over(RateSearch& search, double limit) {
  int tries = 0;
  for (; !search.is_over(); ++tries) search.tell(search.next() <= limit);
  return tries;
}

}  // namespace

TEST_CASE("search: ends close below the limit, wherever the guess was", "[blaster]") {
  for (const double guess : {100.0, 12'345.0, 1'000'000.0}) {
    for (const double limit : {30.0, 9'000.0, 700'000.0}) {
      RateSearch search(guess);
      const int tries = tries_until_over(search, limit);
      INFO(guess << " " << limit << " " << tries);
      CHECK(search.best() <= limit);
      // A guess of a hundredth of the limit may end at the bound of the tries.
      if (guess * 1000 > limit) CHECK(search.best() > limit / 1.05);
    }
  }
}

TEST_CASE("search: a good guess needs few tries; nothing that holds ends it too", "[blaster]") {
  RateSearch near(1000);
  CHECK(tries_until_over(near, 900) <= 8);
  RateSearch hopeless(1000);
  CHECK(tries_until_over(hopeless, 0) < 15);
  CHECK(hopeless.best() == 0);
}
