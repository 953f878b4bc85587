#include "msrpctl/words.h"

#include <catch2/catch_test_macros.hpp>

using nlohmann::json;

TEST_CASE("numbers as people read them") {
  CHECK(msrpctl::with_commas(0) == "0");
  CHECK(msrpctl::with_commas(999) == "999");
  CHECK(msrpctl::with_commas(1'234'567) == "1,234,567");
  CHECK(msrpctl::octets(1023) == "1023 B");
  CHECK(msrpctl::octets(1536) == "1.5 KiB");
  CHECK(msrpctl::octets(3ULL << 30) == "3.0 GiB");
  CHECK(msrpctl::octets(UINT64_MAX) == "16384.0 PiB");
  CHECK(msrpctl::duration(-1) == "0s");
  CHECK(msrpctl::duration(59) == "59s");
  CHECK(msrpctl::duration(200) == "3m 20s");
  CHECK(msrpctl::duration(7200) == "2h");
  CHECK(msrpctl::duration(86400 * 4 + 3 * 3600 + 59) == "4d 3h");
  CHECK(msrpctl::utc(1'767'323'045'678) == "2026-01-02 03:04:05Z");
}

TEST_CASE("members that are missing, and what would steer a terminal") {
  const json from = {{"n", 1234}, {"none", nullptr}, {"t", "a\x1b[2Jb\x7f"}, {"empty", ""}};
  CHECK(msrpctl::count(from, "n") == "1,234");
  CHECK(msrpctl::count(from, "none") == "-");
  CHECK(msrpctl::count(from, "absent") == "-");
  CHECK(msrpctl::number(from, "none") == 0);
  CHECK(msrpctl::text(from, "t") == "a?[2Jb?");
  CHECK(msrpctl::text(from, "empty") == "-");
  CHECK(msrpctl::text(from, "n") == "-");
}
