#pragma once
// The facts of one frame as the variables of the rule language: looked up when a rule asks, URIs parsed once. No allocation.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "rules/facts.h"
#include "rules/variable.h"

// For a big local whose members say themselves which of them are good: -ftrivial-auto-var-init would clear it all for every frame.
#define UNINITIALIZED __attribute__((uninitialized))

namespace rules {

static_assert(std::is_trivially_destructible_v<msrp::Uri>);

FrameClass class_of(const Facts& facts);

class FrameView {
 public:
  // `facts` and what it points to must outlive the view.
  explicit FrameView(const Facts& facts);
  FrameView(const FrameView&) = delete;
  FrameView& operator=(const FrameView&) = delete;
  ~FrameView() {}

  static constexpr std::uint8_t absent = 63;  // so that it is a bit of a mask that no value has
  // The index of an enumeration's value, or absent. Also of `method` (send, report, auth, other) and the scheme of a URI.
  std::uint8_t choice(Variable variable, Part part) {
    return part == Part::whole ? choices_[static_cast<std::size_t>(variable)] : scheme(variable);
  }
  static constexpr std::size_t enumerations = static_cast<std::size_t>(Variable::method) + 1;
  // An octet for each variable from kind to method.
  std::string_view choices() const { return {reinterpret_cast<const char*>(choices_.data()), choices_.size()}; }
  std::optional<std::uint64_t> number(Variable variable, Part part);
  std::optional<std::string_view> text(Variable variable, Part part);
  const base::IpAddress* address(Variable variable) const;
  // nullptr: there is none, or it is none that this relay understands.
  const msrp::Uri* uri(Variable variable);
  const msrp::Head* head() const { return head_; }
  // Of every variable but headers.
  bool exists(const VariableInfo& info) { return exists(info.variable, info.part, info.type); }
  bool exists(Variable variable, Part part, Type type);

 private:
  enum class State : std::uint8_t { unknown, parsed, bad };
  std::uint8_t scheme(Variable uri);
  std::optional<std::string_view> content_type();
  std::optional<std::string_view> part_of_uri(Variable variable, Part part);
  std::optional<std::string_view> octets_of(Variable variable) const;
  std::string_view source_text();
  std::string_view local_text();

  const Facts& facts_;
  const msrp::Head* head_;
  const msrp::Path* to_;
  const msrp::Path* from_;
  static constexpr std::size_t uri_slots = 6;
  std::array<std::uint8_t, enumerations> choices_;
  std::array<State, uri_slots> states_{};
  union {
    std::array<msrp::Uri, uri_slots> uris_;  // those whose state is parsed
  };
  std::string_view content_type_;
  bool has_content_type_ = false;  // looked up
  std::uint8_t source_size_ = 0;
  std::uint8_t local_size_ = 0;
  std::array<char, 64> source_text_;  // msrps://[8 groups of 4]:65535
  std::array<char, 64> local_text_;
};

// RFC 5952 without brackets, at most 45 octets; returns the octets written.
std::size_t write_address(const base::IpAddress& address, char* to);

}  // namespace rules
