// Method: mail as two cores would send it, lines as text.
#include "control/rule_book.h"
#include "base/check.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "config/config.h"

namespace {

std::shared_ptr<const rules::RuleSet> rules_of(const std::string& tables) {
  const config::Loaded loaded = config::load(
      "[relay]\nname = \"relay.example.org\"\n[[listen]]\nuri = \"msrp://127.0.0.1:2855\"\n[users]\nfile = \"users\"\n" + tables, "x", {});
  std::vector<config::Fault> faults;
  return rules::compile(loaded.config.rules, "x", faults);
}

void tell(control::RuleBook& book, std::uint16_t core, std::uint32_t version, std::uint32_t first, const std::vector<std::uint64_t>& hits) {
  relay::RuleHitsMail mail{base::CoreId(core), version, first, static_cast<std::uint32_t>(hits.size())};
  book.take(mail, {reinterpret_cast<const char*>(hits.data()), hits.size() * sizeof hits[0]});
}

}  // namespace

TEST_CASE("hits are summed over cores, the newest of each, of the version in force; counters over rules") {
  const auto rules = rules_of(R"([[rule]]
name = "large"
when = { size = { gt = 10 } }
action = "drop"
count = "refused"
[[rule]]
name = "small"
when = { size = { gt = 5 } }
action = "close"
count = "refused"
)");
  REQUIRE(rules != nullptr);
  control::RuleBook book(2);
  book.use(rules, 3);
  tell(book, 0, 3, 0, {5, 1});
  tell(book, 0, 3, 0, {7, 1});
  tell(book, 1, 3, 1, {2});
  tell(book, 1, 2, 0, {100});
  CHECK(book.hits(0) == 7);
  CHECK(book.hits(1) == 3);
  std::string lines;
  book.each_line([&](const control::LogLine& line) { lines += line.text() + "\n"; });
  CHECK(lines.find("large") != std::string::npos);
  CHECK(lines.find("held=7") != std::string::npos);
  CHECK(lines.find("builtin.the rest") != std::string::npos);
  CHECK(lines.find("count=10") != std::string::npos);
  CHECK(lines.find("event=action name=drop count=7") != std::string::npos);
  CHECK(lines.find("event=action name=close count=3") != std::string::npos);
  book.use(rules, 4);
  CHECK(book.hits(0) == 0);
}
