#include "admin/http_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdlib>
#include <string>

namespace {

struct Folder {
  std::string path = "/tmp/msrp-relay-http-XXXXXX";
  Folder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~Folder() {
    unlink((path + "/s").c_str());
    rmdir(path.c_str());
  }
};

// A client that has sent its request; the server's loop is turned by read().
struct Client {
  control::EventLoop& loop;
  int descriptor = -1;

  Client(control::EventLoop& of, const std::string& path, const std::string& request) : loop(of) {
    descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(send(descriptor, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
  }
  ~Client() { close(); }
  void close() {
    if (descriptor >= 0) ::close(descriptor);
    descriptor = -1;
  }
  // All until the server closes.
  std::string read() {
    std::string text;
    char room[4096];
    for (;;) {
      loop.run_once(false);
      const ssize_t octets = recv(descriptor, room, sizeof room, 0);
      if (octets == 0) return text;
      if (octets > 0) text.append(room, static_cast<std::size_t>(octets));
    }
  }
};

// As in the daemon: who has gone is no reason to end.
const auto no_sigpipe = std::signal(SIGPIPE, SIG_IGN);

const std::string ask = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("a request is answered at once or later") {
  Folder folder;
  control::EventLoop loop;
  admin::HttpServer::Reply later;
  std::string asked;
  const auto server = admin::HttpServer::listen(loop, {.endpoint = {}, .path = folder.path + "/s"},
                                                [&](std::string_view path, admin::HttpServer::Reply reply) {
                                                  asked = path;
                                                  later = std::move(reply);
                                                });
  REQUIRE(server.has_value());
  struct stat there{};
  REQUIRE(stat((folder.path + "/s").c_str(), &there) == 0);
  CHECK((there.st_mode & 0777) == 0660);

  Client client(loop, folder.path + "/s", ask);
  while (!later) loop.run_once(false);
  CHECK(asked == "/x");
  later({200, "text/plain", "hello"});
  const std::string text = client.read();
  CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(text.ends_with("\r\n\r\nhello"));
}

TEST_CASE("who has gone before the answer harms nobody") {
  Folder folder;
  control::EventLoop loop;
  std::vector<admin::HttpServer::Reply> replies;
  const auto server =
      admin::HttpServer::listen(loop, {.endpoint = {}, .path = folder.path + "/s"},
                                [&](std::string_view, admin::HttpServer::Reply reply) { replies.push_back(std::move(reply)); });
  REQUIRE(server.has_value());
  {
    Client gone(loop, folder.path + "/s", ask);
    while (replies.empty()) loop.run_once(false);
  }
  Client stays(loop, folder.path + "/s", ask);
  while (replies.size() < 2) loop.run_once(false);
  replies[0]({200, "text/plain", "nobody"});
  replies[1]({200, "text/plain", "somebody"});
  CHECK(stays.read().ends_with("somebody"));
}

TEST_CASE("so many wait for their answer, and no more") {
  Folder folder;
  control::EventLoop loop;
  std::vector<admin::HttpServer::Reply> replies;
  const auto server =
      admin::HttpServer::listen(loop, {.endpoint = {}, .path = folder.path + "/s"},
                                [&](std::string_view, admin::HttpServer::Reply reply) { replies.push_back(std::move(reply)); });
  REQUIRE(server.has_value());
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < admin::HttpServer::requests_max; ++i) {
    clients.push_back(std::make_unique<Client>(loop, folder.path + "/s", ask));
    while (replies.size() <= i) loop.run_once(false);
  }
  Client one_too_many(loop, folder.path + "/s", ask);
  CHECK(one_too_many.read().starts_with("HTTP/1.1 503 "));
  replies.back()({200, "text/plain", "ok"});
  CHECK(clients.back()->read().ends_with("ok"));
  Client next(loop, folder.path + "/s", ask);
  const std::size_t before = replies.size();
  while (replies.size() == before) loop.run_once(false);
  for (std::size_t i = 0; i + 2 < replies.size(); ++i) replies[i]({});
  replies.back()({200, "text/plain", "next"});
  CHECK(next.read().ends_with("next"));
}

TEST_CASE("nothing is changed by HTTP: other methods than GET and HEAD are refused") {
  Folder folder;
  control::EventLoop loop;
  bool asked = false;
  const auto server = admin::HttpServer::listen(loop, {.endpoint = {}, .path = folder.path + "/s"},
                                                [&](std::string_view, const admin::HttpServer::Reply&) { asked = true; });
  REQUIRE(server.has_value());
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "NONSENSE"}) {
    Client client(loop, folder.path + "/s", method + " /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    INFO(method);
    const std::string text = client.read();
    CHECK((text.starts_with("HTTP/1.1 4") || text.starts_with("HTTP/1.1 5")));
  }
  CHECK_FALSE(asked);
}

TEST_CASE("a socket that is served is left alone, one that is left over is replaced") {
  Folder folder;
  control::EventLoop loop;
  const config::HttpListen where{.endpoint = {}, .path = folder.path + "/s"};
  const auto handler = [](std::string_view, const admin::HttpServer::Reply& reply) { reply({}); };
  {
    const auto first = admin::HttpServer::listen(loop, where, handler);
    REQUIRE(first.has_value());
    const auto second = admin::HttpServer::listen(loop, where, handler);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error() == "[http] listen: somebody serves " + where.path + " already");
  }
  CHECK(access(where.path.c_str(), F_OK) != 0);
  const int left_over = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  where.path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(left_over, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  close(left_over);
  CHECK(admin::HttpServer::listen(loop, where, handler).has_value());
}

TEST_CASE("where it cannot listen it says why") {
  control::EventLoop loop;
  const auto handler = [](std::string_view, const admin::HttpServer::Reply& reply) { reply({}); };
  const auto missing = admin::HttpServer::listen(loop, {.endpoint = {}, .path = "/nonexistent/s"}, handler);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error() == "[http] listen: /nonexistent/s: No such file or directory");
  const auto foreign =
      admin::HttpServer::listen(loop, {.endpoint = base::Endpoint{*base::IpAddress::parse("192.0.2.1"), 9255}, .path = {}}, handler);
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().starts_with("[http] listen: 192.0.2.1:9255: "));
}
