// Method: an Outbox alone, its output read as text. What is checked is what the next hop sees: pieces, flags, ranges, order.
#include "relay/outbox.h"
#include "base/check.h"

#include "base/fifo_deadlines.h"
#include "msrp/writer.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using msrp::ContinuationFlag;

class Counting final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

const std::string before_range =
    "To-Path: msrp://bob.invalid:1/b;tcp\r\nFrom-Path: msrp://r.example.org:1/r;tcp msrp://a.invalid:1/a;tcp\r\nMessage-ID: m1\r\n";
const std::string after_range = "Content-Type: text/plain\r\n";
const std::string headers = before_range + after_range;

struct Piece {
  std::string tid, head, body;
  char flag = 0;
};

struct Stage {
  base::BufferPool pool{1 << 20};
  relay::Scratch scratch{pool};
  relay::SendStore sends;
  relay::ReportRecords reports;
  Counting entropy;
  relay::Counters counters;
  relay::Transactions transactions;
  relay::Outbox outbox;
  std::size_t limit = 100;
  bool small = false;
  std::uint64_t message = 0;

  ~Stage() {
    outbox.abandon(sends, [](const relay::Send&) {});
    scratch.release();
  }
  relay::OutboxContext context() {
    return {pool, scratch, sends, reports, entropy, counters, base::Instant::from_nanoseconds(1), 30s, limit};
  }
  relay::SendHead head(std::optional<msrp::ByteRange> range, msrp::FailureReport report = msrp::FailureReport::yes) {
    return {headers, before_range.size(), true, range, report, small, message};
  }
  relay::Send* begin(std::uint32_t source, std::optional<msrp::ByteRange> range, msrp::FailureReport report = msrp::FailureReport::yes) {
    return outbox.begin(context(), head(range, report), {base::CoreId(0), {source, 1}}, msrp::TidFamily::mint(entropy), relay::no_report);
  }
  void add(relay::Send* send, const std::string& octets) { REQUIRE(outbox.add(context(), *send, {octets.data(), octets.size(), {}})); }
  std::string sent() {
    REQUIRE(outbox.fill(context(), transactions));
    std::string text(outbox.output().octets(), '\0');
    outbox.output().copy_to(text.data());
    outbox.sent(context(), transactions, text.size());
    return text;
  }
};

// Takes frames apart with find() alone: independent of the framer.
std::vector<Piece> pieces(std::string text) {
  std::vector<Piece> all;
  while (!text.empty()) {
    REQUIRE(text.starts_with("MSRP "));
    Piece piece;
    piece.tid = text.substr(5, text.find(' ', 5) - 5);
    const std::size_t head_end = text.find("\r\n\r\n");
    const std::size_t end = text.find("\r\n-------" + piece.tid);
    REQUIRE(end != std::string::npos);
    piece.head = text.substr(0, std::min(head_end, end) + 2);
    if (head_end < end) piece.body = text.substr(head_end + 4, end - head_end - 4);
    piece.flag = text[end + 9 + piece.tid.size()];
    text.erase(0, end + 9 + piece.tid.size() + 3);
    all.push_back(piece);
  }
  return all;
}

msrp::ByteRange range_of(std::uint64_t start, std::optional<std::uint64_t> end, std::optional<std::uint64_t> total) {
  return {msrp::RangeStart(start), end, total};
}

}  // namespace

TEST_CASE("a whole SEND goes out as it came, under an id of ours (R-016, R-046)") {
  Stage stage;
  const std::string body = "hello";
  const base::Slice slice{body.data(), body.size(), {}};
  REQUIRE(stage.outbox.put_whole(stage.context(), stage.transactions, stage.head(range_of(1, 5, 5)), msrp::TidFamily::mint(stage.entropy),
                                 std::span(&slice, 1), ContinuationFlag::end, relay::no_report));
  const auto all = pieces(stage.sent());
  REQUIRE(all.size() == 1);
  CHECK(all[0].head == "MSRP " + all[0].tid + " SEND\r\n" + before_range + "Byte-Range: 1-5/5\r\n" + after_range);
  CHECK(all[0].body == body);
  CHECK(all[0].flag == '$');
  REQUIRE(stage.transactions.live() == 1);
  CHECK(stage.transactions.find(all[0].tid) == stage.transactions.oldest());
  CHECK(stage.transactions.find(all[0].tid + "x") == nullptr);
}

