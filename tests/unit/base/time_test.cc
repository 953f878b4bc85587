// Arithmetic at the edges; what must not compile is in tests/compile_fail.
#include "base/time.h"

#include <cstdint>

#include <catch2/catch_test_macros.hpp>

using base::Duration;
using base::Instant;
using namespace std::chrono_literals;

TEST_CASE("instants add and subtract durations") {
  const Instant at = Instant::from_nanoseconds(5'000'000'000);
  CHECK((at + 30s).nanoseconds() == 35'000'000'000);
  CHECK((at + -5s).nanoseconds() == 0);
  CHECK((at + 30s) - at == 30s);
  CHECK(at - (at + 1ns) == -1ns);
  CHECK(at < at + 1ns);
  CHECK(Instant().nanoseconds() == 0);
}

TEST_CASE("never stays never and is behind every instant") {
  CHECK(Instant::never().is_never());
  CHECK((Instant::never() + 1h).is_never());
  CHECK((Instant::from_nanoseconds(INT64_MAX - 1) + 2ns).is_never());
  CHECK((Instant::from_nanoseconds(1) + Duration::max()).is_never());
  CHECK(Instant::from_nanoseconds(INT64_MAX - 1) < Instant::never());
  CHECK(!Instant::from_nanoseconds(INT64_MAX - 1).is_never());
  CHECK((Instant::from_nanoseconds(-2) + Duration::min()).nanoseconds() == INT64_MIN);
}
