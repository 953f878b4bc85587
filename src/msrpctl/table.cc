#include "msrpctl/table.h"

#include <algorithm>

namespace msrpctl {
namespace {

// As many places as a terminal takes for it, where every character takes one.
std::size_t places(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = places(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, places(row.at(i)));
    widths.push_back(width);
  }
  std::string text;
  const auto line = [&](const auto& cell) {
    std::string all;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& value = cell(i);
      const std::string blanks(widths[i] - places(value), ' ');
      all += (i == 0 ? "" : "  ") + (columns_[i].number ? blanks + value : value + blanks);
    }
    all.erase(all.find_last_not_of(' ') + 1);
    text += all + "\n";
  };
  line([&](std::size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_) line([&](std::size_t i) -> const std::string& { return row[i]; });
  return text;
}

}  // namespace msrpctl
