#pragma once
// What one core has of a rule set that changes as frames are judged: counts, buckets of rates, expressions, memory for what templates make.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "rules/condition.h"
#include "rules/edits.h"
#include "rules/rate.h"
#include "rules/rule_set.h"
#include "rules/verdict_cache.h"

namespace rules {

class CoreState {
 public:
  static constexpr std::size_t octets_max = 2048;  // of a reason and headers
  static constexpr std::size_t edits_max = 4096;   // octets of all edits for one frame and hop
  static constexpr std::size_t log_max = 1024;     // octets of one line
  static constexpr std::size_t logs_max = 8;       // lines for one frame and hop; of more the first

  struct Line {
    std::uint32_t rule = 0;
    Level level = Level::info;
    std::uint16_t octets = 0;
    std::array<char, log_max> text;
    std::string_view view() const { return {text.data(), octets}; }
  };

  // Of the last decide(): what the rules that held want to have written, and changed in the headers.
  std::size_t log_count() const { return log_count_; }
  const Line& log(std::size_t at) const { return logs_[at]; }
  Edits edits() const { return {{edits_.data(), edits_used_}}; }

  // The same as the last decide() is said of any frame that differs from that one only in its transaction id, Message-ID, Byte-Range and
  // body, as long as its size is of the same step (RuleSet::size_step); saying it has no other effect than one hit more.
  bool is_steady() const { return steady_; }
  void count_again(std::uint32_t rule) { ++hits_[rule]; }

  // Before the first frame is judged.
  void reseed(std::uint64_t seed) { seed_ = seed; }

  // How often each rule has held.
  const std::vector<std::uint64_t>& hits() const { return hits_; }
  // Decisions that needed no condition, because the same has been asked before.
  std::uint64_t verdicts_found() const { return cache_.found_total(); }
  std::uint64_t keys_forgotten() const {
    std::uint64_t sum = 0;
    for (const RateTable& table : rates_) sum += table.forgotten();
    return sum;
  }

 private:
  friend class CompiledRules;
  std::uint64_t seed_ = 0;
  std::vector<std::uint64_t> hits_;
  std::vector<RateTable> rates_;
  Expressions expressions_;
  VerdictCache cache_;
  bool steady_ = false;
  std::size_t edits_used_ = 0;
  std::size_t log_count_ = 0;
  std::array<char, octets_max> octets_;
  std::array<char, edits_max> edits_;
  std::vector<Line> logs_ = std::vector<Line>(logs_max);
};

}  // namespace rules
