// Leases are counted by hand; the pool's own figures must agree, and what is out must differ.
#include "base/buffer_pool.h"

#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using base::BufferPool;
using base::Lease;

TEST_CASE("a pool hands out distinct blocks up to its limit, then refuses, then goes on") {
  BufferPool pool(20 * BufferPool::block_bytes);
  CHECK(pool.blocks_max() == 20);
  std::vector<Lease> leases;
  std::set<const char*> blocks;
  for (int i = 0; i < 20; ++i) {
    leases.push_back(pool.take());
    REQUIRE(leases.back());
    CHECK(leases.back().buffer()->capacity == BufferPool::block_bytes);
    CHECK(!leases.back().buffer()->scarce);
    std::memset(leases.back().buffer()->data, i, BufferPool::block_bytes);
    blocks.insert(leases.back().buffer()->data);
  }
  CHECK(blocks.size() == 20);
  for (int i = 0; i < 20; ++i) {
    const char* data = leases[static_cast<std::size_t>(i)].buffer()->data;
    CHECK((data[0] == i && data[BufferPool::block_bytes - 1] == i));
  }
  CHECK(pool.blocks_out() == 20);
  CHECK(pool.refused() == 0);
  CHECK(!pool.take());
  CHECK(pool.refused() == 1);
  leases.erase(leases.begin() + 3);
  CHECK(pool.blocks_out() == 19);
  CHECK(pool.take());
  CHECK(pool.blocks_out() == 19);
  leases.clear();
  CHECK(pool.blocks_out() == 0);
}

TEST_CASE("a pool gives the block that came back last: it is the one in the cache") {
  BufferPool pool(4 * BufferPool::block_bytes);
  const Lease other = pool.take();
  const char* data = nullptr;
  {
    const Lease lease = pool.take();
    data = lease.buffer()->data;
  }
  CHECK(pool.take().buffer()->data == data);
}

TEST_CASE("a limit smaller than a block is no block") {
  BufferPool pool(BufferPool::block_bytes - 1);
  CHECK(pool.blocks_max() == 0);
  CHECK(!pool.take());
}

TEST_CASE("a buffer goes home with its last lease, however leases were copied and moved") {
  BufferPool pool(BufferPool::block_bytes);
  Lease first = pool.take();
  {
    const Lease second = first;
    CHECK(first.buffer()->leases == 2);
    Lease third = std::move(first);
    CHECK(!first);
    CHECK(third.buffer()->leases == 2);
    Lease fourth;
    fourth = third;
    CHECK(third.buffer()->leases == 3);
    fourth = std::move(third);
    CHECK(fourth.buffer()->leases == 2);
    Lease& alias = fourth;
    fourth = alias;
    CHECK(fourth.buffer()->leases == 2);
    first = fourth;
    CHECK(first.buffer()->leases == 3);
  }
  CHECK(first.buffer()->leases == 1);
  CHECK(pool.blocks_out() == 1);
  first.reset();
  CHECK(!first);
  CHECK(pool.blocks_out() == 0);
  first.reset();
  CHECK(pool.blocks_out() == 0);
}

TEST_CASE("a slice keeps its octets") {
  BufferPool pool(BufferPool::block_bytes);
  base::Slice copy;
  {
    Lease lease = pool.take();
    std::memcpy(lease.buffer()->data, "octets", 6);
    const base::Slice slice{lease.buffer()->data + 1, 4, lease};
    copy = slice;
  }
  CHECK(pool.blocks_out() == 1);
  CHECK(copy.view() == "ctet");
  copy = {};
  CHECK(pool.blocks_out() == 0);
}
