#include "control/service_records.h"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <random>

using control::ServiceRecord;

TEST_CASE("service records: lower priorities first, and within one as often first as the weights say (R-240)") {
  std::minstd_rand random(7);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  std::map<std::string, int> first;
  constexpr int rounds = 20'000;
  for (int round = 0; round < rounds; ++round) {
    std::vector<ServiceRecord> records = {
        {20, 5, 1, "later"}, {10, 60, 1, "sixty"}, {10, 30, 1, "thirty"}, {10, 10, 1, "ten"}, {10, 0, 1, "none"}};
    control::order_service_records(records, below);
    REQUIRE(records.size() == 5);
    REQUIRE(records[4].target == "later");
    ++first[records[0].target];
  }
  // Within a tenth of what the weights say; who weighs nothing comes first nearly never.
  CHECK((first["sixty"] > rounds * 54 / 100 && first["sixty"] < rounds * 66 / 100));
  CHECK((first["thirty"] > rounds * 27 / 100 && first["thirty"] < rounds * 33 / 100));
  CHECK((first["ten"] > rounds * 8 / 100 && first["ten"] < rounds * 12 / 100));
  CHECK(first["none"] < rounds * 3 / 100);
  CHECK(first["later"] == 0);
}

TEST_CASE("service records: what is broken is passed over, wherever it is cut") {
  // One SRV record of "x.", compressed target.
  const std::string whole(
      "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x01x\x00\x00\x21\x00\x01"
      "\xC0\x0C\x00\x21\x00\x01\x00\x00\x00\x1E\x00\x08\x00\x01\x00\x02\x0B\x27\xC0\x0C",
      39);
  const auto read = [](std::string_view octets) {
    return control::read_service_records({reinterpret_cast<const unsigned char*>(octets.data()), octets.size()});
  };
  const control::ServiceAnswer answer = read(whole);
  REQUIRE(answer.records.size() == 1);
  CHECK(answer.ttl_s == 30);
  CHECK(answer.records[0].priority == 1);
  CHECK(answer.records[0].weight == 2);
  CHECK(answer.records[0].port == 2855);
  CHECK(answer.records[0].target == "x");
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(read(std::string_view(whole).substr(0, size)).records.empty());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      CHECK(read(flipped).records.size() <= 1);
    }
  }
}
