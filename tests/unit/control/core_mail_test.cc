// A post office with the test playing the cores.
#include "control/core_mail.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdint>

using ring::MailLane;

namespace {

struct World {
  ring::PostOffice post{2, {}};
  std::unique_ptr<ring::Wakeups> wakeups = ring::Wakeups::create(2).value();
  control::CoreMail mail{post, *wakeups};

  ring::Lane& to(int core) { return post.lane(post.control(), base::CoreId(static_cast<std::uint16_t>(core)), MailLane::control); }
  ring::Lane& from(int core) { return post.lane(base::CoreId(static_cast<std::uint16_t>(core)), post.control(), MailLane::control); }
  bool was_woken(int core) {
    std::uint64_t count = 0;
    return read(wakeups->event_descriptor(base::CoreId(static_cast<std::uint16_t>(core))), &count, sizeof count) == sizeof count;
  }
};

}  // namespace

TEST_CASE("a record reaches its core and wakes it when it sleeps") {
  World world;
  REQUIRE(world.post.prepare_to_sleep(base::CoreId(1)));
  world.mail.post(base::CoreId(1), relay::StopMail{std::chrono::seconds(3)});
  const std::string_view record = world.to(1).front();
  REQUIRE(relay::mail_kind(record) == relay::MailKind::stop);
  std::string_view rest;
  CHECK(relay::read_mail<relay::StopMail>(record, rest).grace == std::chrono::seconds(3));
  CHECK(world.was_woken(1));
  CHECK(!world.was_woken(0));
  CHECK(world.to(0).empty());
}

TEST_CASE("what a full lane has no room for waits in order") {
  World world;
  std::uint32_t posted = 0;
  while (!world.mail.has_waiting()) world.mail.post(base::CoreId(0), relay::ResolvedMail{.link = {posted++, 0}});
  for (int i = 0; i < 5; ++i) world.mail.post(base::CoreId(0), relay::ResolvedMail{.link = {posted++, 0}});
  std::uint32_t taken = 0;
  while (taken < posted) {
    while (!world.to(0).empty()) {
      std::string_view rest;
      REQUIRE(relay::read_mail<relay::ResolvedMail>(world.to(0).front(), rest).link.slot == taken++);
      world.to(0).pop();
    }
    world.mail.flush();
  }
  CHECK(!world.mail.has_waiting());
}

TEST_CASE("draining takes every core's mail, a bounded amount at a time") {
  World world;
  const std::size_t many = control::CoreMail::records_max + 10;
  for (std::size_t i = 0; i < many; ++i) {
    const std::span<char> room = world.from(1).reserve(relay::mail_size<relay::StoppedMail>(0));
    REQUIRE(!room.empty());
    relay::write_mail(room.data(), relay::MailKind::stopped, relay::StoppedMail{base::CoreId(1)});
    world.from(1).commit(relay::mail_size<relay::StoppedMail>(0));
  }
  std::size_t taken = 0;
  const auto take = [&](base::CoreId from, std::string_view record) {
    CHECK(from == base::CoreId(1));
    CHECK(relay::mail_kind(record) == relay::MailKind::stopped);
    ++taken;
  };
  CHECK(world.mail.drain(take));
  CHECK(taken == control::CoreMail::records_max);
  CHECK(!world.mail.drain(take));
  CHECK(taken == many);
}
