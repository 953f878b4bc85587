// A post office with the test playing the cores.
#include "control/core_questions.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace {

struct World {
  ring::PostOffice post{2, {}};
  std::unique_ptr<ring::Wakeups> wakeups = ring::Wakeups::create(2).value();
  control::CoreMail mail{post, *wakeups};
  control::EventLoop loop;
  control::CoreQuestions questions{loop, mail};
  std::vector<std::string> answers;

  bool ask(int core, std::string_view user = {}) {
    return questions.ask(
        base::CoreId(static_cast<std::uint16_t>(core)), relay::AskListMail{},
        [this](std::string_view record) { answers.emplace_back(record); }, user);
  }
  // What the core reads: the number, and what follows.
  std::uint32_t read(int core, std::string& rest) {
    ring::Lane& lane = post.lane(post.control(), base::CoreId(static_cast<std::uint16_t>(core)), ring::MailLane::control);
    std::string_view text;
    REQUIRE(relay::mail_kind(lane.front()) == relay::MailKind::ask_list);
    const std::uint32_t question = relay::read_mail<relay::AskListMail>(lane.front(), text).question;
    rest = text;
    lane.pop();
    return question;
  }
};

}  // namespace

TEST_CASE("each answer goes to its question, once") {
  World world;
  REQUIRE(world.ask(0, "alice"));
  REQUIRE(world.ask(1));
  std::string rest;
  const std::uint32_t first = world.read(0, rest);
  CHECK(rest == "alice");
  const std::uint32_t second = world.read(1, rest);
  CHECK(rest.empty());
  world.questions.take(second, "two");
  world.questions.take(first, "one");
  world.questions.take(first, "again");
  world.questions.take(77, "nobody's");
  CHECK(world.answers == std::vector<std::string>{"two", "one"});
}

TEST_CASE("so many questions wait, and no more; a core that is silent has answered nothing") {
  World world;
  for (std::size_t i = 0; i < control::CoreQuestions::waiting_max; ++i) REQUIRE(world.ask(0));
  CHECK(!world.ask(1));
  while (world.answers.size() < control::CoreQuestions::waiting_max) world.loop.run_once(true);
  CHECK(world.answers.front().empty());
  CHECK(world.ask(1));
}
