// Minted ids: their shape, that all random bits show, and the way back to the number.
#include "msrp/tid.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include <catch2/catch_test_macros.hpp>

using msrp::MintedTid;
using msrp::TidFamily;

namespace {

// Gives the octets it was made with.
struct Given final : base::Entropy {
  std::array<std::uint8_t, 10> octets{};
  std::size_t asked = 0;
  void fill(std::span<std::uint8_t> out) override {
    asked += out.size();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = octets[i % octets.size()];
  }
};

}  // namespace

TEST_CASE("a family is 16 alphanumeric characters of 80 random bits") {
  Given entropy;
  const TidFamily zero = TidFamily::mint(entropy);
  CHECK(entropy.asked == 10);
  CHECK(zero.prefix() == std::string(16, zero.prefix()[0]));
  std::set<std::string> seen{std::string(zero.prefix())};
  // Five bits make a character, every value another one, and no other character changes.
  for (std::size_t at = 0; at < TidFamily::size; ++at) {
    std::set<char> letters;
    for (unsigned value = 0; value < 32; ++value) {
      entropy.octets = {};
      for (unsigned bit = 0; bit < 5; ++bit) {
        const std::size_t place = at * 5 + bit;
        if ((value >> bit & 1U) != 0) entropy.octets[place / 8] |= static_cast<std::uint8_t>(1U << (place % 8));
      }
      const std::string prefix(TidFamily::mint(entropy).prefix());
      letters.insert(prefix[at]);
      CHECK(std::count(prefix.begin(), prefix.end(), zero.prefix()[0]) >= 15);
    }
    CHECK(letters.size() == 32);
  }
  for (std::size_t bit = 0; bit < 80; ++bit) {
    entropy.octets = {};
    entropy.octets[bit / 8] = static_cast<std::uint8_t>(1U << (bit % 8));
    const TidFamily family = TidFamily::mint(entropy);
    for (const char c : family.prefix()) CHECK(std::isalnum(static_cast<unsigned char>(c)));
    CHECK(seen.insert(std::string(family.prefix())).second);
  }
  CHECK(seen.size() == 81);
  CHECK(TidFamily::mint(entropy) == TidFamily::mint(entropy));
}

TEST_CASE("a minted id is its family and a number that can be read back") {
  Given entropy;
  entropy.octets = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const TidFamily family = TidFamily::mint(entropy);
  for (const std::uint32_t number : {0U, 1U, 31U, 32U, 1023U, 8191U, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFEU, 0xFFFFFFFFU}) {
    const MintedTid tid(family, number);
    CHECK(tid.octets().size() == 23);
    CHECK(tid.octets().starts_with(family.prefix()));
    CHECK(MintedTid::transaction_of(tid.octets()) == number);
    CHECK(MintedTid::low_bits_of(tid.octets()) == (number & 0xFFFFFU));
    for (const char c : tid.octets()) CHECK(std::isalnum(static_cast<unsigned char>(c)));
  }
  CHECK(MintedTid(family, 1) == MintedTid(family, 1));
  CHECK(MintedTid(family, 1) != MintedTid(family, 2));
}

TEST_CASE("ids that are none of ours have no number") {
  Given entropy;
  const std::string good(MintedTid(TidFamily::mint(entropy), 5).octets());
  REQUIRE(MintedTid::transaction_of(good) == 5);
  CHECK(!MintedTid::transaction_of(""));
  CHECK(!MintedTid::transaction_of("abcd"));
  CHECK(!MintedTid::transaction_of(good + "a"));
  CHECK(!MintedTid::transaction_of(good.substr(1)));
  for (const char wrong : {'A', 'l', 'o', '0', '1', '-', '.', '\0', '\xff'}) {
    std::string bad = good;
    bad.back() = wrong;
    CHECK(!MintedTid::transaction_of(bad));
  }
  // 35 bits can say more than a number holds.
  std::string big = good;
  for (std::size_t i = 16; i < big.size(); ++i) big[i] = '9';
  CHECK(!MintedTid::transaction_of(big));
}

TEST_CASE("a peer's id keeps its octets") {
  const std::string octets = "a.-+%=ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  REQUIRE(octets.size() == msrp::transaction_id_max);
  CHECK(msrp::PeerTid(octets).octets() == octets);
  CHECK(msrp::PeerTid("abcd").octets() == "abcd");
  CHECK(msrp::PeerTid().octets().empty());
}
