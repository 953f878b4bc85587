#include "transport/record_boundary.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using transport::RecordBoundary;

TEST_CASE("record boundary: known at every octet, in whatever pieces they come") {
  std::string stream;
  std::vector<bool> ends;  // [octets that have passed]
  ends.push_back(true);
  for (const std::size_t body : {1U, 5U, 0U, 300U, 4U, 6U, 16640U, 10U}) {
    std::string record{"\x17\x03\x03", 3};
    record += static_cast<char>(body >> 8U);
    record += static_cast<char>(body & 0xFFU);
    record.append(body, '\x05');
    stream += record;
    ends.resize(stream.size() + 1);
    ends.back() = true;
  }
  for (const std::size_t cut : {1U, 2U, 5U, 7U, 1000U, 100'000U}) {
    RecordBoundary boundary;
    for (std::size_t at = 0; at < stream.size(); at += cut) {
      const std::size_t passed = std::min(stream.size(), at + cut);
      boundary.pass(std::string_view(stream).substr(at, cut));
      REQUIRE(boundary.is_here() == ends[passed]);
      // So many octets lead to the end of a head or of a record, never beyond.
      RecordBoundary further = boundary;
      const std::string_view missing = std::string_view(stream).substr(passed, boundary.missing());
      further.pass(missing);
      if (missing.size() < boundary.missing()) continue;
      const std::size_t next = passed + missing.size();
      REQUIRE(further.is_here() == ends[next]);
      const auto begin = ends.begin() + static_cast<std::ptrdiff_t>(passed) + 1, end = ends.begin() + static_cast<std::ptrdiff_t>(next);
      REQUIRE((begin >= end || std::find(begin, end, true) == end));
    }
  }
}
