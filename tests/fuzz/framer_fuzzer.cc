// The same octets whole and cut at places the fuzzer chooses say the same. What was used and what was left is the input, and whatever
// parts say, joined with heads and end-lines, has come from it in order. Input: octet 0 chooses guard and limits, octet 1 seeds the cuts.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "msrp/framer.h"

namespace {

struct Fixed final : base::Entropy {
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = 0;
  }
};

// Events as text; parts joined. `cut_seed` 0: whole.
std::string events(std::string_view octets, unsigned options, std::uint32_t cut_seed) {
  Fixed zeros;
  const msrp::TidFamily guard = msrp::TidFamily::mint(zeros);  // sixteen times the first letter: a fuzzer can spell it
  base::BufferPool pool(4 * base::BufferPool::block_bytes);
  const msrp::HeadLimits limits{(options & 2) != 0 ? 400U : 8192U, (options & 4) != 0 ? 6U : 64U, (options & 8) != 0 ? 2U : 16U};
  msrp::Framer framer(limits, pool);
  std::string text;
  bool in_part = false;
  std::size_t body_octets = 0;
  std::size_t fed = 0;
  while (fed < octets.size()) {
    std::size_t size = octets.size() - fed;
    if (cut_seed != 0) {
      cut_seed = cut_seed * 1664525U + 1013904223U;
      size = std::min<std::size_t>(size, 1 + (cut_seed >> 16) % ((cut_seed & 0x100) != 0 ? 9 : 80));
    }
    // A copy of its own, so that AddressSanitizer sees every look beyond it.
    const std::unique_ptr<char[]> copy(new char[size]);
    octets.copy(copy.get(), size, fed);
    fed += size;
    framer.feed({copy.get(), size, {}});
    for (bool more = true; more;) {
      const msrp::Event event = framer.next();
      in_part = in_part && (event.kind == msrp::EventKind::part || event.kind == msrp::EventKind::need_more);
      switch (event.kind) {
        case msrp::EventKind::need_more:
          more = false;
          CHECK(framer.pending() == 0);
          framer.release_head();
          CHECK(pool.blocks_out() <= 1);
          break;
        case msrp::EventKind::head:
          text.append("\nhead ").append(framer.head().octets).append(framer.head().has_body ? "+" : "-");
          if ((options & 1) != 0) framer.set_guard(guard);
          break;
        case msrp::EventKind::part:
          CHECK(event.part.size > 0);
          if (!in_part) text += "\npart ";
          in_part = true;
          text += event.part.view();
          body_octets += event.part.size;
          break;
        case msrp::EventKind::collision:
          text += "\ncollision";
          framer.clear_guard();
          break;
        case msrp::EventKind::end: text.append("\nend ").append(1, static_cast<char>(event.flag)); break;
        case msrp::EventKind::malformed:
          text.append("\nmalformed ").append(msrp::describe(event.error)).append(framer.recoverable() ? " on " : " dead ");
          text.append(framer.answerable().transaction_id).append(framer.answerable().from_path);
          if (!framer.recoverable()) return text;
          break;
      }
    }
  }
  CHECK(body_octets <= octets.size());
  CHECK(!framer.idle() || pool.blocks_out() == 0);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 2, size - 2);
  CHECK(events(octets, data[0], 0) == events(octets, data[0], data[1] | 0x100U));
  return 0;
}
