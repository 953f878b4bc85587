#include "command/role.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

using command::Role;

namespace {

const command::Policy policy{.own_user = 101, .operators = {20, 21}, .observers = {30}};

Role role(uid_t user, std::vector<gid_t> groups) { return command::role_of({user, 1, std::move(groups)}, policy); }

}  // namespace

TEST_CASE("a role goes by user and groups") {
  CHECK(role(0, {0}) == Role::operating);
  CHECK(role(101, {5}) == Role::operating);
  CHECK(role(7, {5, 20}) == Role::operating);
  CHECK(role(7, {21}) == Role::operating);
  CHECK(role(7, {20, 30}) == Role::operating);
  CHECK(role(7, {5, 30}) == Role::observer);
  CHECK(role(7, {0, 5}) == Role::none);  // the group of root is none of those
  CHECK(role(7, {}) == Role::none);
}

TEST_CASE("without a group of observers nobody is one") {
  CHECK(command::role_of({7, 1, {0}}, {.own_user = 101, .operators = {20}, .observers = {}}) == Role::none);
}

TEST_CASE("groups are looked up by name") {
  const auto fresh = command::read_policy({});
  REQUIRE(fresh.has_value());
  CHECK(fresh->own_user == geteuid());
  CHECK(fresh->operators == std::vector<gid_t>{getegid()});
  CHECK(fresh->observers.empty());
  const auto named = command::read_policy({.path = "/s", .operators = {"root", "daemon"}, .observers = {"daemon"}});
  REQUIRE(named.has_value());
  CHECK(named->operators == std::vector<gid_t>{getegid(), 0, 1});
  CHECK(named->observers == std::vector<gid_t>{1});
  const auto wrong = command::read_policy({.path = "/s", .operators = {"root"}, .observers = {"no such group"}});
  REQUIRE(!wrong.has_value());
  CHECK(wrong.error().key == "control.observers");
  CHECK(wrong.error().reason == "there is no group `no such group` on this host");
}

TEST_CASE("the kernel says who is at the other end") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const auto peer = command::peer_of(ends[0]);
  REQUIRE(peer.has_value());
  CHECK(peer->user == geteuid());
  CHECK(peer->process == getpid());
  std::vector<gid_t> mine(static_cast<std::size_t>(getgroups(0, nullptr)));
  REQUIRE(getgroups(static_cast<int>(mine.size()), mine.data()) >= 0);
  mine.push_back(getegid());
  CHECK(peer->groups == mine);
  close(ends[0]);
  close(ends[1]);
}
