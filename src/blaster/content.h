#pragma once
// What messages are made of, so that the receiver can tell every octet without keeping a copy: a slice of one fixed text that begins
// at a place which differs from message to message, or a file.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace blaster {

class Content {
 public:
  // Messages of `size` octets of text.
  static Content text(std::uint64_t size);
  // One message: `octets`, which must outlive this.
  static Content file(std::string_view octets);

  std::uint64_t size() const { return size_; }
  bool is_file() const { return is_file_; }

  // The octets of message `number` of `pair` from `offset` (from 0, at most size()) on, as far as they lie side by side, `most` at most.
  // Empty only at the end of the message. They stay as long as this does.
  std::string_view at(std::uint32_t pair, std::uint64_t number, std::uint64_t offset, std::uint64_t most) const;
  // Do `octets` stand in the message at `offset`?
  bool matches(std::uint32_t pair, std::uint64_t number, std::uint64_t offset, std::string_view octets) const;

 private:
  static constexpr std::size_t period = 64 * 1024;

  std::uint64_t size_ = 0;
  bool is_file_ = false;
  std::string text_;  // two periods: any slice of one lies side by side
  std::string_view octets_;
};

}  // namespace blaster
