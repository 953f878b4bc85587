#pragma once
// Where the loader puts what it finds wrong. It never stops at the first fault.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.h"

namespace config {

class Report {
 public:
  Report(std::string_view file, std::vector<Fault>& found) : file_(file), found_(found) {}

  void error(Place place, std::string_view key, std::string reason, std::string_view nearest = {}) {
    found_.push_back({std::string(file_), place, std::string(key), std::move(reason), std::string(nearest), false});
  }
  void warn(Place place, std::string_view key, std::string reason) {
    found_.push_back({std::string(file_), place, std::string(key), std::move(reason), {}, true});
  }
  // "a list of networks is wanted, not a number"
  void wrong_type(const Value& value, std::string_view key, std::string_view wanted);
  // Was this very key found wrong? Relations with it say nothing new then.
  bool is_wrong(std::string_view key) const {
    return std::any_of(found_.begin(), found_.end(), [&](const Fault& fault) { return !fault.warning && fault.key == key; });
  }
  bool any_wrong() const {
    return std::any_of(found_.begin(), found_.end(), [](const Fault& fault) { return !fault.warning; });
  }

 private:
  std::string_view file_;
  std::vector<Fault>& found_;
};

// "a number", "true or false" ...
std::string_view type_of(const Value& value);

// The text, or nullptr after having said that `wanted` is wanted. Empty texts and control characters are refused: no key means one.
const std::string* text_of(const Value& value, std::string_view key, std::string_view wanted, Report& report);
// The list, or nullptr after having said that `wanted` is wanted.
const Array* list_of(const Value& value, std::string_view key, std::string_view wanted, Report& report);

}  // namespace config
