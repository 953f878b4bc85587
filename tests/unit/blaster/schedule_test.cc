#include "blaster/schedule.h"

#include <catch2/catch_test_macros.hpp>

using namespace blaster;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("schedule: an even rate", "[blaster]") {
  const Schedule schedule(1000);
  CHECK(schedule.due(0) == base::Duration{});
  CHECK(schedule.due(1) == milliseconds(1));
  CHECK(schedule.due(5000) == seconds(5));
  CHECK(schedule.due_within(milliseconds(9) + std::chrono::microseconds(500)) == 10);
}

TEST_CASE("schedule: a ramp sends half as many in its time, then the whole rate", "[blaster]") {
  const Schedule schedule(1000, seconds(2));
  // 1000 messages in the first two seconds instead of 2000, a quarter of them in the first.
  CHECK(schedule.due(250) == seconds(1));
  CHECK(schedule.due(1000) == seconds(2));
  CHECK(schedule.due(2000) == seconds(3));
  CHECK(schedule.due_within(milliseconds(2999) + std::chrono::microseconds(500)) == 2000);
  for (std::uint64_t i = 1; i < 3000; ++i) REQUIRE(schedule.due(i) > schedule.due(i - 1));
}
