// The list of cases, how they are chosen, and what the program tells of them.
#include "conform/suite.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "conform/options.h"
#include "conform/output.h"

namespace {

const conform::Suite& suite() {
  static const conform::Suite all = conform::all_cases();
  return all;
}

conform::Case sample(conform::Kind kind) {
  conform::Case one;
  one.id = "R-016.2";
  one.requirements = {"R-016", "R-112"};
  one.section = "Framing and grammar";
  one.source = "RFC 4975 7.1";
  one.title = "Ids are minted";
  one.kind = kind;
  return one;
}

}  // namespace

TEST_CASE("every case has an id, a title and a section of its own place") {
  std::set<std::string> ids, titles;
  for (const conform::Case& one : suite().cases()) {
    INFO(one.id << " " << one.title);
    CHECK(ids.insert(one.id).second);
    CHECK(titles.insert(one.section + one.title).second);
    CHECK(one.id.starts_with(one.requirements.front() + "."));
    CHECK_FALSE(one.section.empty());
    CHECK(one.run);
    for (const std::string& requirement : one.requirements) {
      CHECK((requirement.starts_with("C-") || (requirement.starts_with("R-") && requirement.size() == 5)));
    }
  }
  CHECK(ids.size() >= 250);
}

TEST_CASE("patterns choose by id, requirement, section and title") {
  const conform::Case one = sample(conform::Kind::rfc);
  for (const char* yes : {"R-016", "r-016.2", "R-112", "R-01*", "*", "framing and grammar", "Framing*", "minted", "ids * minted"}) {
    CHECK(conform::matches(one, yes));
  }
  for (const char* no : {"R-01", "R-016.1", "R-017", "Framing", "copied"}) CHECK_FALSE(conform::matches(one, no));
}

TEST_CASE("lines, summary, JSON and exit status tell what came of the cases") {
  const conform::Case rfc = sample(conform::Kind::rfc), policy = sample(conform::Kind::policy);
  const conform::Outcome pass{&rfc, conform::Result::pass, "", "", "", 0.1};
  const conform::Outcome failed{&rfc, conform::Result::fail, "two ids", "one \xff", "", 0.1};
  const conform::Outcome noted{&policy, conform::Result::fail, "two ids", "one", "", 0.1};
  const conform::Outcome skipped{&rfc, conform::Result::skip, "", "", "no AUTH here", 0.1};
  CHECK(conform::line_of(pass, false) == "pass  R-016.2    Ids are minted\n");
  CHECK(conform::line_of(failed, false).find("FAIL  R-016.2    Ids are minted  (RFC 4975 7.1)\n") == 0);
  CHECK(conform::line_of(failed, false).find("expected two ids\n") != std::string::npos);
  CHECK(conform::line_of(noted, false).starts_with("note"));
  CHECK(conform::line_of(skipped, false).find("no AUTH here") != std::string::npos);
  CHECK(conform::line_of(pass, true).find("\033[") != std::string::npos);
  CHECK(conform::exit_code({pass, noted, skipped}, false) == 0);
  CHECK(conform::exit_code({pass, noted, skipped}, true) == 1);
  CHECK(conform::exit_code({pass, failed}, false) == 1);
  const auto told = nlohmann::json::parse(conform::json_of({}, {pass, failed, noted, skipped}));
  CHECK(told["summary"]["cases"] == 4);
  CHECK(told["summary"]["fail"] == 1);
  CHECK(told["summary"]["policy"] == 1);
  CHECK(told["cases"][1]["expected"] == "two ids");
  CHECK(told["cases"][3]["reason"] == "no AUTH here");
  CHECK(conform::summary({pass, failed, noted, skipped}, false).find("total") != std::string::npos);
}
