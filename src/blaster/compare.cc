#include "blaster/compare.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "blaster/units.h"

namespace blaster {
namespace {

using Json = nlohmann::ordered_json;

struct Figure {
  const char* name;
  const char* place;  // in the object, as a JSON pointer
  bool more_is_better;
};
constexpr std::array figures{
    Figure{"frames/s", "/frames/per_second", true},
    Figure{"octets/s", "/octets/per_second", true},
    Figure{"p50 us", "/latency_us/p50", false},
    Figure{"p90 us", "/latency_us/p90", false},
    Figure{"p99 us", "/latency_us/p99", false},
    Figure{"p99.9 us", "/latency_us/p99.9", false},
    Figure{"max us", "/latency_us/max", false},
    Figure{"slow p99 us", "/slow_latency_us/p99", false},
    Figure{"sessions p99 us", "/sessions_us/p99", false},
    Figure{"links p99 us", "/links_us/p99", false},
    Figure{"AUTHs p99 us", "/auths_us/p99", false},
    Figure{"relay CPU us/frame", "/cpu/relay_us_per_frame", false},
    Figure{"blaster CPU us/frame", "/cpu/blaster_us_per_frame", false},
};

std::optional<double> number_at(const Json& json, const char* place) {
  const nlohmann::ordered_json::json_pointer pointer{std::string(place)};
  if (!json.contains(pointer) || !json.at(pointer).is_number()) return std::nullopt;
  return json.at(pointer).get<double>();
}

ComparedRow row_of(std::string name, double a, double b, bool more_is_better, double tolerance) {
  ComparedRow row{.name = std::move(name), .a = a, .b = b, .ratio = a > 0 ? b / a : 0, .verdict = "same"};
  const bool is_more = b > a * (1 + tolerance), is_less = b < a * (1 - tolerance);
  if (is_more || is_less) row.verdict = is_more == more_is_better ? "better" : "worse";
  return row;
}

double errors_in(const Json& run) {
  double sum = 0;
  if (run.contains("errors"))
    for (const auto& [name, count] : run["errors"].items())
      if (count.is_number()) sum += count.get<double>();
  return sum;
}

// The object of a run. Of a search the run at the rate that was found; empty when there is none.
Json run_in(const std::string& text, std::string& failure) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    failure = "is not what msrp-blaster --json prints";
    return {};
  }
  if (json.contains("find_max") && json.contains("run")) {
    Json run = json["run"];
    run["find_max"] = json["find_max"];
    return run;
  }
  if (json.contains("failure") && json["failure"].is_string())
    failure = "is a run that could not begin: " + json["failure"].get<std::string>();
  if (!json.contains("frames") && failure.empty()) failure = "is not what msrp-blaster --json prints";
  return json;
}

std::optional<std::string> contents(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

constexpr const char* compare_help =
    R"(usage  msrp-blaster compare A.json B.json [--tolerance SHARE] [--json]

Two runs, each as `msrp-blaster ... --json > FILE` told it, side by side: every
figure, the ratio of B to A, and whether B is better or worse. What differs by
less than the tolerance (5%) is the same.

exit status 0 B is nowhere worse, 1 it is somewhere, 2 wrong usage
)";

int wrong_usage(const std::string& reason) {
  std::fprintf(stderr, "msrp-blaster compare: %s\n%s", reason.c_str(), compare_help);
  return 2;
}

}  // namespace

bool Comparison::is_worse() const {
  return std::any_of(rows.begin(), rows.end(), [](const ComparedRow& row) { return row.verdict == "worse"; });
}

Comparison compare(const std::string& a, const std::string& b, double tolerance) {
  Comparison comparison;
  std::string failure;
  const Json first = run_in(a, failure);
  if (!failure.empty()) comparison.failure = "A " + failure;
  const Json second = run_in(b, failure);
  if (!failure.empty() && comparison.failure.empty()) comparison.failure = "B " + failure;
  if (!comparison.failure.empty()) return comparison;
  const auto add = [&](const char* name, const char* place, bool more_is_better) {
    const auto one = number_at(first, place), other = number_at(second, place);
    if (one && other) comparison.rows.push_back(row_of(name, *one, *other, more_is_better, tolerance));
  };
  add("highest rate", "/find_max/rate", true);
  for (const Figure& figure : figures) add(figure.name, figure.place, figure.more_is_better);
  // Of errors a single one more is worse.
  comparison.rows.push_back(row_of("errors", errors_in(first), errors_in(second), false, 0));
  const Json one = first.value("scenario", Json::object()), other = second.value("scenario", Json::object());
  for (const auto& [key, value] : one.items())
    if (!other.contains(key) || other[key] != value) comparison.different.push_back(key);
  return comparison;
}

std::string comparison_table(const Comparison& comparison, const std::string& name_a, const std::string& name_b) {
  std::string text = fmt::format("A  {}\nB  {}\n\n{:<22}{:>14}{:>14}{:>9}\n", name_a, name_b, "", "A", "B", "B/A");
  const auto value = [](double number) {
    return number >= 10'000 ? tell_count(static_cast<std::uint64_t>(number)) : fmt::format("{:.{}f}", number, number == 0 ? 0 : 2);
  };
  for (const ComparedRow& row : comparison.rows)
    text += fmt::format("{:<22}{:>14}{:>14}{:>9}  {}\n", row.name, value(row.a), value(row.b),
                        row.a > 0 ? fmt::format("{:.3f}", row.ratio) : "-", row.verdict);
  if (comparison.different.empty()) return text;
  text += "\nthe scenarios differ in";
  for (const std::string& key : comparison.different) text += " " + key;
  return text + "\n";
}

std::string comparison_json(const Comparison& comparison) {
  Json json;
  json["worse"] = comparison.is_worse();
  json["rows"] = Json::array();
  for (const ComparedRow& row : comparison.rows)
    json["rows"].push_back(
        {{"name", row.name}, {"a", row.a}, {"b", row.b}, {"ratio", row.a > 0 ? Json(row.ratio) : Json()}, {"verdict", row.verdict}});
  json["scenario_differs_in"] = comparison.different;
  return json.dump();
}

int compare_program(int argc, char** argv) {
  std::vector<const char*> files;
  bool as_json = false;
  double tolerance = 0.05;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") return std::fputs(compare_help, stdout) < 0 ? 1 : 0;
    if (word == "--json") {
      as_json = true;
    } else if (word == "--tolerance") {
      const auto share = i + 1 < argc ? parse_share(argv[i + 1]) : std::nullopt;
      if (!share) return wrong_usage("--tolerance wants a share (5%)");
      tolerance = *share;
      ++i;
    } else if (word.starts_with("--")) {
      return wrong_usage(word + " is no option");
    } else {
      files.push_back(argv[i]);
    }
  }
  if (files.size() != 2) return wrong_usage("two files are wanted");
  const auto a = contents(files[0]), b = contents(files[1]);
  if (!a || !b) return wrong_usage(std::string("cannot read ") + files[a ? 1 : 0]);
  const Comparison comparison = compare(*a, *b, tolerance);
  if (!comparison.failure.empty()) return wrong_usage(comparison.failure);
  if (as_json)
    std::printf("%s\n", comparison_json(comparison).c_str());
  else
    std::fputs(comparison_table(comparison, files[0], files[1]).c_str(), stdout);
  return comparison.is_worse() ? 1 : 0;
}

}  // namespace blaster
