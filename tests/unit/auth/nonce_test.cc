// Nonces made with counting entropy; one is compared with another implementation's.
#include "auth/nonce.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "counting_entropy.h"

using auth::NonceState;
using base::Instant;
using namespace std::chrono_literals;

namespace {

auth::NonceKeys sample_keys() {
  auth::NonceKeys keys;
  for (std::size_t i = 0; i < 32; ++i) {
    keys.keys[0][i] = static_cast<std::uint8_t>(i);
    keys.keys[1][i] = static_cast<std::uint8_t>(100 + i);
  }
  return keys;
}

const auth::NonceKeys keys = sample_keys();
constexpr auth::NonceBinding binding{{base::CoreId(1), {2, 3}}};
constexpr std::string_view realm = "example.org";
const Instant start = Instant::from_nanoseconds(1'000'000'000'000);

std::string sample() {
  CountingEntropy entropy;
  return auth::make_nonce(keys, binding, realm, start, entropy);
}

NonceState state(std::string_view nonce, Instant now = start) { return auth::read_nonce(keys, binding, realm, now, nonce).state; }

// Some microseconds after the stamps below.
const Instant soon = Instant::from_nanoseconds(1'000'000);

auth::NonceStamp stamp(std::int64_t nanoseconds, std::uint8_t mark = 0) {
  auth::NonceStamp stamp{Instant::from_nanoseconds(nanoseconds), {}};
  stamp.mac[0] = mark;
  return stamp;
}

}  // namespace

TEST_CASE("a nonce is time, randomness and an HMAC over both, the link and the realm") {
  CHECK(sample() == "000000e8d4a51000000102030405060794ff6630a130daadfc0231208b7abeb1");
}

TEST_CASE("nonces of one instant differ") {
  CountingEntropy entropy;
  std::set<std::string> nonces;
  for (int i = 0; i < 30; ++i) nonces.insert(auth::make_nonce(keys, binding, realm, start, entropy));
  CHECK(nonces.size() == 30);
}

TEST_CASE("a nonce is good for its life, on its link, in its realm") {
  const std::string nonce = sample();
  CHECK(state(nonce) == NonceState::good);
  CHECK(state(nonce, start + auth::nonce_life) == NonceState::good);
  CHECK(state(nonce, start + auth::nonce_life + 1ns) == NonceState::expired);
  CHECK(state(nonce, Instant::from_nanoseconds(start.nanoseconds() - 1)) == NonceState::expired);
  for (const base::LinkName other : {base::LinkName{base::CoreId(0), {2, 3}}, {base::CoreId(1), {1, 3}}, {base::CoreId(1), {2, 4}}}) {
    CHECK(auth::read_nonce(keys, {other}, realm, start, nonce).state == NonceState::foreign);
  }
  CHECK(auth::read_nonce(keys, binding, "other.example", start, nonce).state == NonceState::foreign);
}

TEST_CASE("any altered digit makes a nonce foreign") {
  const std::string nonce = sample();
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    std::string altered = nonce;
    altered[i] = altered[i] == '0' ? '1' : '0';
    CHECK(state(altered) == NonceState::foreign);
  }
  CHECK(state("") == NonceState::foreign);
  CHECK(state(nonce + "00") == NonceState::foreign);
  CHECK(state(nonce.substr(2)) == NonceState::foreign);
  CHECK(state(std::string(64, 'x')) == NonceState::foreign);
}

TEST_CASE("one rotation of the keys strands nobody, two do") {
  const std::string nonce = sample();
  auth::NonceKeys rotated = keys;
  rotated.keys[1] = rotated.keys[0];
  rotated.keys[0].fill(0x55);
  CHECK(auth::read_nonce(rotated, binding, realm, start, nonce).state == NonceState::good);
  rotated.keys[1] = rotated.keys[0];
  rotated.keys[0].fill(0x66);
  CHECK(auth::read_nonce(rotated, binding, realm, start, nonce).state == NonceState::foreign);
}

TEST_CASE("counts rise strictly, for each nonce of its own") {
  auth::NonceCounts counts;
  CHECK(counts.advance(stamp(10), 1, soon));
  CHECK_FALSE(counts.advance(stamp(10), 1, soon));
  CHECK(counts.advance(stamp(10), 5, soon));
  CHECK_FALSE(counts.advance(stamp(10), 4, soon));
  CHECK(counts.advance(stamp(10, 1), 1, soon));
  CHECK(counts.advance(stamp(5), 7, soon));
  CHECK_FALSE(counts.advance(stamp(5), 7, soon));
  CHECK(counts.advance(stamp(10), UINT32_MAX, soon));
  CHECK_FALSE(counts.advance(stamp(10), UINT32_MAX, soon));
  CHECK_FALSE(counts.advance(stamp(11), 0, soon));
  CHECK(counts.size() == 3);
}

TEST_CASE("what is forgotten never passes again, and the room is bounded") {
  auth::NonceCounts counts;
  const auto most = static_cast<std::int64_t>(auth::NonceCounts::nonces_max);
  for (std::int64_t i = 1; i <= most + 10; ++i) CHECK(counts.advance(stamp(i * 10), 1, soon));
  CHECK(counts.size() == auth::NonceCounts::nonces_max);
  for (std::int64_t i = 1; i <= most + 10; ++i) CHECK_FALSE(counts.advance(stamp(i * 10), 1, soon));
  // Forgotten, though its count is new; and never used, but older than all that are remembered.
  CHECK_FALSE(counts.advance(stamp(10), 2, soon));
  CHECK_FALSE(counts.advance(stamp(1), 1, soon));
  // Between those that are remembered there is room for a slow client.
  CHECK(counts.advance(stamp(most * 5), 2, soon));
  CHECK(counts.advance(stamp(most * 5 + 1), 1, soon));
  CHECK_FALSE(counts.advance(stamp(most * 5 + 1), 1, soon));
}

TEST_CASE("expired nonces leave the table") {
  auth::NonceCounts counts;
  for (std::int64_t i = 1; i <= 100; ++i) CHECK(counts.advance(stamp(i), 1, Instant::from_nanoseconds(1000)));
  CHECK(counts.size() == 100);
  const Instant later = Instant::from_nanoseconds(101) + auth::nonce_life;
  CHECK(counts.advance(stamp(later.nanoseconds()), 1, later));
  CHECK(counts.size() == 1);
}
