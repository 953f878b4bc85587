#include "blaster/message_kinds.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>

using namespace blaster;

TEST_CASE("kinds: sizes and ranges", "[blaster]") {
  const auto one = kinds_of_size("64-16KiB");
  REQUIRE(one);
  CHECK(one->front().smallest == 64);
  CHECK(one->front().largest == 16 * 1024);
  CHECK(kinds_of_size("1MiB")->front().smallest == 1024 * 1024);
  for (const char* const wrong : {"", "x", "64-", "-64", "100-99", "0-1000GiB"}) CHECK_FALSE(kinds_of_size(wrong));
}

TEST_CASE("kinds: a mix of named ones and sizes, with weights", "[blaster]") {
  const auto mix = kinds_of_mix("chat=7,is-composing,1KiB-2KiB=3");
  REQUIRE(mix);
  REQUIRE(mix->size() == 3);
  CHECK((*mix)[0].weight == 7);
  CHECK((*mix)[1].content_type == "application/im-iscomposing+xml");
  CHECK((*mix)[2].smallest == 1024);
  CHECK((*mix)[2].name == "1KiB-2KiB");
  for (const char* const wrong : {"", "chatt", "chat=", "chat=0", "chat=x", "chat,,file"}) CHECK_FALSE(kinds_of_mix(wrong));
}

TEST_CASE("kinds: reports", "[blaster]") {
  const auto mix = parse_report_mix("success=10%,no=5%,partial=20%");
  REQUIRE(mix);
  CHECK((mix->success == 0.1 && mix->failure_no == 0.05 && mix->failure_partial == 0.2));
  for (const char* const wrong : {"success", "success=10", "sucess=10%", "no=60%,partial=50%"}) CHECK_FALSE(parse_report_mix(wrong));
}

TEST_CASE("kinds: both parties draw the same shapes, in the shares of the weights and all over the range", "[blaster]") {
  const Content content = Content::mix(*kinds_of_mix("10-19=3,100=1"));
  std::array<std::uint64_t, 101> seen{};
  for (std::uint64_t number = 0; number < 40'000; ++number) {
    const Content::Shape shape = content.shape_of(static_cast<std::uint32_t>(number % 7), number);
    REQUIRE(shape.size <= 100);
    ++seen[shape.size];
  }
  CHECK((seen[100] > 9'500 && seen[100] < 10'500));
  for (std::size_t size = 10; size < 20; ++size) CHECK((seen[size] > 2'700 && seen[size] < 3'300));
  CHECK(content.size() == 100);
  CHECK_FALSE(content.is_uniform());
  CHECK(content.mean_size() == (14.5 * 3 + 100) / 4);
}
