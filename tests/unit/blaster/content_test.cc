// What at() hands out is put together and compared with matches(), which is what receivers believe.
#include "blaster/content.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>

#include "blaster/message_id.h"

using namespace blaster;

namespace {
std::string whole(const Content& content, std::uint32_t pair, std::uint64_t number, std::uint64_t step) {
  std::string text;
  while (text.size() < content.size()) text += content.at(pair, number, text.size(), step);
  return text;
}
}  // namespace

TEST_CASE("content: a message reads the same in any steps and matches itself", "[blaster]") {
  for (const std::uint64_t size : {1U, 64U, 1000U, 65536U, 200'000U}) {
    const Content content = Content::text(size);
    const std::string message = whole(content, 3, 12345, UINT64_MAX);
    REQUIRE(message.size() == size);
    REQUIRE(whole(content, 3, 12345, 777) == message);
    CHECK(content.matches(3, 12345, 0, message));
    CHECK(content.matches(3, 12345, size / 2, std::string_view(message).substr(size / 2)));
    CHECK(content.at(3, 12345, size, 10).empty());
  }
}

TEST_CASE("content: another octet, another message, another pair, another place do not match", "[blaster]") {
  const Content content = Content::text(64);
  std::string message = whole(content, 1, 7, 64);
  CHECK_FALSE(content.matches(1, 8, 0, message));
  CHECK_FALSE(content.matches(2, 7, 0, message));
  CHECK_FALSE(content.matches(1, 7, 1, message));
  CHECK_FALSE(content.matches(1, 7, 0, message + "x"));
  CHECK_FALSE(content.matches(1, 7, 65, ""));
  for (std::size_t i = 0; i < message.size(); ++i) {
    message[i] ^= 1;
    REQUIRE_FALSE(content.matches(1, 7, 0, message));
    message[i] ^= 1;
  }
}

TEST_CASE("content: text has no line ends and no hyphens, and messages differ", "[blaster]") {
  const Content content = Content::text(100);
  std::set<std::string> seen;
  for (std::uint64_t number = 0; number < 2000; ++number) {
    const std::string message = whole(content, 5, number, 100);
    REQUIRE(message.find_first_of("\r\n-") == std::string::npos);
    REQUIRE(seen.insert(message).second);
  }
}

TEST_CASE("content: end-lines are whole, of letters and digits, and no two alike", "[blaster]") {
  const Content content = Content::mix({Kind{.smallest = 65536, .largest = 65536}}, Filling::end_lines);
  const std::string message = whole(content, 0, 0, UINT64_MAX);
  std::set<std::string> identifiers;
  for (std::size_t at = 0; at < message.size(); at += 32) {
    REQUIRE(message.substr(at, 9) == "\r\n-------");
    REQUIRE(message[at + 31] == '$');
    const std::string identifier = message.substr(at + 9, 22);
    REQUIRE(identifier.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos);
    REQUIRE(identifiers.insert(identifier).second);
  }
  CHECK(whole(content, 0, 1, UINT64_MAX) != message);
  CHECK(content.matches(0, 0, 100, std::string_view(message).substr(100, 5000)));
}

TEST_CASE("content: a file is its octets", "[blaster]") {
  const std::string octets("\0\r\n-------abcd$\r\n\xff", 18);
  const Content content = Content::file(octets);
  CHECK(content.size() == 18);
  CHECK(content.is_file());
  CHECK(content.at(0, 0, 3, 7) == "-------");
  CHECK(content.matches(9, 9, 0, octets));
  CHECK_FALSE(content.matches(0, 0, 1, octets));
}

TEST_CASE("message ids: written and read", "[blaster]") {
  char text[MessageId::size];
  write_message_id(text, {0x1a2b, 0xfedcba987654});
  CHECK(std::string_view(text, sizeof text) == "00001a2b.fedcba987654");
  CHECK(parse_message_id("00001a2b.fedcba987654") == MessageId{0x1a2b, 0xfedcba987654});
  for (const char* wrong : {"", "00001a2b", "00001a2b-fedcba987654", "00001a2b.fedcba98765", "00001a2b.fedcba9876544",
                            "00001A2b.fedcba987654", "0000 a2b.fedcba987654"})
    CHECK_FALSE(parse_message_id(wrong));
}

TEST_CASE("message ids: counting in the text is writing the next number", "[blaster]") {
  MessageIdCounter counter(0x1a2b);
  std::array<char, MessageId::size> text{};
  const auto is_right = [&](std::uint64_t number) {
    write_message_id(text.data(), {0x1a2b, number});
    return counter.number() == number && counter.text() == std::string_view(text.data(), text.size());
  };
  for (std::uint64_t number = 0; number < 70'000; ++number, counter.advance()) REQUIRE(is_right(number));
  counter.jump_to(0xfffffffffff);
  CHECK(is_right(0xfffffffffff));
  counter.advance();
  CHECK(is_right(0x100000000000));
}
