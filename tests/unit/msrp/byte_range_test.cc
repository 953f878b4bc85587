// RFC 4975 7.1.1 and 9 by hand; the edges of 64 bits.
#include "msrp/byte_range.h"

#include <cstdint>

#include <catch2/catch_test_macros.hpp>

using msrp::ByteRangeError;
using msrp::parse_byte_range;
using msrp::RangeStart;

TEST_CASE("Byte-Range: good values") {
  const auto plain = parse_byte_range("1-16/16");
  REQUIRE(plain);
  CHECK(plain->start == RangeStart(1));
  CHECK(plain->end == 16);
  CHECK(plain->total == 16);

  const auto open = parse_byte_range("2049-*/*");
  REQUIRE(open);
  CHECK(open->start.value() == 2049);
  CHECK(!open->end);
  CHECK(!open->total);

  const auto empty = parse_byte_range("1-0/0");
  REQUIRE(empty);
  CHECK(empty->end == 0);
  CHECK(empty->total == 0);

  CHECK(parse_byte_range("1-*/100")->total == 100);
  CHECK(parse_byte_range("5-4/*")->end == 4);
  CHECK(parse_byte_range("0007-0008/0009")->start.value() == 7);
  CHECK(parse_byte_range("1-5/0005"));
  CHECK(parse_byte_range("101-*/100"));  // nothing is left to send, and nothing is claimed
  const auto most = parse_byte_range("18446744073709551615-18446744073709551615/18446744073709551615");
  REQUIRE(most);
  CHECK(most->start.value() == UINT64_MAX);
}

TEST_CASE("Byte-Range: malformed, too big, impossible (R-019)") {
  for (const char* text :
       {"",       "1",      "1-",      "1-2",   "1-2/",   "-2/3",   "1-/3",   "1--2/3", "a-2/3",   "1-b/3",   "1-2/c",  "1-2/3 ",
        " 1-2/3", "1 -2/3", "1-2/3/4", "*-2/3", "1-**/3", "1-2*/3", "+1-2/3", "1-2/+3", "0x1-2/3", "1-2/3\t", "1.0-2/3"}) {
    INFO(text);
    REQUIRE(!parse_byte_range(text));
    CHECK(parse_byte_range(text).error() == ByteRangeError::malformed);
  }
  for (const char* text :
       {"18446744073709551616-*/*", "1-18446744073709551616/*", "1-*/99999999999999999999999", "36893488147419103233-1/1"}) {
    INFO(text);
    REQUIRE(!parse_byte_range(text));
    CHECK(parse_byte_range(text).error() == ByteRangeError::overflow);
  }
  for (const char* text : {"0-0/0", "0-*/*", "5-3/*", "1-17/16", "10-1/100"}) {
    INFO(text);
    REQUIRE(!parse_byte_range(text));
    CHECK(parse_byte_range(text).error() == ByteRangeError::impossible);
  }
}

TEST_CASE("a range start does not wrap round") {
  CHECK(RangeStart(1).advanced_by(2048).value() == 2049);
  CHECK(RangeStart(UINT64_MAX - 1).advanced_by(1).value() == UINT64_MAX);
  CHECK(RangeStart(UINT64_MAX - 1).advanced_by(2).value() == UINT64_MAX);
  CHECK(RangeStart(5) < RangeStart(6));
  CHECK(RangeStart() == RangeStart(1));
}
