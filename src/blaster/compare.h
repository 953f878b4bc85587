#pragma once
// msrp-blaster compare A.json B.json: two runs side by side, with a ratio and a verdict for each figure.
#include <string>
#include <vector>

namespace blaster {

struct ComparedRow {
  std::string name;
  double a = 0, b = 0;
  double ratio = 0;     // b to a
  std::string verdict;  // "better", "worse", "same"
};
struct Comparison {
  std::string failure;  // not empty: they cannot be compared
  std::vector<ComparedRow> rows;
  std::vector<std::string> different;  // keys of the scenario that differ: what the ratios may come from
  bool is_worse() const;               // in any row
};

// `a` and `b`: what --json printed. Ratios within 1 +- `tolerance` are the same.
Comparison compare(const std::string& a, const std::string& b, double tolerance);
std::string comparison_table(const Comparison& comparison, const std::string& name_a, const std::string& name_b);
std::string comparison_json(const Comparison& comparison);

// The program: argv[0] is "compare". Returns the exit status.
int compare_program(int argc, char** argv);

}  // namespace blaster
