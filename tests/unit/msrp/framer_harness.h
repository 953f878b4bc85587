#pragma once
// Feeds octets to a Framer in given cuts and writes down what it says, so that two ways of cutting can be compared as text.
// Each piece lies right before a page that may not be touched: an over-read dies at once.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "msrp/framer.h"
#include "msrp/writer.h"

namespace msrp_test {

// Pages of memory with a forbidden one behind them.
class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t room) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    pages_ = (room / page + 2) * page;
    void* memory = mmap(nullptr, pages_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    base_ = static_cast<char*>(memory);
    end_ = base_ + pages_ - page;
    CHECK(mprotect(end_, page, PROT_NONE) == 0);
  }
  ~GuardedMemory() { munmap(base_, pages_); }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  // The octets, their end at the forbidden page. Good until the next call.
  std::string_view put(std::string_view octets) {
    CHECK(octets.size() <= static_cast<std::size_t>(end_ - base_));
    char* begin = end_ - octets.size();
    if (!octets.empty()) std::memcpy(begin, octets.data(), octets.size());
    return {begin, octets.size()};
  }

 private:
  char* base_ = nullptr;
  char* end_ = nullptr;
  std::size_t pages_ = 0;
};

// A family whose prefix a test can spell.
struct FixedEntropy final : base::Entropy {
  std::uint8_t octet = 0;
  void fill(std::span<std::uint8_t> out) override {
    for (auto& o : out) o = octet;
    ++octet;
  }
};
inline msrp::TidFamily family(std::uint8_t number) {
  FixedEntropy entropy;
  entropy.octet = number;
  return msrp::TidFamily::mint(entropy);
}

inline const char* name_of(msrp::ParseError error) { return msrp::describe(error); }

struct Run {
  std::string trace;  // one line per event, parts joined
  std::size_t collisions = 0;
  bool dead = false;
  bool idle = false;
  std::size_t blocks_out = 0;  // after the last event
};

struct Options {
  std::vector<std::uint8_t> guards;  // family(n): the first with each head, the next at each collision; empty: no guard
  msrp::HeadLimits limits;
  std::size_t pool_blocks = 8;
};

inline void note_head(const msrp::Head& head, std::string& trace) {
  trace += "head ";
  trace += head.octets;
  trace += head.has_body ? "[body]" : "[bare]";
  trace += '\n';
}

inline void note_answerable(const msrp::Answerable& a, std::string& trace) {
  for (const std::string_view field : {a.transaction_id, a.method_name, a.first_to_uri, a.from_path, a.first_from_uri})
    trace.append(" <").append(field).append(">");
  trace += a.failure_report_no ? " no" : "";
  trace += a.is_response ? " response" : "";
}

// `cuts`: ascending places where the octets are cut.
inline Run run(std::string_view octets, const std::vector<std::size_t>& cuts, const Options& options = {}) {
  base::BufferPool pool(options.pool_blocks * base::BufferPool::block_bytes);
  GuardedMemory memory(octets.size());
  msrp::Framer framer(options.limits, pool);
  Run result;
  std::size_t guard = 0;
  std::string part;
  const auto flush = [&] {
    if (part.empty()) return;
    result.trace += "part " + part + "\n";
    part.clear();
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size() && !result.dead; ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : octets.size();
    const std::string_view piece = memory.put(octets.substr(begin, end - begin));
    begin = end;
    framer.feed({piece.data(), piece.size(), {}});
    for (bool more = true; more;) {
      const msrp::Event event = framer.next();
      if (event.kind != msrp::EventKind::part && event.kind != msrp::EventKind::need_more) flush();
      switch (event.kind) {
        case msrp::EventKind::need_more:
          more = false;
          CHECK(framer.pending() == 0);
          break;
        case msrp::EventKind::head:
          note_head(framer.head(), result.trace);
          guard = 0;
          if (!options.guards.empty()) framer.set_guard(family(options.guards[guard++]));
          break;
        case msrp::EventKind::part:
          CHECK(event.part.size > 0);
          part += event.part.view();
          break;
        case msrp::EventKind::collision:
          result.trace += "collision\n";
          ++result.collisions;
          if (guard < options.guards.size())
            framer.set_guard(family(options.guards[guard++]));
          else
            framer.clear_guard();
          break;
        case msrp::EventKind::end: result.trace.append("end ").append(1, static_cast<char>(event.flag)).append("\n"); break;
        case msrp::EventKind::malformed:
          result.trace.append("malformed ").append(name_of(event.error));
          note_answerable(framer.answerable(), result.trace);
          result.trace += framer.recoverable() ? " goes on\n" : " dead\n";
          result.dead = !framer.recoverable();
          more = !result.dead;
          break;
      }
    }
    // Parts of two inputs are one text: they may be cut anywhere.
  }
  // Octets still in doubt at the end are no part yet; a trace is compared for the same octets, so both have the same doubt.
  flush();
  result.idle = framer.idle();
  result.blocks_out = pool.blocks_out();
  return result;
}

inline std::vector<std::size_t> octet_by_octet(std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < size; ++i) cuts.push_back(i);
  return cuts;
}

}  // namespace msrp_test
