#include "command/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdlib>
#include <list>
#include <string>

using command::Server;

namespace {

// As in the daemon: who has gone is no reason to end.
const auto no_sigpipe = std::signal(SIGPIPE, SIG_IGN);

struct Folder {
  std::string path = "/tmp/msrp-relay-command-XXXXXX";
  Folder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~Folder() {
    unlink((path + "/s").c_str());
    rmdir(path.c_str());
  }
};

// A server whose handler keeps what it is asked, and answers when it is told to, or at once.
struct World {
  Folder folder;
  control::EventLoop loop;
  struct Question {
    command::Asker asker;
    std::string line;
    Server::Reply reply;
  };
  std::list<Question> questions;
  bool at_once = false;
  std::unique_ptr<Server> server;

  World() {
    const command::Policy policy{geteuid(), {getegid()}, {}};
    auto made = Server::listen(loop, folder.path + "/s", policy,
                               [this](const command::Asker& asker, std::string_view line, const Server::Reply& reply) {
                                 questions.push_back({asker, std::string(line), reply});
                                 if (at_once) reply("answer to " + std::string(line));
                               });
    REQUIRE(made.has_value());
    server = std::move(*made);
  }
  void until_asked(std::size_t count) {
    while (questions.size() < count) loop.run_once(false);
  }
};

struct Client {
  World& world;
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

  explicit Client(World& of) : world(of) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (of.folder.path + "/s").copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  Client(const Client&) = delete;
  ~Client() { close(descriptor); }
  void write(std::string_view text) const { REQUIRE(send(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())); }
  // Until there are so many lines, or the server has closed.
  std::string read(std::size_t lines) const {
    std::string text;
    char room[4096];
    while (static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) < lines) {
      world.loop.run_once(false);
      const ssize_t octets = recv(descriptor, room, sizeof room, 0);
      if (octets == 0) return text + "(closed)";
      if (octets > 0) text.append(room, static_cast<std::size_t>(octets));
    }
    return text;
  }
};

}  // namespace

TEST_CASE("a line is handed over with who has written it, and answered later") {
  World world;
  struct stat there{};
  REQUIRE(stat((world.folder.path + "/s").c_str(), &there) == 0);
  CHECK((there.st_mode & 0777) == 0666);
  const Client client(world);
  client.write("fir");
  world.loop.run_once(false);
  client.write("st\n");
  world.until_asked(1);
  const World::Question& question = world.questions.front();
  CHECK(question.line == "first");
  CHECK(question.asker.user == geteuid());
  CHECK(question.asker.process == getpid());
  CHECK(question.asker.role == command::Role::operating);
  question.reply("one");
  CHECK(client.read(1) == "one\n");
}

TEST_CASE("one at a time: what came meanwhile is answered afterwards, in order") {
  World world;
  const Client client(world);
  client.write("a\nb\nc\n");
  world.until_asked(1);
  for (int i = 0; i < 10; ++i) world.loop.run_once(false);
  REQUIRE(world.questions.size() == 1);
  world.at_once = true;
  world.questions.front().reply("A");
  CHECK(client.read(3) == "A\nanswer to b\nanswer to c\n");
}

TEST_CASE("who has no more to ask still gets the answer") {
  World world;
  const Client client(world);
  client.write("a\n");
  shutdown(client.descriptor, SHUT_WR);
  world.until_asked(1);
  for (int i = 0; i < 10; ++i) world.loop.run_once(false);
  world.questions.front().reply("A");
  CHECK(client.read(2) == "A\n(closed)");
}

TEST_CASE("who has gone before the answer harms nobody") {
  World world;
  {
    const Client gone(world);
    gone.write("a\n");
    world.until_asked(1);
  }
  const Client stays(world);
  stays.write("b\n");
  world.until_asked(2);
  world.questions.front().reply("nobody reads this");
  world.questions.back().reply("B");
  CHECK(stays.read(1) == "B\n");
}

TEST_CASE("a line that is too long ends its connection") {
  World world;
  const Client client(world);
  client.write(std::string(Server::line_octets_max + 1, 'x'));
  CHECK(client.read(2) == R"({"error":"a request has at most 4096 octets","version":1})"
                          "\n(closed)");
  CHECK(world.questions.empty());
}

TEST_CASE("so many connections, and no more") {
  World world;
  std::list<Client> clients;
  for (std::size_t i = 0; i < Server::connections_max; ++i) {
    clients.emplace_back(world).write("a\n");
    world.until_asked(i + 1);
  }
  const Client more(world);
  CHECK(more.read(2) == R"({"error":"all 16 connections are taken: try again, or end one","version":1})"
                        "\n(closed)");
  // A place is free when its answer is out, and whoever had it has gone.
  std::next(world.questions.begin(), Server::connections_max - 1)->reply("A");
  CHECK(clients.back().read(1) == "A\n");
  clients.pop_back();
  for (int i = 0; i < 10; ++i) world.loop.run_once(false);
  const Client next(world);
  next.write("b\n");
  world.until_asked(Server::connections_max + 1);
}
