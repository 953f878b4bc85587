// Lists as deployed clients write them, and lists that nobody should.
#include "auth/parameters.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace {

// "name=[value] ..." or "failed" at the end.
std::string read(std::string_view list) {
  auth::ParameterReader reader(list);
  std::string text;
  for (auth::Parameter parameter; reader.next(parameter);) text.append(parameter.name).append("=[").append(parameter.value).append("] ");
  return text + (reader.failed() ? "failed" : "");
}

}  // namespace

TEST_CASE("tokens, quoted strings, blanks and empty elements") {
  CHECK(read("") == "");
  CHECK(read("a=1") == "a=[1] ");
  CHECK(read("a=1,b=\"2\"") == "a=[1] b=[2] ");
  CHECK(read(" a = 1 ,\t b =\"2 , 3\" ") == "a=[1] b=[2 , 3] ");
  CHECK(read(",a=1,,b=2,") == "a=[1] b=[2] ");
  CHECK(read("a=\"\"") == "a=[] ");
  CHECK(read("uri=msrp://h:1;tcp") == "uri=[msrp://h:1;tcp] ");
  CHECK(read(R"(a="x\"y\\z")") == R"(a=[x\"y\\z] )");
  CHECK(read("a=\"caf\xC3\xA9\"") == "a=[caf\xC3\xA9] ");
}

TEST_CASE("what is no list fails, after what came before") {
  CHECK(read("a") == "failed");
  CHECK(read("a=") == "failed");
  CHECK(read("=1") == "failed");
  CHECK(read("a=1 b=2") == "a=[1] failed");
  CHECK(read("a=\"1\"b=2") == "a=[1] failed");
  CHECK(read("a=\"1") == "failed");
  CHECK(read("a=\"1\\") == "failed");
  CHECK(read("a=\"1\\\"") == "failed");
  CHECK(read("a=1\"") == "a=[1] failed");
  CHECK(read("a=\"x\r\ny\"") == "failed");
  CHECK(read("a=\"x\\\ny\"") == "failed");
  CHECK(read(std::string_view("a=\"\0\"", 5)) == "failed");
  CHECK(read("a@=1") == "failed");
}

TEST_CASE("the scheme is Digest, without case, with a blank") {
  CHECK(auth::after_digest("Digest a=1") == "a=1");
  CHECK(auth::after_digest("  dIGEST\ta=1") == "a=1");
  CHECK(auth::after_digest("Digest").data() == nullptr);
  CHECK(auth::after_digest("Digesta=1").data() == nullptr);
  CHECK(auth::after_digest("Basic YTpi").data() == nullptr);
  CHECK(auth::after_digest("").data() == nullptr);
}

TEST_CASE("escapes go both ways") {
  std::string text;
  auth::append_escaped(text, R"(a"b\c)");
  CHECK(text == R"(a\"b\\c)");
  CHECK(auth::unescaped(text) == R"(a"b\c)");
  CHECK(auth::unescaped("a\\") == "a\\");
}
