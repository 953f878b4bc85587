// Every scanner against the plainest one that can be written, on all short texts of two letters and on random long ones, at every
// alignment, the end of the text at a page that may not be touched.
#include "msrp/hyphen_scan.h"

#include "framer_harness.h"

#include <random>
#include <string>

#include <catch2/catch_test_macros.hpp>

using msrp::HyphenRun;

namespace {

using Scanner = HyphenRun (*)(const char*, const char*);

// Offset and length of the first run of at least seven; length 0: none.
std::pair<std::size_t, std::size_t> plain(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t length = 0;
    while (i + length < text.size() && text[i + length] == '-') ++length;
    if (length >= 7) return {i, length};
    i += length;
  }
  return {0, 0};
}

std::pair<std::size_t, std::size_t> with(Scanner scanner, std::string_view text) {
  const HyphenRun run = scanner(text.data(), text.data() + text.size());
  if (run.empty()) return {0, 0};
  return {static_cast<std::size_t>(run.begin - text.data()), static_cast<std::size_t>(run.end - run.begin)};
}

constexpr Scanner scanners[] = {msrp::find_hyphen_run, msrp::find_hyphen_run_scalar};

}  // namespace

TEST_CASE("hyphen scan: every text of up to 14 octets") {
  msrp_test::GuardedMemory memory(64);
  for (std::size_t size = 0; size <= 14; ++size) {
    for (unsigned bits = 0; bits < 1U << size; ++bits) {
      std::string text(size, 'x');
      for (std::size_t i = 0; i < size; ++i) {
        if ((bits >> i & 1) != 0) text[i] = '-';
      }
      const std::string_view guarded = memory.put(text);
      for (const Scanner scanner : scanners) {
        if (with(scanner, guarded) != plain(text)) FAIL(text);
      }
    }
  }
}

TEST_CASE("hyphen scan: a run of each length at each place") {
  msrp_test::GuardedMemory memory(512);
  for (std::size_t size : {32U, 33U, 63U, 64U, 127U, 128U, 129U, 160U, 300U}) {
    for (std::size_t length = 1; length <= 80 && length <= size; ++length) {
      for (std::size_t place = 0; place + length <= size; ++place) {
        std::string text(size, 'x');
        text.replace(place, length, length, '-');
        const std::string_view guarded = memory.put(text);
        for (const Scanner scanner : scanners) {
          if (with(scanner, guarded) != plain(text)) FAIL(size << " " << length << " " << place);
        }
      }
    }
  }
}

TEST_CASE("hyphen scan: random texts with many short runs") {
  msrp_test::GuardedMemory memory(5000);
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t size = random() % (round % 10 == 0 ? 5000 : 300);
    const std::size_t share = 2 + random() % 9;
    std::string text(size, 'x');
    for (char& c : text) c = random() % share != 0 ? '-' : static_cast<char>(random());
    const std::string_view guarded = memory.put(text);
    for (const Scanner scanner : scanners) {
      if (with(scanner, guarded) != plain(text)) FAIL(text);
    }
  }
}
