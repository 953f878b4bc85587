// Names are asked of a name server of our own on the loopback, run by the same loop; nothing leaves the host.
#include "control/resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

using control::EventLoop;
using control::ResolveError;
using control::Resolver;
using Result = base::Result<Resolver::Addresses, ResolveError>;

namespace {

base::IpAddress ip(std::string_view text) { return base::IpAddress::parse(text).value(); }

// Answers A with 192.0.2.1 (and .2 for two.example), AAAA with 2001:db8::1; names that begin with "no" do not exist; "mute" gets no answer.
class NameServer {
 public:
  explicit NameServer(EventLoop& loop) : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    watch_ = control::Watch::on_descriptor(loop, socket_, control::Watch::What::readable, [this] { answer(); });
  }
  ~NameServer() { close(socket_); }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  base::Endpoint endpoint() const { return {ip("127.0.0.1"), port_}; }
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  void answer() {
    char query[512];
    sockaddr_in peer{};
    socklen_t peer_size = sizeof peer;
    const ssize_t got = recvfrom(socket_, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&peer), &peer_size);
    if (got < 17) return;
    std::string name;
    std::size_t at = 12;
    for (; at < static_cast<std::size_t>(got) && query[at] != 0; at += static_cast<std::size_t>(query[at]) + 1) {
      name += (name.empty() ? "" : ".") + std::string(query + at + 1, static_cast<std::size_t>(query[at]));
    }
    const std::size_t question_end = at + 5;
    const bool aaaa = query[at + 2] == 28;
    asked_.push_back(name + (aaaa ? " AAAA" : " A"));
    if (name.starts_with("mute")) return;
    const bool exists = !name.starts_with("no");
    const std::size_t answers = !exists ? 0 : name.starts_with("two") && !aaaa ? 2 : 1;
    std::string reply(query, question_end);
    reply[2] = static_cast<char>(0x81);
    reply[3] = static_cast<char>(exists ? 0x80 : 0x83);
    reply.replace(6, 6, std::string({0, static_cast<char>(answers), 0, 0, 0, 0}));
    for (std::size_t i = 0; i < answers; ++i) {
      reply += std::string("\xC0\x0C\x00", 3) + static_cast<char>(aaaa ? 28 : 1) + std::string("\x00\x01\x00\x00\x00\x3C\x00", 7);
      reply += aaaa ? std::string("\x10\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01", 17)
                    : std::string("\x04\xC0\x00\x02", 4) + static_cast<char>(i + 1);
    }
    sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&peer), peer_size);
  }

  int socket_;
  std::uint16_t port_ = 0;
  control::Watch watch_;
  std::vector<std::string> asked_;
};

struct World {
  EventLoop loop;
  NameServer server{loop};
  Resolver resolver;
  explicit World(Resolver::Settings settings = {}) : resolver(loop, with_server(std::move(settings))) {}

  Resolver::Settings with_server(Resolver::Settings settings) {
    settings.servers = {server.endpoint()};
    return settings;
  }
  Result ask(std::string_view host) {
    std::optional<Result> result;
    resolver.resolve(host, [&](const Result& answer) {
      REQUIRE(!result);
      result = answer;
    });
    while (!result) loop.run_once(true);
    return *result;
  }
};

}  // namespace

TEST_CASE("literals are answered at once and ask nobody") {
  World world;
  CHECK(world.ask("192.0.2.7") == Resolver::Addresses{ip("192.0.2.7")});
  CHECK(world.ask("2001:db8::7") == Resolver::Addresses{ip("2001:db8::7")});
  CHECK(world.ask("[2001:db8::7]") == Resolver::Addresses{ip("2001:db8::7")});
  CHECK(world.server.asked().empty());
}

TEST_CASE("the hosts table comes before the name server, without case") {
  World world({.hosts = {{"B.example.net", ip("192.0.2.99")}, {"b.example.NET", ip("2001:db8::99")}, {"c.example.net", ip("192.0.2.98")}}});
  CHECK(world.ask("b.Example.net") == Resolver::Addresses{ip("192.0.2.99"), ip("2001:db8::99")});
  CHECK(world.ask("b.example.net.") == Resolver::Addresses{ip("192.0.2.99"), ip("2001:db8::99")});
  CHECK(world.server.asked().empty());
}

TEST_CASE("what is no host name is not asked for") {
  World world;
  for (const std::string& name :
       {std::string(), std::string("."), std::string("a..b"), std::string("a b"), std::string("a\r\nb"), std::string(64, 'a') + ".b",
        std::string(254, 'a'), std::string("[192.0.2.1]"), std::string("a%eth0"), std::string("a/b")}) {
    CHECK(world.ask(name) == base::fail(ResolveError::bad_name));
  }
  CHECK(world.server.asked().empty());
}

TEST_CASE("a name becomes its A and AAAA addresses") {
  World world;
  auto result = world.ask("two.example");
  REQUIRE(result);
  std::sort(result->begin(), result->end());
  Resolver::Addresses expected{ip("192.0.2.1"), ip("192.0.2.2"), ip("2001:db8::1")};
  std::sort(expected.begin(), expected.end());
  CHECK(*result == expected);
  CHECK(world.server.asked().size() == 2);
  CHECK(world.resolver.names_open() == 0);
}

TEST_CASE("a name without address is not found, and no search domain is tried") {
  World world;
  CHECK(world.ask("no") == base::fail(ResolveError::not_found));
  CHECK(world.ask("no.example") == base::fail(ResolveError::not_found));
  for (const std::string& asked : world.server.asked()) CHECK((asked.starts_with("no ") || asked.starts_with("no.example ")));
}

TEST_CASE("a name server that says nothing is given up") {
  World world({.timeout = std::chrono::milliseconds(20)});
  CHECK(world.ask("mute.example") == base::fail(ResolveError::timed_out));
  CHECK(world.ask("one.example").has_value());
}

TEST_CASE("one name asked for by many is asked once") {
  World world;
  int answers = 0;
  for (int i = 0; i < 10; ++i) world.resolver.resolve("one.example", [&](const Result& result) { answers += result ? 1 : 0; });
  CHECK(world.resolver.names_open() == 1);
  while (answers < 10) world.loop.run_once(true);
  CHECK(world.server.asked().size() == 2);
}

TEST_CASE("names and answers owed are bounded") {
  World world({.names_max = 2, .waiting_max = 3});
  std::vector<Result> refused;
  const auto keep = [&](const Result& result) { refused.push_back(result); };
  world.resolver.resolve("mute1.example", keep);
  world.resolver.resolve("mute2.example", keep);
  CHECK(refused.empty());
  world.resolver.resolve("mute3.example", keep);
  REQUIRE(refused.size() == 1);
  world.resolver.resolve("mute1.example", keep);
  world.resolver.resolve("mute1.example", keep);
  REQUIRE(refused.size() == 2);
  CHECK(refused[0] == base::fail(ResolveError::too_many));
  CHECK(refused[1] == base::fail(ResolveError::too_many));
}
