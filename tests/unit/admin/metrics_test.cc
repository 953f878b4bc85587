#include "admin/metrics.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool has_line(const std::string& text, const std::string& wanted) {
  for (const std::string& line : lines_of(text)) {
    if (line == wanted) return true;
  }
  return false;
}

std::size_t series_of(const std::string& text) {
  std::size_t count = 0;
  for (const std::string& line : lines_of(text)) count += line.starts_with("#") ? 0 : 1;
  return count;
}

}  // namespace

TEST_CASE("every counter is a metric of its own") {
  // Each has another value, so that what is left out or doubled is missed by its number.
  admin::Figures figures;
  std::uint64_t next = 1'000'001;
  std::set<std::string> wanted;
  const auto name_all = [&](std::string_view, std::string_view, std::uint64_t) { wanted.insert(std::to_string(next++)); };
  figures.sum.each_grown(name_all);
  next = 1'000'001;
#define SET_COUNTER(name, meaning) figures.sum.name = next++;
  RELAY_COUNTERS(SET_COUNTER)
#undef SET_COUNTER
  // Those that a metric shows otherwise: SENDs are what is left of frames_in, turns and stalls are told per core.
  figures.cores.push_back({.turns = figures.sum.turns, .stalls = figures.sum.stalls});
  wanted.erase(std::to_string(figures.sum.frames_in));
  figures.sum.frames_in = 0;
  figures.sum.frames_in = figures.sum.responses_in + figures.sum.auth_in + figures.sum.reports_in + figures.sum.others_in + 77;
  const std::string text = admin::metrics_text(figures);
  CHECK(has_line(text, "msrp_relay_frames_received_total{kind=\"SEND\"} 77"));
  for (const std::string& value : wanted) {
    INFO(value);
    std::size_t found = 0;
    for (const std::string& line : lines_of(text)) found += line.ends_with(" " + value) ? 1 : 0;
    CHECK(found == 1);
  }
}

TEST_CASE("no two metrics have the same name and labels, and each name is explained once") {
  admin::Figures figures;
  figures.cores.resize(2);
  figures.listeners = {{"dialled", {}}, {"public", {}}};
  figures.rules = {{"a", "relay", 1}, {"b", "drop", 2}};
  const std::string text = admin::metrics_text(figures);
  std::set<std::string> seen, helped;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("# HELP ")) {
      CHECK(helped.insert(line.substr(7, line.find(' ', 7) - 7)).second);
    } else if (!line.starts_with("#")) {
      CHECK(seen.insert(line.substr(0, line.rfind(' '))).second);
      CHECK((line.starts_with("msrp_relay_") || line.starts_with("process_")));
    }
  }
}

TEST_CASE("however many rules and listeners there are, at most 400 series with 16 cores") {
  admin::Figures figures;
  figures.cores.resize(16);
  figures.listeners.resize(3);
  figures.rules.resize(9);
  CHECK(series_of(admin::metrics_text(figures)) <= 400);
  figures.listeners.resize(1000);
  for (std::size_t i = 0; i < figures.listeners.size(); ++i) figures.listeners[i].name = std::to_string(i);
  figures.rules.resize(10'000);
  CHECK(series_of(admin::metrics_text(figures)) <= 700);
}

TEST_CASE("durations are in buckets that add up, in seconds") {
  relay::Histogram histogram;
  using namespace std::chrono_literals;
  histogram.add(-1ns);  // a clock that went back is no reason to count wildly
  histogram.add(10us);
  histogram.add(10us + 1ns);
  histogram.add(20us);
  histogram.add(1h);
  CHECK(histogram.counts[0] == 2);
  CHECK(histogram.counts[1] == 2);
  CHECK(histogram.counts[relay::Histogram::bounds] == 1);
  admin::Figures figures;
  figures.sum.turn_time = histogram;
  const std::string text = admin::metrics_text(figures);
  CHECK(has_line(text, "msrp_relay_turn_seconds_bucket{le=\"1e-05\"} 2"));
  CHECK(has_line(text, "msrp_relay_turn_seconds_bucket{le=\"2e-05\"} 4"));
  CHECK(has_line(text, "msrp_relay_turn_seconds_bucket{le=\"10.48576\"} 4"));
  CHECK(has_line(text, "msrp_relay_turn_seconds_bucket{le=\"+Inf\"} 5"));
  CHECK(has_line(text, "msrp_relay_turn_seconds_count 5"));
}

TEST_CASE("each bound of a histogram is its own bucket's, and one more is the next one's") {
  for (std::size_t i = 0; i < relay::Histogram::bounds; ++i) {
    relay::Histogram histogram;
    histogram.add(relay::Histogram::bound(i));
    histogram.add(relay::Histogram::bound(i) + std::chrono::nanoseconds(1));
    CHECK(histogram.counts[i] == 1);
    CHECK(histogram.counts[i + 1] == 1);
  }
}

TEST_CASE("responses are counted by their code") {
  relay::ResponseCounters responses;
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{200, 200, 481, 299, 506}) responses.add(code);
  admin::Figures figures;
  figures.sum.responses_out = responses;
  const std::string text = admin::metrics_text(figures);
  CHECK(has_line(text, "msrp_relay_responses_sent_total{code=\"200\"} 2"));
  CHECK(has_line(text, "msrp_relay_responses_sent_total{code=\"481\"} 1"));
  CHECK(has_line(text, "msrp_relay_responses_sent_total{code=\"506\"} 1"));
  CHECK(has_line(text, "msrp_relay_responses_sent_total{code=\"other\"} 1"));
  CHECK(has_line(text, "msrp_relay_responses_sent_total{code=\"400\"} 0"));
}

