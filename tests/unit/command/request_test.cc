#include "command/request.h"

#include <catch2/catch_test_macros.hpp>

namespace {

std::string error(std::string_view line) {
  const auto request = command::parse_request(line);
  REQUIRE(!request.has_value());
  return request.error();
}

}  // namespace

TEST_CASE("a command is read") {
  const auto request = command::parse_request(R"({"command": "info", "version": 1})");
  REQUIRE(request.has_value());
  CHECK(request->entry->name == command::Name::info);
  CHECK(!request->entry->changes);
  CHECK(request->text("absent").empty());
}

TEST_CASE("what is wrong with a line is said") {
  for (const char* line : {"", "x", "[]", "{", "1", "null", "{\"version\": 1,}"})
    CHECK(error(line) == "a line with one JSON object is wanted");
  CHECK(error("{}").starts_with("this relay speaks version 1"));
  CHECK(error(R"({"version": 2, "command": "info"})").starts_with("this relay speaks version 1"));
  CHECK(error(R"({"version": "1", "command": "info"})").starts_with("this relay speaks version 1"));
  CHECK(error(R"({"version": 1})").starts_with("which command? There are: info, "));
  CHECK(error(R"({"version": 1, "command": 7})").starts_with("which command?"));
  CHECK(error(R"({"version": 1, "command": "reboot"})").starts_with("unknown command `reboot`. There are: info, "));
  CHECK(error(R"({"version": 1, "command": "info", "x": "y"})") == "`info` knows no argument `x`");
}

TEST_CASE("an answer is one line, whatever stands in it") {
  CHECK(command::result_line({{"a", 1}}) == R"({"result":{"a":1},"version":1})");
  CHECK(command::error_line("a\nb\xFF") == "{\"error\":\"a\\nb\xEF\xBF\xBD\",\"version\":1}");
}
