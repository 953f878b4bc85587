#pragma once
// Columns of text for a terminal.
#include <string>
#include <vector>

namespace msrpctl {

class Table {
 public:
  struct Column {
    std::string title;
    bool number = false;  // to the right
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  // A line of titles, then one for each row; no blanks at the end of a line.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace msrpctl
