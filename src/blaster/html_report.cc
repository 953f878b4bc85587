#include "blaster/html_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "blaster/summary.h"
#include "blaster/svg_plot.h"
#include "blaster/units.h"
#include "blaster/verdict.h"

namespace blaster {
namespace {

constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--ground:#fff;--card:#f5f6f8;--ink:#1b1f24;--soft:#5b6470;--rule:#d5d9df;--c0:#1f6feb;--c1:#d1570a;
--good:#1a7f37;--bad:#c62828}
@media(prefers-color-scheme:dark){:root{--ground:#14171b;--card:#1d2126;--ink:#e6e9ed;--soft:#9aa4b0;--rule:#363c44;--c0:#6cb0ff;
--c1:#ff9d5c;--good:#56d364;--bad:#ff7b72}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.5rem;margin:0}
h2{font-size:1.1rem;margin:2.2rem 0 .4rem}.soft{color:var(--soft);margin:.2rem 0;overflow-wrap:anywhere}
.verdict{border-left:.4rem solid var(--good);background:var(--card);padding:.7rem 1rem;margin:1.2rem 0}
.verdict.bad{border-color:var(--bad)}.verdict b{color:var(--good)}.verdict.bad b{color:var(--bad)}.verdict p{margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.6rem,1fr));gap:.7rem}
.tile{background:var(--card);padding:.7rem .9rem}.tile b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:.85rem}svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font:12px system-ui,sans-serif}.grid{stroke:var(--rule)}.tick{stroke:var(--soft)}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.bar.c0{fill:var(--c0)}
.legend{margin:.1rem 0;font-size:.85rem;color:var(--soft)}.legend span{margin-right:1.2em}
.legend span::before{content:"";display:inline-block;width:1.1em;height:.25em;vertical-align:middle;margin-right:.4em;
background:currentColor}
.legend .c0::before{background:var(--c0)}.legend .c1::before{background:var(--c1)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:normal;color:var(--soft);width:12rem}@media(max-width:30rem){th{width:7.5rem}svg text{font-size:19px}}
)css";

constexpr std::size_t points_max = 400;

std::string seconds_text(double value) { return fmt::format("{:g}", value); }
std::string count_text(double value) {
  if (value >= 1e6) return fmt::format("{:g} M", value / 1e6);
  return value >= 1e3 ? fmt::format("{:g} k", value / 1e3) : fmt::format("{:g}", value);
}
std::string ms_text(double value) { return value < 1 ? fmt::format("{:g} us", value * 1e3) : fmt::format("{:g} ms", value); }
std::string cores_text(double value) { return fmt::format("{:g}", value); }
std::string mib_text(double value) { return fmt::format("{:g} MiB", value); }
std::string percent_text(double value) { return fmt::format("{:g} %", value); }

// A value of the timeline by time, thinned out to what a plot can show; each point is the mean of its steps.
template <class Value>
Series over_time(const Outcome& outcome, std::string name, Value value) {
  Series series{std::move(name), {}};
  const auto& samples = outcome.timeline;
  const std::size_t group = samples.size() / points_max + 1;
  for (std::size_t i = 0; i < samples.size(); i += group) {
    const std::size_t end = std::min(i + group, samples.size());
    double sum = 0;
    for (std::size_t at = i; at < end; ++at) sum += value(samples[at]);
    series.points.emplace_back(samples[end - 1].seconds, sum / static_cast<double>(end - i));
  }
  return series;
}

std::string section(const char* title, const std::string& what) { return fmt::format("<h2>{}</h2>{}\n", title, what); }

std::string time_plots(const Outcome& outcome) {
  if (outcome.timeline.size() < 2) return section("Over time", "<p class=\"soft\">The run was too short for plots over time.</p>");
  const auto plot = [](const char* title, std::vector<Series> series, std::string (*y_text)(double)) {
    return section(title, svg_of({.title = title,
                                  .x_name = "seconds",
                                  .series = std::move(series),
                                  .x_text = seconds_text,
                                  .y_text = y_text,
                                  .x_is_from_zero = true,
                                  .x_marks = {}}));
  };
  std::string text = plot("Throughput, frames a second",
                          {over_time(outcome, "frames/s", [](const Sample& s) { return s.frames_per_second; })}, count_text);
  text += plot("Latency over time",
               {over_time(outcome, "half of the messages (p50)", [](const Sample& s) { return static_cast<double>(s.p50) / 1e6; }),
                over_time(outcome, "99 of 100 (p99)", [](const Sample& s) { return static_cast<double>(s.p99) / 1e6; })},
               ms_text);
  const bool is_watched = outcome.timeline.back().relay_cores.has_value();
  std::vector<Series> cores{over_time(outcome, "generator", [](const Sample& s) { return s.own_cores; })};
  if (is_watched) cores.insert(cores.begin(), over_time(outcome, "relay", [](const Sample& s) { return s.relay_cores.value_or(0); }));
  text += plot(is_watched ? "CPU of relay and generator, cores" : "CPU of the generator, cores", std::move(cores), cores_text);
  if (!outcome.timeline.back().relay_memory) return text;
  return text + plot("Memory of the relay",
                     {over_time(outcome, "memory",
                                [](const Sample& s) { return static_cast<double>(s.relay_memory.value_or(0)) / (1024 * 1024); })},
                     mib_text);
}

