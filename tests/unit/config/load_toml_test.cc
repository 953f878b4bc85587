// Places, order and types of a document; faults of the syntax.
#include "config/load_toml.h"

#include <catch2/catch_test_macros.hpp>

using config::Array;
using config::Place;
using config::Table;

namespace {

bool at(Place place, std::uint32_t line, std::uint32_t column) { return place.line == line && place.column == column; }

std::string fault_of(const std::string& text) {
  std::vector<config::Fault> faults;
  CHECK_FALSE(config::load_toml(text, "f", faults));
  REQUIRE(faults.size() == 1);
  CHECK_FALSE(faults[0].warning);
  return config::to_string(faults[0]);
}

}  // namespace

TEST_CASE("members keep the order and the places of the file") {
  std::vector<config::Fault> faults;
  const auto document = config::load_toml(
      "z = 1\n"
      "a = \"text\"\n"
      "[[m]]\n"
      "f = 1.5\n"
      "b = true\n"
      "  d = 1979-05-27\n"
      "l = [1,\n"
      "  {x = \"y\"}]\n"
      "[b]\n"
      "c.d = { gt = 0 }\n",
      "f", faults);
  REQUIRE(document);
  CHECK(faults.empty());
  const auto& root = std::get<Table>(document->is);
  REQUIRE(root.size() == 4);
  CHECK(root[0].key == "z");
  CHECK(std::get<std::int64_t>(root[0].value.is) == 1);
  CHECK(root[1].key == "a");
  CHECK(std::get<std::string>(root[1].value.is) == "text");
  CHECK(at(root[1].key_place, 2, 1));
  CHECK(at(root[1].value.place, 2, 5));
  CHECK(root[2].key == "m");
  const auto& table = std::get<Table>(std::get<Array>(root[2].value.is).at(0).is);
  CHECK(at(std::get<Array>(root[2].value.is)[0].place, 3, 1));
  REQUIRE(table.size() == 4);
  CHECK(std::get<double>(table[0].value.is) == 1.5);
  CHECK(std::get<bool>(table[1].value.is));
  CHECK(std::holds_alternative<std::monostate>(table[2].value.is));
  CHECK(at(table[2].key_place, 6, 3));
  const auto& list = std::get<Array>(table[3].value.is);
  REQUIRE(list.size() == 2);
  CHECK(at(list[1].place, 8, 3));
  CHECK(root[3].key == "b");
  const auto& dotted = std::get<Table>(root[3].value.is);
  REQUIRE(dotted.size() == 1);
  CHECK(dotted[0].key == "c");
  CHECK(at(dotted[0].key_place, 10, 1));
  CHECK(std::get<Table>(dotted[0].value.is).at(0).key == "d");
}

TEST_CASE("what is not TOML, with its place") {
  CHECK(fault_of("[relay\nname = 1\n").starts_with("f:1:7: not TOML: "));
  CHECK(fault_of("a = 1\na = 2\n").starts_with("f:2:"));
  CHECK(fault_of("a = \"\xFF\"\n").find("not TOML: ") != std::string::npos);
  CHECK(fault_of("\n\nrelay\n").starts_with("f:3:"));
  CHECK(fault_of("a = 99999999999999999999\n").starts_with("f:1:"));
}

TEST_CASE("depth is bounded") {
  const auto nested = [](std::size_t depth) { return "a = " + std::string(depth, '[') + std::string(depth, ']') + "\n"; };
  std::vector<config::Fault> faults;
  CHECK(config::load_toml(nested(config::depth_max), "f", faults));
  CHECK(fault_of(nested(config::depth_max + 1)).find("tables and lists lie more than 32 deep in each other") != std::string::npos);
  CHECK(fault_of("a = " + std::string(100'000, '[')).starts_with("f:1:"));
}
