#pragma once
// Text with ${...} in it: compiled to pieces, filled from a frame. "$${" is "${". What is inserted is bounded and has no control
// characters.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/faults.h"
#include "rules/frame_view.h"

namespace rules {

class TextTemplate {
 public:
  static constexpr std::size_t inserted_max = 256;  // octets of one ${...}

  // Faults are reported at `place`, under `key`. `text` must hold no control characters: the caller has looked.
  static TextTemplate compile(std::string_view text, config::Place place, const std::string& key, Faults& faults);

  static TextTemplate literal(std::string text);
  // Puts what `other` writes behind what this one does.
  void append(TextTemplate other);
  bool is_plain() const { return pieces_.empty() || (pieces_.size() == 1 && pieces_.front().info == nullptr); }
  std::string_view plain() const { return pieces_.empty() ? std::string_view() : std::string_view(pieces_.front().text); }
  // The most octets that fill() can write.
  std::size_t most() const;
  template <class Visit>  // visit(const VariableInfo&)
  void each_variable(Visit visit) const {
    for (const Piece& piece : pieces_) {
      if (piece.info != nullptr) visit(*piece.info);
    }
  }
  // Writes at most most() octets and returns how many.
  std::size_t fill(FrameView& frame, char* to) const;

 private:
  struct Piece {
    std::string text;                    // literal, or the folded name of a header
    const VariableInfo* info = nullptr;  // nullptr: literal
  };
  std::vector<Piece> pieces_;
};

}  // namespace rules