TEST_CASE("names of rules and listeners cannot break a line") {
  admin::Figures figures;
  figures.rules = {{"a\"b\\c\nd", "relay", 3}};
  CHECK(has_line(admin::metrics_text(figures), R"(msrp_relay_rule_hits_total{rule="a\"b\\c\nd",action="relay"} 3)"));
}

TEST_CASE("cores and listeners are summed by name") {
  control::CounterBook book(2);
  relay::CountersMail first{.core = base::CoreId(0), .counters = {}, .gauges = {}, .listeners = 2};
  relay::CountersMail second{.core = base::CoreId(1), .counters = {}, .gauges = {}, .listeners = 2};
  first.counters.frames_in = 3;
  second.counters.frames_in = 4;
  first.gauges.links_max = second.gauges.links_max = 100;
  const std::vector<relay::ListenerCounters> listeners{{.links = 1}, {.links = 5, .octets_in = 7}};
  const std::string_view octets(reinterpret_cast<const char*>(listeners.data()), listeners.size() * sizeof listeners[0]);
  book.take(first, octets);
  book.take(second, octets);
  admin::Figures figures;
  admin::take_counters(figures, book, {"public"});
  CHECK(figures.sum.frames_in == 7);
  CHECK(figures.held.links_max == 200);
  REQUIRE(figures.listeners.size() == 2);
  CHECK(figures.listeners[0].name == "dialled");
  CHECK(figures.listeners[0].counters.links == 2);
  CHECK(figures.listeners[1].name == "public");
  CHECK(figures.listeners[1].counters.octets_in == 14);
  CHECK(figures.cores.size() == 2);
}

TEST_CASE("docs/metrics.md lists every metric (UPDATE_DOCS=1 writes the table)") {
  admin::Figures figures;
  figures.cores.resize(1);
  figures.listeners.resize(1);
  figures.rules.resize(1);
  figures.certificates.resize(1);
  figures.process.open_files = 1;
  std::string table = "| metric | type | meaning |\n|---|---|---|\n";
  std::string help;
  for (const std::string& line : lines_of(admin::metrics_text(figures))) {
    if (line.starts_with("# HELP ")) help = line.substr(line.find(' ', 7) + 1);
    if (!line.starts_with("# TYPE ")) continue;
    const std::size_t name_end = line.find(' ', 7);
    table += "| `" + line.substr(7, name_end - 7) + "` | " + line.substr(name_end + 1) + " | " + help + " |\n";
  }
  const std::string file = SOURCE_ROOT "/docs/metrics.md";
  std::ifstream in(file);
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const std::string wanted = page.substr(0, page.find("| metric | type | meaning |")) + table;
  if (std::getenv("UPDATE_DOCS") != nullptr) std::ofstream(file) << wanted;
  CHECK((page == wanted || std::getenv("UPDATE_DOCS") != nullptr));
}
