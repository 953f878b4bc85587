// The layout is compared with values worked out by hand (HdrHistogram's own for three significant digits), percentiles with sorted lists.
#include "base/histogram.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <vector>

using base::Histogram;

namespace {
constexpr std::uint64_t hour = 3'600'000'000'000;
}

TEST_CASE("histogram: small values are exact, larger ones share a step of less than a thousandth", "[histogram]") {
  for (std::uint64_t value = 0; value < 4096; ++value) {
    const std::size_t index = Histogram::index_of(value);
    REQUIRE(Histogram::first_value_of(index) <= value);
    REQUIRE(Histogram::last_value_of(index) >= value);
    if (value < 2048) REQUIRE(index == value);
  }
  CHECK(Histogram::index_of(2048) == 2048);
  CHECK(Histogram::index_of(2049) == 2048);
  CHECK(Histogram::index_of(4095) == 3071);
  CHECK(Histogram::index_of(4096) == 3072);
  CHECK(Histogram::first_value_of(3072) == 4096);
  CHECK(Histogram::last_value_of(3072) == 4099);
}

TEST_CASE("histogram: steps follow each other without gap or overlap", "[histogram]") {
  for (std::size_t index = 0; index < Histogram::index_of(hour); ++index) {
    REQUIRE(Histogram::last_value_of(index) + 1 == Histogram::first_value_of(index + 1));
    REQUIRE(Histogram::index_of(Histogram::first_value_of(index)) == index);
    REQUIRE(Histogram::index_of(Histogram::last_value_of(index)) == index);
  }
}

TEST_CASE("histogram: a step is never wider than 1/1024 of its values", "[histogram]") {
  for (std::uint64_t value = 1; value < hour; value = value * 3 + 1) {
    const std::size_t index = Histogram::index_of(value);
    const std::uint64_t width = Histogram::last_value_of(index) - Histogram::first_value_of(index);
    REQUIRE(width <= value / 1024);
  }
}

TEST_CASE("histogram: percentiles of 1 to 1000", "[histogram]") {
  Histogram histogram(hour);
  for (std::uint64_t value = 1; value <= 1000; ++value) histogram.record(value);
  CHECK(histogram.count() == 1000);
  CHECK(histogram.percentile(0) == 1);
  CHECK(histogram.percentile(50) == 500);
  CHECK(histogram.percentile(99) == 990);
  CHECK(histogram.percentile(99.9) == 999);
  CHECK(histogram.percentile(100) == 1000);
  CHECK(histogram.min() == 1);
  CHECK(histogram.max() == 1000);
  CHECK(histogram.mean() == 500.5);
}

TEST_CASE("histogram: percentiles of large values stay within three digits of the sorted list", "[histogram]") {
  Histogram histogram(hour);
  std::vector<std::uint64_t> values;
  std::uint64_t state = 88172645463325252ULL;
  for (int i = 0; i < 10'000; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    values.push_back(state % 5'000'000'000);
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double percent : {1.0, 25.0, 50.0, 90.0, 99.0, 99.9}) {
    const std::uint64_t exact = values[static_cast<std::size_t>(percent * 100.0) - 1];
    const std::uint64_t told = histogram.percentile(percent);
    REQUIRE(told >= exact);
    REQUIRE(told - exact <= exact / 1024);
  }
  CHECK(histogram.max() == values.back());
}

TEST_CASE("histogram: an empty one tells zeros, a value too large counts as the highest", "[histogram]") {
  Histogram histogram(1000);
  CHECK(histogram.percentile(50) == 0);
  CHECK(histogram.min() == 0);
  CHECK(histogram.mean() == 0.0);
  histogram.record(UINT64_MAX);
  CHECK(histogram.max() == 1000);
  CHECK(histogram.percentile(50) == 1000);
}

TEST_CASE("histogram: merged ones tell what one alone would", "[histogram]") {
  Histogram odd(hour), even(hour), both(hour);
  for (std::uint64_t value = 1; value < 100'000; value += 7) {
    (value % 2 == 1 ? odd : even).record(value);
    both.record(value);
  }
  odd.merge(even);
  CHECK(odd.count() == both.count());
  CHECK(odd.min() == both.min());
  CHECK(odd.max() == both.max());
  for (const double percent : {10.0, 50.0, 99.0}) CHECK(odd.percentile(percent) == both.percentile(percent));
  odd.clear();
  CHECK(odd.count() == 0);
  CHECK(odd.percentile(99) == 0);
}

TEST_CASE("histogram: what an earlier copy held can be taken off", "[histogram]") {
  Histogram histogram(hour), later(hour);
  for (std::uint64_t value = 5; value < 5000; value += 3) histogram.record(value);
  const Histogram earlier = histogram;
  for (std::uint64_t value = 100'000; value < 900'000; value += 999) {
    histogram.record(value);
    later.record(value);
  }
  histogram.subtract(earlier);
  CHECK(histogram.count() == later.count());
  CHECK(histogram.mean() == later.mean());
  CHECK(Histogram::index_of(histogram.min()) == Histogram::index_of(later.min()));
  CHECK(Histogram::index_of(histogram.max()) == Histogram::index_of(later.max()));
  for (const double percent : {10.0, 50.0, 99.0})
    CHECK(Histogram::index_of(histogram.percentile(percent)) == Histogram::index_of(later.percentile(percent)));
}
