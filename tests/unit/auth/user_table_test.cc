// Files as text; faults are compared by line and a word of the reason, and never repeat what stands in the line.
#include "auth/user_table.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace {

const std::string md5 = "0123456789abcdef0123456789abcdef";
const std::string sha256 = md5 + "fedcba9876543210fedcba9876543210";

std::shared_ptr<const auth::UserTable> good(const std::string& text) {
  std::vector<auth::UserFault> faults;
  auto table = auth::UserTable::parse(text, faults);
  CHECK(faults.empty());
  REQUIRE(table != nullptr);
  return table;
}

std::vector<auth::UserFault> bad(const std::string& text) {
  std::vector<auth::UserFault> faults;
  CHECK(auth::UserTable::parse(text, faults) == nullptr);
  return faults;
}

void refused(const std::string& line, std::string_view word) {
  const auto faults = bad("alice:example.org:" + md5 + "\n" + line + "\n");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].line == 2);
  INFO(faults[0].reason);
  CHECK(faults[0].reason.find(word) != std::string::npos);
  CHECK((line.size() < 20 || faults[0].reason.find(line) == std::string::npos));
}

}  // namespace

TEST_CASE("users with one and two hashes, comments, empty lines and CRLF") {
  const auto table =
      good("# users\n\nalice:example.org:" + md5 + "\r\nbob:example.org:" + md5 + ":" + sha256 + "\nalice:other:" + md5 + ":" + sha256);
  CHECK(table->size() == 3);
  const auth::User* const alice = table->find("alice", "example.org");
  REQUIRE(alice != nullptr);
  CHECK(alice->name == "alice");
  CHECK(alice->ha1_md5.reveal() == md5);
  CHECK(alice->ha1_sha256.empty());
  REQUIRE(table->find("bob", "example.org") != nullptr);
  CHECK(table->find("bob", "example.org")->ha1_sha256.reveal() == sha256);
  CHECK(table->find("alice", "other") != alice);
}

TEST_CASE("names and realms are octets: case counts, nothing runs together") {
  const auto table = good("alice:example.org:" + md5 + "\nali:ceexample.org:" + md5 + "\nz\xC3\xBC rich:r:" + md5 + "\n");
  CHECK(table->find("Alice", "example.org") == nullptr);
  CHECK(table->find("alice", "Example.org") == nullptr);
  CHECK(table->find("alic", "eexample.org") == nullptr);
  CHECK(table->find("", "") == nullptr);
  CHECK(table->find("z\xC3\xBC rich", "r") != nullptr);
}

TEST_CASE("SHA-256 is offered when every user of the realm has it") {
  const auto table =
      good("a:all:" + md5 + ":" + sha256 + "\nb:all:" + md5 + ":" + sha256 + "\na:some:" + md5 + ":" + sha256 + "\nb:some:" + md5 + "\n");
  CHECK(table->all_have_sha256("all"));
  CHECK_FALSE(table->all_have_sha256("some"));
  CHECK_FALSE(table->all_have_sha256("none"));
}

TEST_CASE("upper-case digits mean the same, the MD5 field may be empty beside a fourth one") {
  std::string upper = md5;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(good("a:r:" + upper)->find("a", "r")->ha1_md5.reveal() == md5);
  CHECK(good("a:r::" + sha256)->find("a", "r")->ha1_md5.empty());
}

TEST_CASE("an empty file has no users") {
  CHECK(good("")->size() == 0);
  CHECK(good("\n# none\n")->size() == 0);
}

TEST_CASE("each fault by its line and reason") {
  refused("bob", "fewer than three");
  refused("bob:example.org", "fewer than three");
  refused("bob:example.org:" + md5 + ":" + sha256 + ":x", "more than four");
  refused(":example.org:" + md5, "name is empty");
  refused("bob::" + md5, "realm is empty");
  refused("bob:example.org:", "HA1, is empty");
  refused("bob:example.org:secret-in-clear", "third field");
  refused("bob:example.org:" + md5 + "0", "third field");
  refused("bob:example.org:" + sha256, "third field");
  refused("bob:example.org:" + md5 + ":" + md5, "fourth field");
  refused("bob:example.org:" + std::string(32, 'g'), "third field");
  refused("alice:example.org:" + md5, "same user and realm");
  refused("bo\tb:example.org:" + md5, "control character");
  refused(std::string(129, 'b') + ":example.org:" + md5, "more than 128");
  refused("bob:" + std::string(129, 'r') + ":" + md5, "more than 128");
}

TEST_CASE("all faulty lines are told") {
  const auto faults = bad("x\nalice:example.org:" + md5 + "\ny\n\n#\nz\n");
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].line == 1);
  CHECK(faults[1].line == 3);
  CHECK(faults[2].line == 6);
}
