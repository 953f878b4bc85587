#pragma once
// Private pieces of Framer that its two files share.
#include <cstdint>
#include <new>

#include "msrp/framer.h"
#include "msrp/head_index.h"
#include "msrp/hyphen_scan.h"

namespace msrp {

// What stands in a block of the pool while a head is looked at.
struct Framer::HeadBlock {
  Head head;
  Answerable answerable;
  HeadIndex index;

  static HeadBlock& make_in(const base::Lease& lease) { return *new (lease.buffer()->data) HeadBlock; }
  static HeadBlock& of(const base::Lease& lease) { return *std::launder(reinterpret_cast<HeadBlock*>(lease.buffer()->data)); }
};

// Do the octets from a certain place on spell an end-line, or hyphens and the guard?
struct Framer::Match {
  enum class Outcome : std::uint8_t { none, partial, end, collision };  // partial: the octets end too early to tell
  Outcome outcome = Outcome::none;
  ContinuationFlag flag = ContinuationFlag::end;
  std::size_t size = 0;  // of the end-line
};

}  // namespace msrp
