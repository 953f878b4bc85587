#include "blaster/svg_plot.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace blaster {
namespace {

constexpr double width = 720, height = 260, left = 74, right = 14, top = 12, bottom = 40;

struct Axis {
  double least = 0, most = 1;
  bool is_logarithmic = false;
  double share(double value) const {
    if (is_logarithmic) return (std::log10(std::max(value, least)) - std::log10(least)) / (std::log10(most) - std::log10(least));
    return (value - least) / (most - least);
  }
};

double x_at(const Axis& axis, double value) { return left + axis.share(value) * (width - left - right); }
double y_at(const Axis& axis, double value) { return height - bottom - axis.share(value) * (height - top - bottom); }

Axis x_axis(const Plot& plot) {
  Axis axis{.least = std::numeric_limits<double>::max(), .most = std::numeric_limits<double>::lowest()};
  for (const Series& series : plot.series)
    for (const auto& [x, y] : series.points) {
      axis.least = std::min(axis.least, x);
      axis.most = std::max(axis.most, x);
    }
  if (axis.least > axis.most) return {};
  if (plot.x_is_from_zero) axis.least = std::min(axis.least, 0.0);
  if (axis.least == axis.most) axis.most = axis.least + 1;
  return axis;
}

Axis y_axis(const Plot& plot) {
  double least = std::numeric_limits<double>::max(), most = 0;
  for (const Series& series : plot.series)
    for (const auto& [x, y] : series.points) {
      if (y > 0) least = std::min(least, y);
      most = std::max(most, y);
    }
  if (most <= 0) return {};
  if (!plot.y_is_logarithmic) {
    const double step = round_step(most, 5);
    return {.least = 0, .most = std::ceil(most / step) * step};
  }
  Axis axis{
      .least = std::pow(10, std::floor(std::log10(least))), .most = std::pow(10, std::ceil(std::log10(most))), .is_logarithmic = true};
  if (axis.most <= axis.least) axis.most = axis.least * 10;
  return axis;
}

std::string y_marks(const Plot& plot, const Axis& axis) {
  std::string text;
  const auto mark = [&](double value) {
    const double y = y_at(axis, value);
    text += fmt::format("<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", left, y, width - right, y);
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", left - 6, y + 4, plot.y_text(value));
  };
  if (axis.is_logarithmic) {
    for (double value = axis.least; value <= axis.most * 1.001; value *= 10) mark(value);
    return text;
  }
  const double step = round_step(axis.most, 5);
  for (int i = 0; i * step <= axis.most * 1.001; ++i) mark(i * step);
  return text;
}

std::string x_marks(const Plot& plot, const Axis& axis) {
  auto marks = plot.x_marks;
  if (marks.empty()) {
    const double step = round_step(axis.most - axis.least, 8);
    for (double value = std::ceil(axis.least / step) * step; value <= axis.most * 1.0001; value += step)
      marks.emplace_back(value, plot.x_text(value));
  }
  std::string text;
  for (const auto& [value, name] : marks) {
    const double x = x_at(axis, value);
    text += fmt::format("<line class=\"tick\" x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\"/>", x, height - bottom,
                        height - bottom + 4);
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", x, height - bottom + 18, name);
  }
  return text + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", (left + width - right) / 2, height - 6,
                            plot.x_name);
}

std::string line_of(const Series& series, std::size_t number, const Axis& x, const Axis& y) {
  std::string points;
  for (const auto& [at, value] : series.points) points += fmt::format("{:.1f},{:.1f} ", x_at(x, at), y_at(y, value));
  return fmt::format("<polyline class=\"line c{}\" points=\"{}\"/>", number, points);
}

std::string bars_of(const Series& series, const Axis& x, const Axis& y) {
  std::string text;
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    const auto& [at, value] = series.points[i];
    const double next = i + 1 < series.points.size() ? series.points[i + 1].first : x.most;
    const double from = x_at(x, at), to = x_at(x, next), y_top = y_at(y, value);
    text += fmt::format("<rect class=\"bar c0\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>", from, y_top,
                        std::max(0.5, to - from - 0.6), std::max(0.0, height - bottom - y_top));
  }
  return text;
}

}  // namespace

double round_step(double range, int most) {
  if (!(range > 0)) return 1;
  const double rough = range / most;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * 0.999) return factor * power;
  return 10 * power;
}

std::string svg_of(const Plot& plot) {
  const Axis x = x_axis(plot), y = y_axis(plot);
  std::string text = fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">", width, height, plot.title);
  text += y_marks(plot, y) + x_marks(plot, x);
  for (std::size_t i = 0; i < plot.series.size(); ++i)
    text += plot.has_bars ? bars_of(plot.series[i], x, y) : line_of(plot.series[i], i, x, y);
  text += "</svg>";
  if (plot.series.size() < 2) return text;
  text += "<p class=\"legend\">";
  for (std::size_t i = 0; i < plot.series.size(); ++i) text += fmt::format("<span class=\"c{}\">{}</span> ", i, plot.series[i].name);
  return text + "</p>";
}

}  // namespace blaster
