#include "scenarios.h"

#include <array>

#include "script.h"

namespace sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

void small(WorldOptions& options, ring::SimRandom& random) {
  mixed(options, random);
  options.small_limits = options.lossy = true;
}
void slow(WorldOptions& options, ring::SimRandom& random) {
  mixed(options, random);
  options.slow = true;
}
void secure(WorldOptions& options, ring::SimRandom& random) {
  mixed(options, random);
  options.secure = true;
}
void secure_slow(WorldOptions& options, ring::SimRandom& random) {
  slow(options, random);
  options.secure = true;
}
void secure_small(WorldOptions& options, ring::SimRandom& random) {
  small(options, random);
  options.secure = true;
}
void reloading(WorldOptions& options, ring::SimRandom& random) {
  mixed(options, random);
  options.reloads = true;
}
void ending(WorldOptions& options, ring::SimRandom& random) {
  mixed(options, random);
  options.lossy = true;
}
void unreliable(WorldOptions& options, ring::SimRandom& random) {
  mixed(options, random);
  options.lossy = true;
  options.faults.connect_refused = options.faults.unreachable = options.faults.open_fails = 0.1;
  options.names["peer.example.net"] = {*base::IpAddress::parse("10.1.2.3"), *base::IpAddress::parse("198.51.100.99"),
                                       *base::IpAddress::parse("198.51.100.3")};
  options.names["private.example.net"] = {*base::IpAddress::parse("10.1.2.3")};
  options.names["nowhere.example.net"] = {};
}

// `count` clients behind the relay; `then` when all have their URIs.
void with_clients(World& world, std::size_t count, const std::function<void()>& then) {
  auto missing = std::make_shared<std::size_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    Client& client = world.add_client("c" + std::to_string(i));
    world.after(milliseconds(world.random().below(20)), [&client, missing, then] {
      client.start([missing, then] {
        if (--*missing == 0) then();
      });
    });
  }
}

void pairs(World& world) {
  with_clients(world, world.random().between(2, 4), [&world] { chatter(world, world.random().between(1, 12), milliseconds(200)); });
  at_rest(world);
}

// Long messages beside short ones, and readers that stop reading for seconds.
void slow_readers(World& world) {
  with_clients(world, world.random().between(2, 4), [&world] {
    any(world).temper.stall = 0.3;
    any(world).temper.body_max = world.random().spread(100'000, 700'000);
    chatter(world, world.random().between(2, 10), seconds(2));
  });
  at_rest(world);
}

// Receivers that answer errors, late, or never.
void errors(World& world) {
  with_clients(world, world.random().between(2, 4), [&world] {
    for (const auto& client : world.clients())
      client->temper.error = client->temper.mute = client->temper.late = world.random().chance(0.5) ? 0.3 : 0;
    chatter(world, world.random().between(2, 12), seconds(1));
  });
  at_rest(world);
}

// Parties that go away in the middle of what they say and hear.
void deaths(World& world) {
  with_clients(world, world.random().between(2, 5), [&world] {
    chatter(world, world.random().between(4, 16), milliseconds(300));
    for (std::uint64_t i = world.random().between(1, 2); i > 0; --i) {
      Client& victim = any(world);
      const std::uint64_t how = world.random().below(3);
      world.after(up_to(world, milliseconds(400)), [&victim, how] {
        if (how == 2) return victim.half_close();
        victim.die(how == 1);
      });
    }
  });
  at_rest(world);
}

// Peers without a relay: dialled, or there before.
void peers(World& world) {
  with_clients(world, world.random().between(1, 3), [&world] {
    for (std::uint64_t i = world.random().between(1, 2); i > 0; --i) {
      Client& peer = world.add_peer("p" + std::to_string(i));
      peer.listen();
      if (world.random().chance(0.5)) peer.start({});
    }
    chatter(world, world.random().between(2, 12), milliseconds(300));
    if (world.random().chance(0.2)) {
      Client& victim = any(world);
      world.after(up_to(world, milliseconds(500)), [&victim] { victim.die(false); });
    }
  });
  at_rest(world);
}

