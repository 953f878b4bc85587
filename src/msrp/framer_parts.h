#pragma once
// Private pieces of Framer that its two files share.
#include <cstdint>
#include <new>
#include <type_traits>

#include "msrp/framer.h"
#include "msrp/head_index.h"
#include "msrp/hyphen_scan.h"

namespace msrp {

// What stands in a block of the pool while a head is looked at. The block's memory becomes one as it is: index_head() and
// parse_indexed_head() set what they promise, and clearing the kilobytes behind them would cost more than all the parsing.
struct Framer::HeadBlock {
  Head head;
  Answerable answerable;
  HeadIndex index;

  static HeadBlock& of(const base::Lease& lease) { return *std::launder(reinterpret_cast<HeadBlock*>(lease.buffer()->data)); }
};
static_assert(std::is_aggregate_v<Head> && std::is_trivially_destructible_v<Head>);  // so that memory becomes one without a constructor
static_assert(sizeof(Head) + sizeof(Answerable) + sizeof(HeadIndex) + 64 <= base::BufferPool::block_bytes);

// Do the octets from a certain place on spell an end-line, or hyphens and the guard?
struct Framer::Match {
  enum class Outcome : std::uint8_t { none, partial, end, collision };  // partial: the octets end too early to tell
  Outcome outcome = Outcome::none;
  ContinuationFlag flag = ContinuationFlag::end;
  std::size_t size = 0;  // of the end-line
};

}  // namespace msrp
