#pragma once
// What is told on stderr while a run goes on: a screen that is written over on a terminal, a plain line every few seconds elsewhere.
#include <cstdint>
#include <string>
#include <vector>

#include "blaster/run.h"
#include "blaster/scenario.h"
#include "blaster/timeline.h"

namespace blaster {

class Live {
 public:
  Live(const Scenario& scenario, Telling telling);

  void set_up(std::uint32_t ready, double seconds);
  void sending(const Sample& sample);
  // The screen is taken away, if there is one.
  void end();

 private:
  void show(const std::vector<std::string>& lines);
  double share_done(const Sample& sample) const;
  std::string time_left(const Sample& sample) const;
  std::vector<std::string> screen(const Sample& sample) const;
  std::string line(const Sample& sample) const;

  const Scenario& scenario_;
  Telling telling_;
  double next_ = 0;  // seconds
  std::size_t lines_on_screen_ = 0;
  bool is_sending_ = false;
  std::vector<double> rates_;  // of the last steps, for the little plot
};

}  // namespace blaster
