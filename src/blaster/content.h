#pragma once
// What messages are made of, so that the receiver can tell every octet without keeping a copy: a slice of one fixed text that begins
// at a place which differs from message to message, or a file. Size and type of a message follow from its number: both parties know them.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace blaster {

// Messages of one sort in a mix.
struct Kind {
  std::string name{};  // "chat"; empty: the only one
  std::string content_type = "text/plain";
  std::uint64_t smallest = 64, largest = 64;  // octets; all sizes between them are equally likely
  std::uint32_t weight = 1;                   // how often, against the weights of the others
};

// What the octets of messages look like.
enum class Filling : std::uint8_t {
  text,      // letters, digits, blanks, full stops
  end_lines  // in lines of 32 octets, each an end-line of some other chunk: whoever looks for the right one has to look at each
};

class Content {
 public:
  // Messages of `size` octets of text.
  static Content text(std::uint64_t size);
  // Messages of these kinds, at least one, in turn by chance.
  static Content mix(std::vector<Kind> kinds, Filling filling = Filling::text);
  // One message: `octets`, which must outlive this.
  static Content file(std::string_view octets);

  struct Shape {
    std::uint64_t size = 0;
    std::uint32_t kind = 0;  // index into kinds()
  };
  Shape shape_of(std::uint32_t pair, std::uint64_t number) const {
    if (is_uniform_) return {size_, 0};
    return drawn_shape(pair, number);
  }
  // All messages have the same size and type.
  bool is_uniform() const { return is_uniform_; }
  bool is_file() const { return is_file_; }
  std::uint64_t size() const { return size_; }  // of the largest message
  double mean_size() const;
  const std::vector<Kind>& kinds() const { return kinds_; }
  std::string describe() const;  // "64 B", "64 B to 16 KiB", "chat 70 %, file 30 %"

  // The octets of message `number` of `pair` from `offset` (from 0, at most size()) on, as far as they lie side by side, `most` at most.
  // Empty only where `most` is 0 or at size(). They stay as long as this does.
  std::string_view at(std::uint32_t pair, std::uint64_t number, std::uint64_t offset, std::uint64_t most) const;
  // Do `octets` stand in the message at `offset`?
  bool matches(std::uint32_t pair, std::uint64_t number, std::uint64_t offset, std::string_view octets) const;

 private:
  static constexpr std::size_t period = 64 * 1024;

  Shape drawn_shape(std::uint32_t pair, std::uint64_t number) const;

  std::uint64_t size_ = 0;
  bool is_uniform_ = true;
  bool is_file_ = false;
  std::vector<Kind> kinds_;
  std::uint64_t weights_ = 1;  // of all kinds
  std::string text_;           // two periods: any slice of one lies side by side
  std::string_view octets_;
};

}  // namespace blaster
