// Sizes, times and /proc lines as people and kernels write them.
#include "blaster/units.h"

#include <catch2/catch_test_macros.hpp>

#include "blaster/processes.h"

using namespace blaster;
using namespace std::chrono_literals;

TEST_CASE("units: sizes", "[blaster]") {
  CHECK(parse_size("64") == 64U);
  CHECK(parse_size("0") == 0U);
  CHECK(parse_size("1KiB") == 1024U);
  CHECK(parse_size("16 KiB") == 16384U);
  CHECK(parse_size("1MiB") == 1048576U);
  CHECK(parse_size("4GiB") == 4294967296U);
  CHECK(parse_size("2kB") == 2000U);
  for (const char* wrong : {"", "KiB", "-1", "1.5KiB", "1XiB", "9999999999999999999", "9999999999999GiB", "1KiB "})
    CHECK_FALSE(parse_size(wrong));
}

TEST_CASE("units: rates and shares", "[blaster]") {
  CHECK(parse_rate("1000/s") == 1000.0);
  CHECK(parse_rate("50k/s") == 50'000.0);
  CHECK(parse_rate("0.5") == 0.5);
  for (const char* wrong : {"", "0", "-1/s", "10/m", "k/s", "inf", "nan"}) CHECK_FALSE(parse_rate(wrong));
  CHECK(parse_share("10%") == 0.1);
  CHECK(parse_share("0%") == 0.0);
  for (const char* wrong : {"", "%", "10", "101%", "-1%", "nan%"}) CHECK_FALSE(parse_share(wrong));
}

TEST_CASE("units: times", "[blaster]") {
  CHECK(parse_duration("10") == 10s);
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h") == 1h);
  for (const char* wrong : {"", "s", "-1s", "1d", "1s2"}) CHECK_FALSE(parse_duration(wrong));
}

TEST_CASE("units: told", "[blaster]") {
  CHECK(tell_size(64) == "64 B");
  CHECK(tell_size(1024) == "1 KiB");
  CHECK(tell_size(1610612736) == "1.50 GiB");
  CHECK(tell_latency(850'000) == "850 us");
  CHECK(tell_latency(1'234'000) == "1.23 ms");
  CHECK(tell_latency(2'500'000'000) == "2.50 s");
  CHECK(tell_count(7) == "7");
  CHECK(tell_count(123) == "123");
  CHECK(tell_count(1234567) == "1,234,567");
  CHECK(tell_seconds(9.84) == "9.8 s");
  CHECK(tell_seconds(125.2) == "2 m 05 s");
}

TEST_CASE("processes: CPU time from a line of /proc/PID/stat", "[blaster]") {
  CHECK(ticks_of_stat("42 (a) R 1 42 42 0 -1 4194560 7 0 0 0 120 34 5 6 20 0 1 0 100 1 1") == 154U);
  CHECK(ticks_of_stat("42 (odd) R 9 (name) S 1 42 42 0 -1 4194560 7 0 0 0 1 2 5 6 20 0 1 0 100 1 1") == 3U);
  CHECK_FALSE(ticks_of_stat(""));
  CHECK_FALSE(ticks_of_stat("42 (a) R 1 42"));
  CHECK_FALSE(ticks_of_stat("42 (a) R 1 42 42 0 -1 4194560 7 0 0 0 x 34 5 6 20"));
}
