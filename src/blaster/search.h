#pragma once
// Which rate to try next, so that the highest one that holds is found in few tries. Pure.
#include <cstdint>

namespace blaster {

class RateSearch {
 public:
  // `guess`: about what can be carried; the first try is half of it.
  explicit RateSearch(double guess) : next_(guess / 2) {}

  double next() const { return next_; }
  void tell(bool held);
  // The bounds are near enough to each other, or nothing held.
  bool is_over() const { return is_over_; }
  double best() const { return held_; }      // 0: none held
  double failed() const { return failed_; }  // the lowest that did not hold; 0: all held

 private:
  static constexpr double growth = 1.5;
  static constexpr double precision = 1.04;
  static constexpr double least = 1;  // a second
  static constexpr std::uint32_t tries_max = 24;

  double next_;
  double held_ = 0, failed_ = 0;
  std::uint32_t tries_ = 0;
  bool is_over_ = false;
};

}  // namespace blaster