// Next hops with names that lead somewhere, nowhere, or where this relay must not go (O-50, R-242, R-243).
void names(World& world) {
  ring::SimPeerListener forbidden(world.network(), {*base::IpAddress::parse("10.1.2.3"), 10'003});
  forbidden.on_connection = [&world] { world.violation("the relay dialled a private address (O-50)"); };
  with_clients(world, 2, [&world] {
    Client& peer = world.add_peer("p");
    static constexpr std::string_view hosts[] = {"peer.example.net",    "PEER.example.net",    "private.example.net",
                                                 "nowhere.example.net", "unknown.example.net", "10.1.2.3"};
    peer.set_uri("msrp://" + std::string(hosts[world.random().below(std::size(hosts))]) + ":" + std::to_string(peer.endpoint().port) +
                 "/p;tcp");
    if (world.random().chance(0.9)) peer.listen();
    for (std::uint64_t i = world.random().between(2, 6); i > 0; --i) {
      world.after(up_to(world, seconds(2)), [&world, &peer] { world.clients()[world.random().below(2)]->send(peer, style(world)); });
    }
    chatter(world, 4, seconds(2));
  });
  at_rest(world);
}

// A sender and its accomplice, who tells it the ids that the relay has chosen, while the body still flows.
void collisions(World& world) {
  with_clients(world, world.random().between(2, 3), [&world] {
    for (const auto& client : world.clients()) {
      client->temper.slice = 1;
      client->temper.cut = 0.1;
    }
    for (std::uint64_t i = world.random().between(1, 3); i > 0; --i) {
      Client& from = any(world);
      Client& to = any(world);
      if (&from != &to) from.send(to, Style::accomplice, world.random().between(8'000, 60'000));
    }
    chatter(world, 4, seconds(1));
  });
  at_rest(world);
}

// One party says nothing more in the middle of a chunk, another does not read; the rest must not notice.
void stalls(World& world) {
  with_clients(world, 4, [&world] {
    Client& mute = *world.clients()[0];
    Client& listener = *world.clients()[1];
    Client& other = *world.clients()[2];
    Client& deaf = *world.clients()[3];
    mute.temper.slice = 1;
    mute.temper.cut = 0;
    mute.send(listener, style(world), 60'000);
    world.after(up_to(world, milliseconds(100)), [&mute] { mute.hold(seconds(100)); });
    deaf.stall(seconds(100));
    other.send(deaf, style(world), world.random().spread(1'000, 400'000));
    world.after(seconds(20), [&world, &listener, &mute] {
      Message& message = listener.send(mute, style(world), world.random().spread(1, 3'000));
      world.after(seconds(20), [&world, &message] {
        if (!message.end_received && !message.abort_received)
          world.violation("stuck behind a chunk in the other direction (R-131): " + message.id);
        for (const Chunk& chunk : message.chunks) {
          const bool asked = message.failure_report == Report::yes || message.failure_report == Report::absent;
          if (asked && chunk.responses == 0) world.violation("an answer stuck behind a stalled chunk (R-131): " + message.id);
        }
      });
    });
    world.after(seconds(30), [&world, &listener, &deaf] {
      Message& message = deaf.send(listener, style(world), world.random().spread(1, 3'000));
      world.after(seconds(20), [&world, &message] {
        if (!message.end_received && !message.abort_received)
          world.violation("stuck behind a stalled sender (R-132, R-142): " + message.id);
      });
    });
  });
  at_rest(world);
}

// Rules are read again: each frame is judged by one version at all its hops, none is lost.
void reloads(World& world) {
  with_clients(world, world.random().between(2, 4), [&world] {
    chatter(world, world.random().between(4, 16), milliseconds(200));
    for (std::uint64_t i = world.random().between(1, 6); i > 0; --i)
      world.after(up_to(world, milliseconds(300)), [&world] { world.relay(0).read_rules_again(); });
  });
  at_rest(world);
}

// The order to stop, at any moment.
void stop(World& world) {
  with_clients(world, world.random().between(2, 4), [&world] { chatter(world, world.random().between(2, 12), milliseconds(300)); });
  for (const auto& client : world.clients()) client->may_be_closed = true;
  const base::Duration grace = world.random().chance(0.3) ? base::Duration(0) : up_to(world, seconds(10));
  world.after(up_to(world, milliseconds(500)), [&world, grace] { world.stop(grace); });
  world.play(minutes(2));
  if (world.fault().empty() && !world.stopped()) world.violation("it has not stopped");
  world.end();
}

constexpr std::array all{
    Scenario{"pairs", "clients of this relay exchange messages of all forms", mixed, pairs},
    Scenario{"limits", "the same at a relay whose bounds are all reached", small, pairs},
    Scenario{"slow", "long messages, short ones, and readers that stop for seconds", slow, slow_readers},
    Scenario{"slow-limits", "slow readers at a relay with little room", small, slow_readers},
    Scenario{"errors", "receivers that answer errors, late, or never", mixed, errors},
    Scenario{"deaths", "parties go away in the middle", mixed, deaths},
    Scenario{"deaths-limits", "parties go away, and the relay has little room", small, deaths},
    Scenario{"peers", "peers without a relay, dialled and dialling", dialling, peers},
    Scenario{"names", "next hops whose names lead somewhere, nowhere, or inside", unreliable, names},
    Scenario{"collisions", "bodies that contain the ids the relay has chosen", mixed, collisions},
    Scenario{"stalls", "a mute sender and a deaf reader hold nobody else up", slow, stalls},
    Scenario{"strangers", "who tries what he may not reaches nobody and disturbs nobody", dialling, strangers},
    Scenario{"reloads", "rules are read again while frames are on their way", reloading, reloads},
    Scenario{"vandals", "who sends what no one should disturbs nobody", dialling, vandals},
    Scenario{"stop", "the order to stop comes at any moment", ending, stop},
    Scenario{"secure", "clients over TLS", secure, pairs},
    Scenario{"secure-slow", "over TLS: long messages, short ones, and readers that stop", secure_slow, slow_readers},
    Scenario{"secure-limits", "over TLS at a relay whose bounds are all reached", secure_small, pairs},
    Scenario{"secure-deaths", "over TLS: parties go away in the middle, by close_notify, FIN or reset", secure, deaths},
    Scenario{"secure-stop", "over TLS: the order to stop comes at any moment", secure_small, stop},
};

}  // namespace

std::span<const Scenario> scenarios() {
  static const std::vector<Scenario> both = [] {
    std::vector<Scenario> list(all.begin(), all.end());
    list.insert(list.end(), chain_scenarios().begin(), chain_scenarios().end());
    return list;
  }();
  return both;
}

}  // namespace sim