TEST_CASE("a chunk begins when more than 2048 octets or its end are in hand, with an open range (R-130)") {
  Stage stage;
  relay::Send* send = stage.begin(1, range_of(1, 5000, 5000));
  stage.add(send, std::string(2048, 'a'));
  CHECK(stage.sent().empty());
  stage.add(send, "b");
  const std::string first = stage.sent();
  CHECK(first.find("Byte-Range: 1-*/5000\r\n") != std::string::npos);
  CHECK(first.ends_with("a"));  // one octet is held back
  stage.add(send, std::string(2951, 'c'));
  stage.outbox.finish(*send, ContinuationFlag::end, false);
  const auto all = pieces(first + stage.sent());
  REQUIRE(all.size() == 1);
  CHECK(all[0].body == std::string(2048, 'a') + "b" + std::string(2951, 'c'));
  CHECK(all[0].flag == '$');
  CHECK(stage.outbox.empty());
}

TEST_CASE("control frames interrupt it, with + and the right range behind them, also when its sender stalls (R-131, R-134)") {
  Stage stage;
  relay::Send* send = stage.begin(1, range_of(101, std::nullopt, 9000));
  stage.add(send, std::string(3000, 'a'));
  std::string out = stage.sent();
  const std::string report = "MSRP rrrr REPORT\r\nTo-Path: x\r\nFrom-Path: y\r\n-------rrrr$\r\n";
  REQUIRE(stage.outbox.put_control(stage.context(), {report.data(), report.size(), {}}));
  out += stage.sent();
  stage.outbox.finish(*send, ContinuationFlag::end, false);
  out += stage.sent();
  const auto all = pieces(out);
  REQUIRE(all.size() == 3);
  CHECK(all[0].body == std::string(2999, 'a'));
  CHECK(all[0].flag == '+');
  CHECK(all[1].tid == "rrrr");
  CHECK(all[2].body == "a");
  CHECK(all[2].flag == '$');
  CHECK(all[2].head.find("Byte-Range: 3100-3100/9000\r\n") != std::string::npos);
  CHECK(all[2].tid != all[0].tid);
  CHECK(stage.counters.chunks_cut == 1);
}

