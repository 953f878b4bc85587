#pragma once
// The links of one core by slot and generation, and the dialled ones by where they lead.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "relay/link.h"

namespace relay {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

class LinkTable {
 public:
  // nullptr: that name is no link any more.
  Link* find(base::LinkId id) {
    if (id.slot >= slots_.size()) return nullptr;
    Slot& slot = slots_[id.slot];
    return slot.link && slot.generation == id.generation ? slot.link.get() : nullptr;
  }
  // Whatever link has that slot now, or nullptr: for deadlines, which are cleared when their link ends.
  Link* at_slot(std::uint32_t slot) { return slot < slots_.size() ? slots_[slot].link.get() : nullptr; }
  // A link that can still be sent to: not closing.
  Link* live(base::LinkId id) {
    Link* link = find(id);
    return link != nullptr && link->state != LinkState::closing ? link : nullptr;
  }
  // A link that takes new requests: one that is draining would carry them, and never hear what is said of them.
  Link* taking(base::LinkId id) {
    Link* link = live(id);
    return link != nullptr && link->state != LinkState::draining ? link : nullptr;
  }
  // As a completion names it: 24 bits of the generation.
  Link* find(ring::Token token) {
    if (token.slot >= slots_.size()) return nullptr;
    Slot& slot = slots_[token.slot];
    return slot.link && (slot.generation & ring::Token::generation_mask) == token.generation ? slot.link.get() : nullptr;
  }
  Link& insert(const msrp::HeadLimits& limits, base::BufferPool& pool) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    Slot& slot = slots_[number];
    slot.link = std::make_unique<Link>(limits, pool);
    slot.link->id = {number, slot.generation};
    ++size_;
    return *slot.link;
  }
  void erase(Link& link) {
    Slot& slot = slots_[link.id.slot];
    const std::uint32_t number = link.id.slot;
    CHECK(slot.link.get() == &link);
    slot.link.reset();
    ++slot.generation;
    free_.push_back(number);
    --size_;
  }
  std::size_t size() const { return size_; }
  std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }
  template <class Visit>
  void each(Visit visit) {
    for (Slot& slot : slots_) {
      if (slot.link) visit(*slot.link);
    }
  }

  // Links that this core dialled, by "host:port" in lower case: reuse takes only these.
  Link* dialled(std::string_view key) {
    const auto found = dialled_.find(key);
    return found == dialled_.end() ? nullptr : find(found->second);
  }
  void remember_dialled(Link& link) { dialled_[link.dialled->key] = link.id; }
  void forget_dialled(const Link& link) {
    const auto found = dialled_.find(link.dialled->key);
    if (found != dialled_.end() && found->second == link.id) dialled_.erase(found);
  }

 private:
  struct Slot {
    std::unique_ptr<Link> link;
    std::uint32_t generation = 1;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
  boost::unordered_flat_map<std::string, base::LinkId, StringHash, std::equal_to<>> dialled_;
};

}  // namespace relay
