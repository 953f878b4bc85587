#pragma once
// Where the compiler of rules puts what it finds wrong. It never stops at the first fault.
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"

namespace rules {

class Faults {
 public:
  Faults(std::string_view file, std::vector<config::Fault>& found) : file_(file), found_(found) {}

  void error(config::Place place, std::string key, std::string reason, std::string nearest = {}) {
    add(place, std::move(key), std::move(reason), std::move(nearest), false);
  }
  void warn(config::Place place, std::string key, std::string reason) { add(place, std::move(key), std::move(reason), {}, true); }
  // `name` stands where one of `right` should: the nearest of them is proposed.
  void unknown(config::Place place, std::string key, std::string reason, std::string_view name, std::vector<std::string_view> right) {
    add(place, std::move(key), std::move(reason), std::string(config::nearest_name(name, std::move(right))), false);
  }
  // Errors so far; warnings do not count.
  std::size_t errors() const { return errors_; }

 private:
  void add(config::Place place, std::string key, std::string reason, std::string nearest, bool warning) {
    errors_ += warning ? 0 : 1;
    found_.push_back({std::string(file_), place, std::move(key), std::move(reason), std::move(nearest), warning});
  }
  std::string_view file_;
  std::vector<config::Fault>& found_;
  std::size_t errors_ = 0;
};

}  // namespace rules
