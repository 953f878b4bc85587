#include "blaster/hdr_log.h"

#include <fmt/core.h>

#include <cmath>
#include <cstdint>

namespace blaster {
namespace {

constexpr int steps_per_half = 5;  // as HdrHistogram has it by default: so many lines each time the rest has halved
constexpr double ns_per_ms = 1e6;

double deviation(const base::Histogram& histogram) {
  if (histogram.count() == 0) return 0;
  double sum = 0;
  histogram.for_each([&](std::uint64_t value, std::uint64_t count) {
    const double off = static_cast<double>(value) - histogram.mean();
    sum += off * off * static_cast<double>(count);
  });
  return std::sqrt(sum / static_cast<double>(histogram.count()));
}

// The next percentile to be told: the steps become finer the less is left.
double step_above(double percentile) {
  const double halves = std::floor(std::log2(100.0 / (100.0 - percentile))) + 1;
  return percentile + 100.0 / (steps_per_half * std::pow(2.0, halves));
}

}  // namespace

std::string hdr_percentiles(const base::Histogram& histogram) {
  std::string text = fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  const auto total = static_cast<double>(histogram.count());
  double next = 0;
  std::uint64_t seen = 0;
  histogram.for_each([&](std::uint64_t value, std::uint64_t count) {
    seen += count;
    const double reached = 100.0 * static_cast<double>(seen) / total;
    const double in_ms = static_cast<double>(value) / ns_per_ms;
    while (next < 100 && reached >= next && seen < histogram.count()) {
      text += fmt::format("{:12.6f} {:14.12f} {:10} {:14.2f}\n", in_ms, next / 100, seen, 100 / (100 - next));
      next = step_above(next);
    }
    if (seen == histogram.count()) text += fmt::format("{:12.6f} {:14.12f} {:10}\n", in_ms, 1.0, seen);
  });
  text += fmt::format("#[Mean    = {:12.6f}, StdDeviation   = {:12.6f}]\n", histogram.mean() / ns_per_ms, deviation(histogram) / ns_per_ms);
  text +=
      fmt::format("#[Max     = {:12.6f}, Total count    = {:12}]\n", static_cast<double>(histogram.max()) / ns_per_ms, histogram.count());
  return text + fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n", 30, 1 << base::Histogram::step_bits);
}

}  // namespace blaster
