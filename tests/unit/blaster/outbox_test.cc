// An Outbox is compared with a plain string under random puts and sends of any length.
#include "blaster/outbox.h"

#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <random>
#include <string>

#include "harness.h"

using namespace blaster;

TEST_CASE("outbox: text that follows text is one piece, other octets are pieces of their own", "[blaster]") {
  const std::string elsewhere = "elsewhere";
  Outbox outbox;
  outbox.put("one ");
  outbox.put("two ");
  outbox.refer(elsewhere);
  outbox.put("");
  outbox.put(" three");
  CHECK(outbox.size() == 23);
  std::vector<ring::Octets> pieces(8);
  REQUIRE(outbox.pieces(pieces) == 3);
  CHECK(std::string_view(pieces[0].data, pieces[0].size) == "one two ");
  CHECK(pieces[1].data == elsewhere.data());
  CHECK(harness::take(outbox) == "one two elsewhere three");
  CHECK(outbox.empty());
}

TEST_CASE("outbox: what goes in comes out, in order, however it is cut", "[blaster]") {
  std::mt19937 random(4711);
  std::deque<std::string> elsewhere;
  Outbox outbox;
  std::string expected, got;
  for (int step = 0; step < 5000; ++step) {
    const std::string text(random() % 300, static_cast<char>('a' + random() % 26));
    expected += text;
    if (random() % 3 == 0)
      outbox.refer(elsewhere.emplace_back(text));
    else
      outbox.put(text);
    if (random() % 2 == 0) continue;
    std::vector<ring::Octets> pieces(1 + random() % 4);
    const std::size_t count = outbox.pieces(pieces);
    std::string seen;
    for (std::size_t i = 0; i < count; ++i) seen.append(pieces[i].data, pieces[i].size);
    seen.resize(random() % (seen.size() + 1));
    outbox.sent(seen.size());
    got += seen;
    REQUIRE(outbox.size() == expected.size() - got.size());
  }
  got += harness::take(outbox, 100);
  CHECK(got == expected);
}