// By the share of messages that is slower, so that the rare ones are seen as well as the many.
std::string percentile_plot(const base::Histogram& latency) {
  Series series{"latency", {}};
  std::vector<std::pair<double, std::string>> marks;
  const double most = std::log10(std::max<double>(10, static_cast<double>(latency.count())));
  for (double at = 0; at <= most; at += 0.02)
    series.points.emplace_back(at, static_cast<double>(latency.percentile(100 - std::pow(10, 2 - at))) / 1e6);
  static constexpr const char* names[] = {"0", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %", "99.99999 %"};
  for (std::size_t i = 0; i < std::size(names) && static_cast<double>(i) <= most; ++i) marks.emplace_back(static_cast<double>(i), names[i]);
  return svg_of({.title = "latency by percentile",
                 .x_name = "so many messages arrived within this time",
                 .series = {series},
                 .x_text = percent_text,
                 .y_text = ms_text,
                 .y_is_logarithmic = true,
                 .x_marks = marks});
}

// Twenty bars to each power of ten.
std::string histogram_plot(const base::Histogram& latency) {
  constexpr int bars_per_decade = 20;
  Series series{"messages", {}};
  const auto place = [](std::uint64_t ns) {
    return std::floor(std::log10(std::max<double>(1, static_cast<double>(ns))) * bars_per_decade);
  };
  const double first = place(latency.percentile(0.01)), last = place(latency.max());
  for (double at = first; at <= last + 1; ++at) series.points.emplace_back(at, 0.0);
  latency.for_each([&](std::uint64_t value, std::uint64_t count) {
    const auto at = static_cast<std::size_t>(std::max(0.0, place(value) - first));
    series.points[std::min(at, series.points.size() - 1)].second +=
        100.0 * static_cast<double>(count) / static_cast<double>(latency.count());
  });
  std::vector<std::pair<double, std::string>> marks;
  for (double power = std::ceil(first / bars_per_decade); power * bars_per_decade <= last + 1; ++power)
    for (const double factor : {1.0, 2.0, 5.0})
      if (const double at = (power + std::log10(factor)) * bars_per_decade; at <= last + 1)
        marks.emplace_back(at, ms_text(factor * std::pow(10, power) / 1e6));
  return svg_of({.title = "histogram of latencies",
                 .x_name = "latency",
                 .series = {series},
                 .x_text = percent_text,
                 .y_text = percent_text,
                 .has_bars = true,
                 .x_marks = marks});
}

std::string verdict_of(const Scenario& scenario, const Outcome& outcome) {
  const Verdict verdict = judge(scenario, outcome);
  std::string text = verdict.good ? "<b>Passed.</b> Every message arrived once, in order, unchanged, and was answered."
                                  : "<b>Failed.</b> " + html_escaped(faults_line(outcome)) + ".";
  if (outcome.interrupted) text += " The operator ended the run early.";
  if (!verdict.limit.empty()) text += " " + html_escaped(static_cast<char>(std::toupper(verdict.limit[0])) + verdict.limit.substr(1)) + ".";
  return fmt::format("<div class=\"verdict{}\"><p>{}</p></div>\n", verdict.good ? "" : " bad", text);
}

std::string tiles(const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  std::string text = "<div class=\"tiles\">";
  const auto tile = [&](const std::string& value, const char* name) {
    text += fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>", value, name);
  };
  tile(tell_count(static_cast<std::uint64_t>(outcome.frames_per_second())), "frames a second");
  tile(fmt::format("{:.1f} MB/s", outcome.seconds > 0 ? static_cast<double>(tally.octets_delivered) / outcome.seconds / 1e6 : 0),
       "of message content");
  tile(tell_latency(tally.latency.percentile(50)), "median latency");
  tile(tell_latency(tally.latency.percentile(99)), "latency of 99 in 100");
  if (outcome.watched_cpu_seconds) tile(fmt::format("{:.2f} us", outcome.us_per_frame(*outcome.watched_cpu_seconds)), "relay CPU a frame");
  tile(tally.faults_in_all() == 0 ? "none" : tell_count(tally.faults_in_all()), "errors");
  return text + "</div>\n";
}

// The rows of the table that is printed, as a table.
std::string rows(const Scenario& scenario, const Outcome& outcome) {
  const std::string table = summary_table(scenario, outcome);
  std::string text = "<table>";
  for (std::size_t at = table.find('\n') + 1; at < table.size();) {
    const std::size_t end = table.find('\n', at);
    const std::string line = table.substr(at, end - at);
    text += fmt::format("<tr><th>{}</th><td>{}</td></tr>", html_escaped(line.substr(2, 10)), html_escaped(line.substr(13)));
    at = end + 1;
  }
  return text + "</table>";
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char octet : text) {
    switch (octet) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += octet;
    }
  }
  return escaped;
}

std::string html_report(const Scenario& scenario, const Outcome& outcome, std::string_view when, std::string_view where) {
  const std::string table = summary_table(scenario, outcome);
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,"
      "initial-scale=1\"><title>MSRP relay load test</title><style>";
  page.append(style).append("</style></head><body><main>\n<h1>MSRP relay load test</h1>\n");
  page += "<p class=\"soft\">" + html_escaped(table.substr(0, table.find('\n'))) + "</p>\n";
  page += fmt::format("<p class=\"soft\">{}, from {}, msrp-blaster {}</p>\n", html_escaped(when), html_escaped(where), MSRP_RELAY_VERSION);
  page += verdict_of(scenario, outcome) + tiles(outcome) + time_plots(outcome);
  if (outcome.tally.latency.count() > 0) {
    page += section("Latency by percentile", percentile_plot(outcome.tally.latency));
    page += section("How the latencies are spread", histogram_plot(outcome.tally.latency));
  }
  page += section("All figures", rows(scenario, outcome));
  return page + "</main></body></html>\n";
}

}  // namespace blaster
