#pragma once
// Deadlines that are all the same time away when they are set: a queue, not a wheel. Append and unlink cost a few stores; members are named
// by slot.
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/time.h"

namespace base {

class FifoDeadlines {
 public:
  // Appends `slot`, or moves it to the end. Deadlines must not fall from one call to the next.
  void set(std::uint32_t slot, Instant deadline) {
    clear(slot);
    if (slot >= nodes_.size()) nodes_.resize(slot + 1U);
    Node& node = nodes_[slot];
    CHECK(last_ == none || nodes_[last_].deadline <= deadline);
    node = {deadline, last_, none};
    (last_ == none ? first_ : nodes_[last_].after) = slot;
    last_ = slot;
  }
  void clear(std::uint32_t slot) {
    if (!is_set(slot)) return;
    Node& node = nodes_[slot];
    (node.before == none ? first_ : nodes_[node.before].after) = node.after;
    (node.after == none ? last_ : nodes_[node.after].before) = node.before;
    node.before = unset;
  }
  bool is_set(std::uint32_t slot) const { return slot < nodes_.size() && nodes_[slot].before != unset; }
  Instant next() const { return first_ == none ? Instant::never() : nodes_[first_].deadline; }
  // Takes out the first slot whose deadline has come; nullopt: none has.
  std::optional<std::uint32_t> expire(Instant now) {
    if (first_ == none || nodes_[first_].deadline > now) return std::nullopt;
    const std::uint32_t slot = first_;
    clear(slot);
    return slot;
  }
  // The slots in the order of their deadlines, as long as `visit` returns true.
  template <class Visit>
  void each(Visit visit) const {
    for (std::uint32_t slot = first_; slot != none && visit(slot); slot = nodes_[slot].after) {
    }
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint32_t unset = UINT32_MAX - 1;
  struct Node {
    Instant deadline;
    std::uint32_t before = unset;
    std::uint32_t after = none;
  };
  static_assert(sizeof(Node) == 16);  // every link has one in each queue
  std::vector<Node> nodes_;
  std::uint32_t first_ = none;
  std::uint32_t last_ = none;
};

}  // namespace base
