// What is told of a run: the percentile log, the page, the verdict, the comparison.
#include "blaster/compare.h"
#include "blaster/hdr_log.h"
#include "blaster/html_report.h"
#include "blaster/summary.h"
#include "blaster/svg_plot.h"
#include "blaster/verdict.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <string>

using namespace blaster;

namespace {

// A second in which a thousand messages arrived, with 100 us to 100 ms.
Outcome a_run() {
  Outcome outcome;
  outcome.seconds = 1;
  outcome.own_cpu_seconds = 0.5;
  outcome.tally.messages_begun = outcome.tally.messages_delivered = outcome.tally.messages_done = 1000;
  outcome.tally.frames_sent = outcome.tally.frames_delivered = 1000;
  for (std::uint64_t i = 1; i <= 1000; ++i) outcome.tally.latency.record(i * 100'000);
  return outcome;
}

}  // namespace

TEST_CASE("hdr log: the lines that plotters read", "[blaster]") {
  base::Histogram histogram(latency_max_ns);
  for (int i = 0; i < 3; ++i) histogram.record(1'000'000);
  histogram.record(4'000'000);
  const std::string text = hdr_percentiles(histogram);
  CHECK(text.starts_with(
      "       Value     Percentile TotalCount 1/(1-Percentile)\n\n    1.000447 0.000000000000          3           1.00\n"));
  CHECK(text.find("    4.000000 1.000000000000          4\n#[Mean    =     1.750000, StdDeviation   =") != std::string::npos);
  CHECK(text.find("#[Max     =     4.000000, Total count    =            4]\n") != std::string::npos);
  CHECK(hdr_percentiles(base::Histogram(latency_max_ns)).find("Total count    =            0]") != std::string::npos);
}

TEST_CASE("verdict: good, wrong, and who is the limit", "[blaster]") {
  const Scenario scenario;
  Outcome outcome = a_run();
  CHECK(judge(scenario, outcome).good);
  CHECK_FALSE(judge(scenario, outcome).generator_is_limit);
  outcome.own_cpu_seconds = 0.97;
  CHECK(judge(scenario, outcome).generator_is_limit);
  CHECK(judge(scenario, outcome).limit.starts_with("the generator is the limit: its core is 97 % busy"));
  outcome.own_cpu_seconds = 0.2;
  for (int i = 0; i < 100; ++i) outcome.tally.lag.record(50'000'000);
  CHECK(judge(scenario, outcome).generator_is_limit);
  outcome.tally.count(Fault::lost);
  CHECK_FALSE(judge(scenario, outcome).good);
}

TEST_CASE("page: says what went wrong, escapes what is foreign", "[blaster]") {
  Outcome outcome = a_run();
  outcome.tally.count(Fault::misordered, 3);
  const std::string page = html_report(Scenario{}, outcome, "now", "<host> & \"co\"");
  CHECK(page.find("<b>Failed.</b> misordered 3.") != std::string::npos);
  CHECK(page.find("&lt;host&gt; &amp; &quot;co&quot;") != std::string::npos);
  CHECK(page.find("<host>") == std::string::npos);
  CHECK(page.find("nan") == std::string::npos);
  CHECK(page.find("inf") == std::string::npos);
}

TEST_CASE("page: a run in which nothing happened is a page too", "[blaster]") {
  const std::string page = html_report(Scenario{}, Outcome{}, "now", "here");
  CHECK(page.ends_with("</html>\n"));
  CHECK(page.find("nan") == std::string::npos);
}

TEST_CASE("plot: round steps", "[blaster]") {
  CHECK(round_step(100, 5) == 20);
  CHECK(round_step(99, 5) == 20);
  CHECK(round_step(0.3, 3) == 0.1);
  CHECK(round_step(0, 5) == 1);
}

TEST_CASE("compare: of what is told in JSON, better and worse by its kind", "[blaster]") {
  const Scenario scenario;
  const std::string a = summary_json(scenario, a_run());
  Outcome faster = a_run();
  faster.seconds = 0.5;
  faster.own_cpu_seconds = 1;
  const Comparison comparison = compare(a, summary_json(scenario, faster), 0.05);
  REQUIRE(comparison.failure.empty());
  const auto verdict_of = [&](const std::string& name) {
    for (const ComparedRow& row : comparison.rows)
      if (row.name == name) return row.verdict;
    return std::string("no such row");
  };
  CHECK(verdict_of("frames/s") == "better");
  CHECK(verdict_of("p99 us") == "same");
  CHECK(verdict_of("blaster CPU us/frame") == "worse");
  CHECK(verdict_of("errors") == "same");
  CHECK(verdict_of("relay CPU us/frame") == "no such row");
  CHECK(comparison.is_worse());
  CHECK(comparison.different.empty());
  CHECK_FALSE(compare(a, a, 0).is_worse());
}

TEST_CASE("compare: what is no run is said", "[blaster]") {
  const std::string a = summary_json(Scenario{}, a_run());
  for (const char* const wrong : {"", "[]", "{}", "{\"good\":false,\"failure\":\"refused\"}"}) {
    CHECK(compare(a, wrong, 0.05).failure.starts_with("B "));
    CHECK(compare(wrong, a, 0.05).failure.starts_with("A "));
  }
}
