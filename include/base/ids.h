#pragma once
// Numbers that name things. Nothing converts, nothing adds: a core is not a slot, a slot is not a count.
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace base {

template <class Tag, class Number>
class StrongId {
 public:
  constexpr StrongId() = default;
  explicit constexpr StrongId(Number value) : value_(value) {}
  constexpr Number value() const { return value_; }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  Number value_ = 0;
};

// A core: one thread, one ring. Dense from 0.
using CoreId = StrongId<struct CoreTag, std::uint16_t>;
// One of 256 parts of the session space; a table maps it to a core (models: the session id names its shard).
using Shard = StrongId<struct ShardTag, std::uint8_t>;
// A [[listen]] table of the configuration, in the order of the file.
using ListenerId = StrongId<struct ListenerTag, std::uint16_t>;

// Names a link on one core. `generation` counts the uses of the slot: a stale name finds nothing instead of a stranger.
struct LinkId {
  std::uint32_t slot = UINT32_MAX;
  std::uint32_t generation = 0;
  constexpr bool is_none() const { return slot == UINT32_MAX; }
  friend constexpr bool operator==(LinkId, LinkId) = default;
};

// Names a link anywhere in the process.
struct LinkName {
  CoreId core;
  LinkId link;
  constexpr bool is_none() const { return link.is_none(); }
  friend constexpr bool operator==(LinkName, LinkName) = default;
};

}  // namespace base
