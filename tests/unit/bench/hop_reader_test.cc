// Method: frames as text, given whole, octet by octet and in every cut in two; the replies must be the same each time, and those written
// here.
#include "../../../bench/hop_reader.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view to = "msrp://relay.invalid:2855/s;tcp";
constexpr std::string_view from = "msrp://alice.invalid:7654/a;tcp";

std::string frame(const std::string& tid, const std::string& method, const std::string& body, char flag = '$') {
  return "MSRP " + tid + " " + method + "\r\nTo-Path: " + std::string(to) +
         " msrp://bob.invalid:7654/b;tcp\r\nFrom-Path: " + std::string(from) + "\r\nMessage-ID: 1\r\n\r\n" + body + "\r\n-------" + tid +
         flag + "\r\n";
}
std::string answer(const std::string& tid) {
  return "MSRP " + tid + " 200 OK\r\nTo-Path: " + std::string(from) + "\r\nFrom-Path: " + std::string(to) + "\r\n-------" + tid + "$\r\n";
}

std::string replies_to(const std::vector<std::string_view>& pieces) {
  bench::HopReader reader;
  std::string replies;
  for (const std::string_view piece : pieces) reader.feed(piece, replies);
  return replies;
}

void expect(std::string_view octets, const std::string& replies) {
  CHECK(replies_to({octets}) == replies);
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < octets.size(); ++i) single.push_back(octets.substr(i, 1));
  CHECK(replies_to(single) == replies);
  bool good = true;
  for (std::size_t cut = 0; cut <= octets.size(); ++cut) good = good && replies_to({octets.substr(0, cut), octets.substr(cut)}) == replies;
  CHECK(good);
}

}  // namespace

TEST_CASE("each SEND has its 200, in whatever pieces it comes") {
  expect(frame("aaaa", "SEND", "hello") + frame("bbbbbb", "SEND", std::string(200, 'x'), '+') + frame("cccc", "SEND", ""),
         answer("aaaa") + answer("bbbbbb") + answer("cccc"));
}
TEST_CASE("the 200 is there with the last octet and not before") {
  const std::string one = frame("aaaa", "SEND", "hello");
  CHECK(replies_to({std::string_view(one).substr(0, one.size() - 1)}).empty());
  CHECK(replies_to({one}) == answer("aaaa"));
}
TEST_CASE("other frames are passed over") { expect(frame("aaaa", "REPORT", "") + frame("bbbb", "SEND", "x"), answer("bbbb")); }
TEST_CASE("a frame without a body has a 200, too") {
  std::string bare = frame("aaaa", "SEND", "");
  bare.erase(bare.find("\r\nMessage-ID"), std::string_view("\r\nMessage-ID: 1\r\n\r\n").size());
  expect(bare + frame("bbbb", "SEND", "x"), answer("aaaa") + answer("bbbb"));
}
TEST_CASE("what only looks like an end-line is body") {
  expect(frame("aaaa", "SEND", "-------aaab$\r\n-------bbbb$\r\n------aaaa$\r\n" + std::string(90, '-')) + frame("bbbb", "SEND", "x"),
         answer("aaaa") + answer("bbbb"));
}
