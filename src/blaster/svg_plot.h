#pragma once
// Plots as inline SVG. Colours are classes ("c0", "c1", ... for the series), so the page decides them.
#include <string>
#include <utility>
#include <vector>

namespace blaster {

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;  // in the order of x
};

struct Plot {
  std::string title;  // read aloud by screen readers
  std::string x_name;
  std::vector<Series> series;
  std::string (*x_text)(double) = nullptr;
  std::string (*y_text)(double) = nullptr;
  bool x_is_from_zero = false;                          // else from the first point
  bool y_is_logarithmic = false;                        // else from 0
  bool has_bars = false;                                // one series; each bar as wide as to the next point
  std::vector<std::pair<double, std::string>> x_marks;  // empty: round numbers
};

std::string svg_of(const Plot& plot);

// A round step so that at most `most` of them fit into `range`: 1, 2 or 5 times a power of ten.
double round_step(double range, int most);

}  // namespace blaster
