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
    const bool aaaa = query[at + 2] == 28, srv = query[at + 2] == 33;
    asked_.push_back(name + (srv ? " SRV" : aaaa ? " AAAA" : " A"));
    if (name.find("mute") != std::string::npos) return;
    if (srv) return answer_services(name, std::string(query, question_end), peer);
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

  // Of "_msrps._tcp.farm.example": two targets at priority 1, one at 2 without addresses; "off.": decidedly none; others: no such name.
  void answer_services(const std::string& name, std::string reply, const sockaddr_in& peer) {
    const auto big_endian = [](unsigned value) { return std::string{static_cast<char>(value >> 8U), static_cast<char>(value)}; };
    const auto wire = [](std::string_view host) {
      std::string labels;
      for (std::size_t at = 0; at < host.size();) {
        const std::size_t dot = std::min(host.find('.', at), host.size());
        labels += static_cast<char>(dot - at);
        labels += host.substr(at, dot - at);
        at = dot + 1;
      }
      return labels + '\0';
    };
    std::vector<std::string> records;
    const auto add = [&](unsigned priority, unsigned weight, unsigned port, std::string_view target) {
      records.push_back(big_endian(priority) + big_endian(weight) + big_endian(port) + wire(target));
    };
    if (name == "_msrps._tcp.farm.example") {
      add(2, 0, 9002, "nowhere.example");
      add(1, 0, 9001, "one.example");
      add(1, 5, 9000, "two.example");
    } else if (name == "_msrps._tcp.off.example") {
      add(0, 0, 0, "");
    }
    reply[2] = static_cast<char>(0x81);
    reply[3] = static_cast<char>(records.empty() ? 0x83 : 0x80);
    reply.replace(6, 6, big_endian(static_cast<unsigned>(records.size())) + std::string(4, '\0'));
    for (const std::string& record : records) {
      reply += std::string("\xC0\x0C\x00\x21\x00\x01\x00\x00\x00\x1E", 10) + big_endian(static_cast<unsigned>(record.size())) + record;
    }
    sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
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
  base::Result<Resolver::Endpoints, ResolveError> ask_service(std::string_view host) {
    std::optional<base::Result<Resolver::Endpoints, ResolveError>> result;
    resolver.resolve_service("_msrps._tcp", host, 2855, [&](const auto& answer) {
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

TEST_CASE("services: SRV records in their order, each target with its own port; none: the host at the usual port (R-240)") {
  World world({.hosts = {{"listed.example", ip("192.0.2.99")}}});
  const auto farm = world.ask_service("farm.example");
  REQUIRE(farm);
  // Weight 0 stands first, and nobody draws here. The target without addresses is passed over.
  REQUIRE(farm->size() == 5);
  CHECK((*farm)[0].port == 9001);
  CHECK((*farm)[1].port == 9001);
  for (std::size_t i = 2; i < 5; ++i) CHECK((*farm)[i].port == 9000);

  const auto plain = world.ask_service("Plain.example");
  REQUIRE(plain);
  CHECK(std::find(plain->begin(), plain->end(), base::Endpoint{ip("192.0.2.1"), 2855}) != plain->end());
  CHECK(world.ask_service("off.example") == base::fail(ResolveError::not_found));
  CHECK(world.ask_service("no.example") == base::fail(ResolveError::not_found));
  const std::size_t asked = world.server.asked().size();
  CHECK(world.ask_service("listed.example") == Resolver::Endpoints{{ip("192.0.2.99"), 2855}});
  CHECK(world.ask_service("192.0.2.7") == Resolver::Endpoints{{ip("192.0.2.7"), 2855}});
  CHECK(world.ask_service("a b") == base::fail(ResolveError::bad_name));
  CHECK(world.server.asked().size() == asked);
}

TEST_CASE("services: no answer is no answer, in bounded time") {
  World world({.timeout = std::chrono::milliseconds(300)});
  CHECK(world.ask_service("mute.example") == base::fail(ResolveError::timed_out));
}

TEST_CASE("an answer is good for its time, that there is none as well, and nobody is asked again") {
  World world;
  REQUIRE(world.ask("one.example"));
  CHECK(world.ask("no.example") == base::fail(ResolveError::not_found));
  REQUIRE(world.ask_service("farm.example"));
  const std::size_t asked = world.server.asked().size();
  REQUIRE(world.ask("ONE.example"));
  CHECK(world.ask("no.example") == base::fail(ResolveError::not_found));
  REQUIRE(world.ask_service("farm.example"));
  CHECK(world.server.asked().size() == asked);
}
