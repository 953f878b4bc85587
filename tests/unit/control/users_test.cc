// Temporary files with good and bad content; the faults are compared as the log would show them.
#include "control/users.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    char name[] = "/tmp/msrp-relay-users-XXXXXX";
    const int descriptor = mkstemp(name);
    REQUIRE(descriptor >= 0);
    close(descriptor);
    name_ = name;
    std::ofstream(name_) << content;
  }
  ~TemporaryFile() { unlink(name_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

const std::string md5 = "0123456789abcdef0123456789abcdef";

}  // namespace

TEST_CASE("a good file becomes a table") {
  const TemporaryFile file("alice:example.org:" + md5 + "\nbob:example.org:" + md5 + "\n");
  const control::UsersRead read = control::read_users(file.name());
  REQUIRE(read.table != nullptr);
  CHECK(read.faults.empty());
  CHECK(read.table->size() == 2);
  CHECK(read.table->find("bob", "example.org") != nullptr);
}

TEST_CASE("one bad line refuses the whole file, by line and never by content") {
  const TemporaryFile file("alice:example.org:" + md5 + "\nmallory:example.org:planted-secret\n");
  const control::UsersRead read = control::read_users(file.name());
  CHECK(read.table == nullptr);
  REQUIRE(read.faults.size() == 1);
  CHECK(control::to_string(file.name(), read.faults[0]).starts_with(file.name() + ":2: "));
  CHECK(read.faults[0].reason.find("planted-secret") == std::string::npos);
  CHECK(read.faults[0].reason.find("mallory") == std::string::npos);
}

TEST_CASE("many faults are bounded") {
  std::string content;
  for (int i = 0; i < 100; ++i) content += "no user\n";
  const TemporaryFile file(content);
  const control::UsersRead read = control::read_users(file.name());
  CHECK(read.table == nullptr);
  REQUIRE(read.faults.size() == 21);
  CHECK(read.faults.back().reason.find("80 more") != std::string::npos);
}

TEST_CASE("a file that cannot be read says why") {
  const control::UsersRead none = control::read_users("/nonexistent/users.htdigest");
  CHECK(none.table == nullptr);
  REQUIRE(none.faults.size() == 1);
  CHECK(control::to_string("/nonexistent/users.htdigest", none.faults[0]) == "/nonexistent/users.htdigest: No such file or directory");
  const control::UsersRead folder = control::read_users("/tmp");
  CHECK(folder.table == nullptr);
  REQUIRE(folder.faults.size() == 1);
  CHECK(control::to_string("/tmp", folder.faults[0]) == "/tmp: Is a directory");
}

TEST_CASE("a relative users file stands beside the configuration") {
  config::Config config;
  config.users_file = "users.htdigest";
  config.file = "relay.toml";
  CHECK(control::users_file(config) == "users.htdigest");
  config.file = "/etc/msrp-relay/msrp-relay.toml";
  CHECK(control::users_file(config) == "/etc/msrp-relay/users.htdigest");
  config.users_file = "/srv/users.htdigest";
  CHECK(control::users_file(config) == "/srv/users.htdigest");
}
