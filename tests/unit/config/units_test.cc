// Durations and sizes, there and back.
#include "config/units.h"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;

namespace {

std::string duration_fault(std::string_view text) {
  const auto parsed = config::parse_duration(text);
  if (parsed) return "good";
  const std::string_view reason = parsed.error().reason;
  return std::string(reason.substr(0, reason.find(" ("))) + (parsed.error().nearest.empty() ? "" : ": " + parsed.error().nearest);
}
std::string size_fault(std::string_view text) {
  const auto parsed = config::parse_size(text);
  if (parsed) return "good";
  const std::string_view reason = parsed.error().reason;
  return std::string(reason.substr(0, reason.find(" ("))) + (parsed.error().nearest.empty() ? "" : ": " + parsed.error().nearest);
}

}  // namespace

TEST_CASE("durations") {
  CHECK(*config::parse_duration("500ms") == 500ms);
  CHECK(*config::parse_duration("30s") == 30s);
  CHECK(*config::parse_duration("5m") == 5min);
  CHECK(*config::parse_duration("1h") == 1h);
  CHECK(*config::parse_duration("7d") == 168h);
  CHECK(*config::parse_duration("0s") == 0s);
  CHECK(*config::parse_duration("0030s") == 30s);
  CHECK(*config::parse_duration("9223372036s") == 9223372036s);
}

TEST_CASE("what is no duration") {
  CHECK(duration_fault("") == "no number");
  CHECK(duration_fault("s") == "no number");
  CHECK(duration_fault("-1s") == "no number");
  CHECK(duration_fault("30") == "no unit: 30s");
  CHECK(duration_fault("30 s") == "unknown unit: 30s");
  CHECK(duration_fault("1.5h") == "unknown unit");
  CHECK(duration_fault("30S") == "unknown unit: 30s");
  CHECK(duration_fault("1h30m") == "unknown unit");
  CHECK(duration_fault("30 parsecs") == "unknown unit");
  CHECK(duration_fault("9223372037s") == "too large");
  CHECK(duration_fault("99999999999999999999s") == "too large");
}

TEST_CASE("sizes") {
  CHECK(*config::parse_size("512B") == 512);
  CHECK(*config::parse_size("16KiB") == 16384);
  CHECK(*config::parse_size("1MiB") == 1048576);
  CHECK(*config::parse_size("2GiB") == 2147483648);
  CHECK(*config::parse_size("10kB") == 10000);
  CHECK(*config::parse_size("10KB") == 10000);
  CHECK(*config::parse_size("10MB") == 10000000);
  CHECK(*config::parse_size("1GB") == 1000000000);
  CHECK(*config::parse_size("0B") == 0);
}

TEST_CASE("what is no size") {
  CHECK(size_fault("-1KiB") == "no number");
  CHECK(size_fault("16") == "no unit: 16KiB");
  CHECK(size_fault("16kib") == "unknown unit: 16KiB");
  CHECK(size_fault("16K") == "unknown unit: 16kB");
  CHECK(size_fault("99999999999GiB") == "too large");
  CHECK(size_fault("18446744073709551616B") == "too large");
}

TEST_CASE("printed in the largest unit without remainder, and read back") {
  CHECK(config::print_duration(0s) == "0s");
  CHECK(config::print_duration(1500ms) == "1500ms");
  CHECK(config::print_duration(90s) == "90s");
  CHECK(config::print_duration(120s) == "2m");
  CHECK(config::print_duration(48h) == "48h");
  CHECK(config::print_size(0) == "0B");
  CHECK(config::print_size(1000) == "1000B");
  CHECK(config::print_size(8192) == "8KiB");
  CHECK(config::print_size(1UL << 40) == "1024GiB");
  for (const auto duration : {1ms, 999ms, 1000ms, 60'000ms, 3'600'000ms, 86'400'000ms, 86'400'001ms}) {
    CHECK(*config::parse_duration(config::print_duration(duration)) == duration);
  }
  for (const std::size_t size : {1UL, 1023UL, 1024UL, 1048576UL, 1048577UL}) CHECK(*config::parse_size(config::print_size(size)) == size);
}
