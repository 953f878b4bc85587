#pragma once
// What the rules said of frames like this one. Where many conditions stand before the rule that decides, most frames of a session find the
// same one: it is found again by the values of all that the conditions read, compared octet by octet, so it is never another's. One core's.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/condition.h"
#include "rules/frame_view.h"

namespace rules {

// What the conditions for one class of frames read. URIs count as a whole, sizes by the edges between which they lie.
struct Subjects {
  std::vector<Variable> numbers;
  std::vector<Variable> texts;
  std::vector<std::uint32_t> headers;  // index in Operands::headers
  bool source = false;
  bool local = false;
  // Nothing is read that is other in each frame, but for the size and what the names in `headers` may be.
  bool steady = false;
  // Few steps are quicker than the search; or something is read that is other in each frame.
  bool worth_it = false;
};
Subjects subjects_of(const std::vector<Step>& run);

class VerdictCache {
 public:
  static constexpr std::size_t entries = 2048;
  static constexpr std::size_t texts_max = 12;
  static constexpr std::size_t text_octets = 240;  // frames with longer values are judged anew each time
  static constexpr std::size_t words_max = 24;

  // Before the first look(). Without it nothing is kept and look() is false.
  void prepare() { entries_.resize(entries); }

  // Takes the values of a frame; they must stay until remember(). False: they cannot be cached, or it has not been worth it of late.
  bool look(const Subjects& subjects, const Operands& operands, const std::vector<std::uint64_t>& size_edges, FrameClass frame_class,
            FrameView& frame);
  // For the frame of the last look() that was true.
  std::optional<std::uint32_t> found();
  void remember(std::uint32_t rule);
  std::uint64_t found_total() const { return found_total_; }

 private:
  struct Entry {
    std::uint32_t rule = 0;
    bool used = false;
    std::array<std::uint64_t, words_max> words;  // numbers, and the sizes of the texts
    std::array<char, text_octets> octets;
  };
  bool take(const Subjects& subjects, const Operands& operands, const std::vector<std::uint64_t>& size_edges, FrameView& frame);
  bool take_text(std::optional<std::string_view> text);
  bool take_header(FrameView& frame, std::string_view name);
  void take_address(const base::IpAddress& address);
  void take_word(std::uint64_t word);

  std::vector<Entry> entries_;
  std::array<std::uint64_t, words_max> words_;
  std::array<std::string_view, texts_max> texts_;
  std::size_t word_count_ = 0;
  std::size_t text_count_ = 0;
  std::size_t octets_ = 0;
  std::uint64_t hash_ = 0;
  Entry* at_ = nullptr;
  std::uint64_t found_total_ = 0;
  // When too few are found again it rests for a while.
  std::uint32_t looks_ = 0;
  std::uint32_t hits_ = 0;
  std::uint32_t rests_ = 0;
};

}  // namespace rules