TEST_CASE("two sources take turns, each in its own order (R-132, R-141)") {
  Stage stage;
  relay::Send* big = stage.begin(1, range_of(1, std::nullopt, std::nullopt));
  for (int i = 0; i < 4; ++i) stage.add(big, std::string(16'000, 'a'));
  std::string out = stage.sent();
  relay::Send* small = stage.begin(2, range_of(1, 3, 3));
  stage.add(small, "bbb");
  stage.outbox.finish(*small, ContinuationFlag::end, false);
  stage.add(big, std::string(20'000, 'c'));
  stage.outbox.finish(*big, ContinuationFlag::more, false);
  out += stage.sent();
  const auto all = pieces(out);
  REQUIRE(all.size() == 3);
  CHECK(all[0].flag == '+');
  CHECK(all[1].body == "bbb");
  CHECK(all[0].body + all[2].body == std::string(64'000, 'a') + std::string(20'000, 'c'));
  CHECK(all[2].flag == '+');  // as received; "$" is never invented
}

TEST_CASE("a new family of ids takes over between two pieces (R-017)") {
  Stage stage;
  relay::Send* send = stage.begin(1, range_of(1, std::nullopt, std::nullopt));
  stage.add(send, std::string(4000, 'a'));
  std::string out = stage.sent();
  const auto fresh = msrp::TidFamily::mint(stage.entropy);
  stage.outbox.change_family(stage.context(), stage.transactions, *send, fresh);
  stage.add(send, "-------evil$");
  stage.outbox.finish(*send, ContinuationFlag::end, false);
  out += stage.sent();
  const auto all = pieces(out);
  REQUIRE(all.size() == 2);
  CHECK(all[0].flag == '+');
  CHECK_FALSE(all[0].tid.starts_with(fresh.prefix()));
  CHECK(all[1].tid.starts_with(fresh.prefix()));
  CHECK(all[0].body + all[1].body == std::string(4000, 'a') + "-------evil$");
}

TEST_CASE("a sender lost in mid-chunk is # for what has begun, and nothing for what has not (R-136)") {
  Stage stage;
  relay::Send* begun = stage.begin(1, range_of(1, std::nullopt, std::nullopt));
  stage.add(begun, std::string(3000, 'a'));
  std::string out = stage.sent();
  relay::Send* waiting = stage.begin(2, range_of(1, std::nullopt, std::nullopt));
  stage.add(waiting, "never seen");
  stage.outbox.finish(*waiting, ContinuationFlag::abort, true);
  stage.outbox.finish(*begun, ContinuationFlag::abort, true);
  out += stage.sent();
  const auto all = pieces(out);
  REQUIRE(all.size() == 1);
  CHECK(all[0].flag == '#');
  CHECK(stage.outbox.empty());
  CHECK(stage.outbox.lane_octets({base::CoreId(0), {2, 1}}) == 0);
}

TEST_CASE("without a free transaction the lane waits; Failure-Report no needs none") {
  Stage stage;
  stage.limit = 1;
  for (std::uint32_t source = 1; source <= 2; ++source) {
    relay::Send* send = stage.begin(source, range_of(1, 1, 1));
    stage.add(send, "x");
    stage.outbox.finish(*send, ContinuationFlag::end, false);
  }
  const auto first = pieces(stage.sent());
  REQUIRE(first.size() == 1);
  CHECK(stage.sent().empty());
  CHECK(stage.counters.transactions_full > 0);
  stage.transactions.close(*stage.transactions.find(first[0].tid));
  CHECK(pieces(stage.sent()).size() == 1);
  relay::Send* quiet = stage.begin(3, range_of(1, 1, 1), msrp::FailureReport::no);
  stage.add(quiet, "y");
  stage.outbox.finish(*quiet, ContinuationFlag::end, false);
  CHECK(pieces(stage.sent()).size() == 1);
}

TEST_CASE("small chunks that wait share blocks, in whatever memory they came; what comes in parts has its own") {
  Stage stage;
  stage.limit = 0;
  stage.small = true;
  const std::string body(50, 'x');
  for (std::uint32_t i = 0; i < 40; ++i) {
    relay::Send* send = stage.begin(i / 10, msrp::ByteRange{});
    if (i % 2 == 0) {
      stage.add(send, body);
    } else {
      // As from the ring: scarce, and to be given back.
      base::Lease block = stage.pool.take();
      REQUIRE(block);
      block.buffer()->scarce = true;
      std::memcpy(block.buffer()->data, body.data(), body.size());
      REQUIRE(stage.outbox.add(stage.context(), *send, {block.buffer()->data, body.size(), block}));
    }
    stage.outbox.finish(*send, ContinuationFlag::end, false);
  }
  REQUIRE(stage.outbox.settle(stage.context()));
  CHECK(stage.pool.blocks_out() <= 2);
  CHECK(stage.outbox.lane_octets({base::CoreId(0), {0, 1}}) < 16'384);
  stage.limit = 100;
  const auto all = pieces(stage.sent());
  CHECK(all.size() == 40);
  for (const Piece& piece : all) CHECK(piece.body == body);
  stage.scratch.release();
  CHECK(stage.pool.blocks_out() == 0);
}

TEST_CASE("octets survive any order of appending, cutting, settling and taking") {
  base::BufferPool pool(4 << 20);
  std::uint64_t state = 42;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33) % below;
  };
  for (int round = 0; round < 50; ++round) {
    relay::SegmentQueue queue, other, spare;
    relay::Scratch scratch(pool);
    std::string model, other_model;
    for (int step = 0; step < 200; ++step) {
      switch (random(5)) {
        case 0: {
          const std::string octets(random(40'000), static_cast<char>('a' + step % 26));
          REQUIRE(queue.append_copy(octets, pool));
          model += octets;
          break;
        }
        case 1: {
          const std::size_t size = 1 + random(300);
          const auto room = scratch.reserve(size);
          REQUIRE(room.size() >= size);
          std::memset(room.data(), 'A' + step % 26, size);
          REQUIRE(queue.append(scratch.commit(size), pool));
          model.append(size, static_cast<char>('A' + step % 26));
          break;
        }
        case 2: {
          const std::size_t size = random(model.size() + 1);
          queue.move_to(other, size);
          other_model += model.substr(0, size);
          model.erase(0, size);
          break;
        }
        case 3:
          REQUIRE(queue.settle(pool, spare));
          REQUIRE(queue.scarce() == 0);
          break;
        case 4: {
          const std::size_t size = random(other_model.size() + 1);
          other.pop(size);
          other_model.erase(0, size);
          break;
        }
      }
      REQUIRE(queue.octets() == model.size());
      REQUIRE(other.octets() == other_model.size());
      std::string text(model.size(), '\0');
      queue.copy_to(text.data());
      REQUIRE(text == model);
      if (model.size() > 200'000) queue.clear(), model.clear();
      if (other_model.size() > 200'000) other.clear(), other_model.clear();
    }
    scratch.release();
  }
  CHECK(pool.blocks_out() == 0);
}

TEST_CASE("deadlines come in the order in which they were set") {
  base::FifoDeadlines deadlines;
  const auto at = [](std::int64_t n) { return base::Instant::from_nanoseconds(n); };
  for (std::uint32_t slot = 0; slot < 5; ++slot) deadlines.set(slot, at(10 + slot));
  deadlines.clear(2);
  deadlines.set(0, at(20));
  CHECK(deadlines.next() == at(11));
  CHECK_FALSE(deadlines.expire(at(10)));
  CHECK(deadlines.expire(at(30)) == 1U);
  CHECK(deadlines.expire(at(30)) == 3U);
  CHECK(deadlines.expire(at(30)) == 4U);
  CHECK(deadlines.expire(at(30)) == 0U);
  CHECK(deadlines.next().is_never());
}

TEST_CASE("what goes on with a message by another link waits for what came by the first (R-141)") {
  Stage stage;
  stage.message = 7;
  relay::Send* first = stage.begin(1, range_of(1, std::nullopt, std::nullopt));
  stage.add(first, std::string(3000, 'a'));
  relay::Send* rest = stage.begin(2, range_of(4001, std::nullopt, std::nullopt));
  stage.add(rest, "c");
  stage.outbox.finish(*rest, ContinuationFlag::end, false);
  stage.message = 8;
  relay::Send* other = stage.begin(3, range_of(1, 1, 1));
  stage.add(other, "o");
  stage.outbox.finish(*other, ContinuationFlag::end, false);

  // Another message does not wait.
  const std::string before = stage.sent();
  CHECK(before.find("o") != std::string::npos);
  CHECK(before.find("Byte-Range: 4001-") == std::string::npos);
  CHECK(stage.outbox.has_lane({base::CoreId(0), {2, 1}}));
  CHECK(stage.outbox.nothing_ready());

  stage.add(first, std::string(1000, 'b'));
  stage.outbox.finish(*first, ContinuationFlag::more, false);
  const std::string after = stage.sent();
  const auto all = pieces(before + after);
  CHECK(all.back().body == "c");
  CHECK(all.back().head.find("Byte-Range: 4001-") != std::string::npos);
  CHECK(stage.outbox.empty());
}

TEST_CASE("a new message of the same session by another link does not wait") {
  Stage stage;
  stage.message = 7;
  relay::Send* first = stage.begin(1, range_of(1, std::nullopt, std::nullopt));
  stage.add(first, std::string(3000, 'a'));
  stage.message = 9;
  relay::Send* second = stage.begin(2, range_of(2, std::nullopt, std::nullopt));
  stage.add(second, "c");
  stage.outbox.finish(*second, ContinuationFlag::end, false);
  CHECK(stage.sent().find("Byte-Range: 2-") != std::string::npos);
  stage.outbox.finish(*first, ContinuationFlag::abort, true);
}
