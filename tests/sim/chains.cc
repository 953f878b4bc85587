// Chains of two and three relays of ours: clients at each, clients whose URIs come through one relay from the next,
// and what happens when a relay, or what lies between two of them, is slow, breaks, or is not there.
#include <algorithm>
#include <array>

#include "scenarios.h"
#include "script.h"

namespace sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

void chain(WorldOptions& options, ring::SimRandom& random) {
  dialling(options, random);
  options.relays = random.between(2, 3);
  options.faults.accept_fails = 0;  // with no descriptor left the link that was used last goes, and what is on its way there
}
void chain_slow(WorldOptions& options, ring::SimRandom& random) {
  chain(options, random);
  options.session_buffer = random.spread(16 * 1024, 256 * 1024);
  options.stops = options.slow = true;
}
void chain_limits(WorldOptions& options, ring::SimRandom& random) {
  chain(options, random);
  options.small_limits = options.lossy = options.breaks = true;  // links that take nothing are closed
}
void chain_stalls(WorldOptions& options, ring::SimRandom& random) {
  chain_slow(options, random);
  options.session_buffer = random.spread(64 * 1024, 256 * 1024);  // small messages are not stopped
  // Else the octets that are under way already take longer than is waited for.
  options.faults.socket_buffer_min = 16 * 1024;
  options.faults.late_max = milliseconds(20);
}
void chain_breaks(WorldOptions& options, ring::SimRandom& random) {
  chain(options, random);
  if (random.chance(0.3)) options.session_buffer = random.spread(16 * 1024, 256 * 1024);
  options.stops = options.session_buffer > 0;
  options.breaks = options.slow = true;
}

// One relay, or two or three in the order of AUTH, from either end.
std::vector<std::size_t> any_way(World& world) {
  ring::SimRandom& random = world.random();
  std::vector<std::size_t> through(world.options().relays);
  for (std::size_t i = 0; i < through.size(); ++i) through[i] = i;
  if (random.chance(0.3)) std::reverse(through.begin(), through.end());
  const std::size_t first = random.below(through.size());
  const std::size_t count = random.chance(0.5) ? 1 : random.between(1, through.size() - first);
  return {through.begin() + static_cast<std::ptrdiff_t>(first), through.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

void start_all(World& world, const std::function<void()>& then) {
  auto missing = std::make_shared<std::size_t>(0);
  for (const auto& client : world.clients()) {
    if (!client->behind_relay()) continue;
    ++*missing;
    world.after(milliseconds(world.random().below(20)), [&client = *client, missing, then] {
      client.start([missing, then] {
        if (--*missing == 0) then();
      });
    });
  }
}

void with_chained(World& world, std::size_t count, const std::function<void()>& then) {
  for (std::size_t i = 0; i < count; ++i) world.add_client("c" + std::to_string(i), any_way(world));
  start_all(world, then);
}

void pairs(World& world) {
  with_chained(world, world.random().between(2, 5), [&world] { chatter(world, world.random().between(1, 14), milliseconds(400)); });
  at_rest(world);
}

// A link to a relay that serves many sessions is not paused for one: that one gets a link of its own, or is stopped, and told (R-092,
//
void slow_readers(World& world) {
  with_chained(world, world.random().between(2, 4), [&world] {
    any(world).temper.stall = 0.3;
    for (int i = 0; i < 2; ++i) any(world).temper.body_max = world.random().spread(100'000, 1'000'000);
    chatter(world, world.random().between(2, 12), seconds(2));
  });
  at_rest(world);
}

void errors(World& world) {
  with_chained(world, world.random().between(2, 4), [&world] {
    for (const auto& client : world.clients())
      client->temper.error = client->temper.mute = client->temper.late = world.random().chance(0.5) ? 0.3 : 0;
    chatter(world, world.random().between(2, 12), seconds(1));
  });
  at_rest(world);
}

void deaths(World& world) {
  with_chained(world, world.random().between(2, 5), [&world] {
    chatter(world, world.random().between(4, 16), milliseconds(400));
    for (std::uint64_t i = world.random().between(1, 2); i > 0; --i) {
      Client& victim = any(world);
      const std::uint64_t how = world.random().below(3);
      world.after(up_to(world, milliseconds(500)), [&victim, how] {
        if (how == 2) return victim.half_close();
        victim.die(how == 1);
      });
    }
  });
  at_rest(world);
}

// A path that goes one way only. On others a REPORT may have to go back over the very link whose loss it tells of.
bool goes_one_way(const Client& from, const Client& to) {
  std::vector<const RelayProcess*> visited = from.relays();
  visited.insert(visited.end(), to.relays().rbegin(), to.relays().rend());
  visited.erase(std::unique(visited.begin(), visited.end()), visited.end());
  std::sort(visited.begin(), visited.end());
  return std::adjacent_find(visited.begin(), visited.end()) == visited.end();
}

// The links between two relays break, once or several times, or stand still, for longer than anybody waits.
void breaks(World& world) {
  with_chained(world, world.random().between(2, 5), [&world] {
    ring::SimRandom& random = world.random();
    for (const auto& client : world.clients()) client->temper.body_max = random.spread(1'000, 100'000);
    for (std::uint64_t i = random.between(4, 16); i > 0; --i) {
      Client& from = any(world);
      Client& to = any(world);
      if (&from == &to || !goes_one_way(from, to)) continue;
      world.after(up_to(world, seconds(1)), [&world, &from, &to] {
        if (from.can_send()) from.send(to, style(world));
      });
    }
    const std::size_t near = random.below(world.options().relays);
    const std::size_t far = (near + random.between(1, world.options().relays - 1)) % world.options().relays;
    for (std::uint64_t i = random.between(1, 3); i > 0; --i) {
      const bool stands_still = random.chance(0.3);
      const base::Duration pause = seconds(random.spread(1, 200));
      world.after(up_to(world, seconds(1)), [&world, near, far, stands_still, pause] {
        world.note(stands_still ? "links stand still" : "links break");
        const base::IpAddress& one = world.relay(near).address();
        const base::IpAddress& other = world.relay(far).address();
        stands_still ? world.network().freeze(one, other, pause) : world.network().sever(one, other);
      });
    }
  });
  at_rest(world);
}

// A reader that takes nothing behind the last relay: who talks over the same links does not notice.
void stalls(World& world) {
  const std::size_t last = world.options().relays - 1;
  Client& sender = world.add_client("sender", {0});
  Client& deaf = world.add_client("deaf", {last});
  Client& near = world.add_client("near", {0});
  Client& far = world.add_client("far", {last});
  start_all(world, [&] {
    sender.temper.cut = world.random().chance(0.5) ? 0.3 : 0;
    deaf.stall(seconds(100));
    for (std::uint64_t i = world.random().between(1, 3); i > 0; --i)
      sender.send(deaf, style(world), world.random().spread(1'000, 1'000'000));
    for (int when = 5; when < 80; when += 15) {
      world.after(seconds(when), [&world, &near, &far, both_ways = world.random().chance(0.5)] {
        Message& message = both_ways ? near.send(far, style(world), world.random().spread(1, 3'000))
                                     : far.send(near, style(world), world.random().spread(1, 3'000));
        world.after(seconds(14), [&world, &message] {
          if (!message.end_received && !message.abort_received) world.violation("stuck behind a deaf reader (R-142): " + message.id);
        });
      });
    }
  });
  at_rest(world);
}

// What a next relay may be that is none.
class Nobody {
 public:
  enum class Manner : std::uint8_t { silent, deaf, closes, resets, refuses };
  Nobody(World& world, const base::Endpoint& endpoint, Manner manner)
      : world_(world), manner_(manner), listener_(world.network(), endpoint) {
    listener_.on_connection = [this] {
      while (std::unique_ptr<ring::SimPeer> peer = listener_.accept()) welcome(std::move(peer));
    };
  }

 private:
  void welcome(std::unique_ptr<ring::SimPeer> peer) {
    ring::SimPeer* link = peer.get();
    links_.push_back({std::move(peer), {}});
    FrameReader& reader = links_.back().reader;
    const std::size_t patience = world_.random().spread(1, 20'000);
    if (manner_ == Manner::deaf) link->stall();
    link->on_change = [this, link, &reader, patience, seen = std::size_t{0}]() mutable {
      const std::string octets = link->read();
      seen += octets.size();
      if (manner_ == Manner::closes && seen >= patience) return link->close();
      if (manner_ == Manner::resets && seen >= patience) return link->reset();
      if (manner_ == Manner::refuses) refuse(*link, reader, octets);
    };
  }

  void refuse(ring::SimPeer& link, FrameReader& reader, const std::string& octets) {
    reader.feed(octets);
    while (const auto frame = reader.next()) {
      if (frame->is_response() || frame->method == "REPORT") continue;
      static constexpr std::array codes{"400", "403", "413", "481", "777"};
      link.write("MSRP " + frame->tid + " " + codes[world_.random().below(codes.size())] +
                 "\r\nTo-Path: " + split(frame->value("From-Path"), ' ').front() +
                 "\r\nFrom-Path: " + split(frame->value("To-Path"), ' ').front() + "\r\n-------" + frame->tid + "$\r\n");
    }
    if (!reader.fault().empty()) world_.violation("malformed octets for a next relay: " + reader.fault());
  }

  struct Connection {
    std::unique_ptr<ring::SimPeer> link;
    FrameReader reader;
  };
  World& world_;
  Manner manner_;
  ring::SimPeerListener listener_;
  std::deque<Connection> links_;
};

void to_nobody(WorldOptions& options, ring::SimRandom& random) {
  chain(options, random);
  options.slow = true;
  options.names["nowhere.example.net"] = {};
  options.names["inside.example.net"] = {*base::IpAddress::parse("10.1.2.3")};
  options.names["closed.example.net"] = {*base::IpAddress::parse("192.0.2.90")};
  options.names["many.example.net"] = {*base::IpAddress::parse("10.1.2.3"), *base::IpAddress::parse("192.0.2.90"),
                                       *base::IpAddress::parse("192.0.2.91")};
}

// A path that leads to a relay that has no name, no port open, no answers, or only refusals: the sender is told, once for each SEND that
// wants it, along the whole path.
void nobody(World& world) {
  Nobody somebody(world, {*base::IpAddress::parse("192.0.2.91"), 2855}, static_cast<Nobody::Manner>(world.random().below(5)));
  Client& lost = world.add_peer("lost");
  for (std::uint64_t i = world.random().between(2, 3); i > 0; --i) world.add_client("c" + std::to_string(i), any_way(world));
  static constexpr std::string_view hosts[] = {"nowhere.example.net",
                                               "unknown.example.net",
                                               "inside.example.net",
                                               "closed.example.net",
                                               "many.example.net",
                                               "192.0.2.91",
                                               "10.1.2.3"};
  const std::string_view host = hosts[world.random().below(std::size(hosts))];
  const bool answers = host == "many.example.net" || host == "192.0.2.91";
  lost.set_use_path({"msrp://" + std::string(host) + ":2855/aaaaaaaaaaaaaaaaaaaaaaaa;tcp"});
  start_all(world, [&world, &lost] {
    for (std::uint64_t i = world.random().between(1, 6); i > 0; --i) {
      world.after(up_to(world, seconds(2)), [&world, &lost] {
        Client& from = any(world);
        if (from.behind_relay()) from.send(lost, style(world)).hopeless = true;
      });
    }
    for (std::uint64_t i = world.random().between(1, 6); i > 0; --i) {
      Client& from = any(world);
      Client& to = any(world);
      if (&from == &to || !from.behind_relay() || !to.behind_relay()) continue;
      world.after(up_to(world, seconds(2)), [&world, &from, &to] { from.send(to, style(world)); });
    }
  });
  world.play(minutes(5));
  if (world.fault().empty()) world.ledger().check_at_rest();
  for (const Message& message : world.ledger().messages()) {
    if (!message.hopeless || answers || message.failure_report != Report::partial) continue;
    for (const Chunk& chunk : message.chunks) {
      // One REPORT for each piece into which a relay in between has cut it.
      if (chunk.complete && chunk.reports + chunk.responses == 0)
        world.violation("not told that there is no next hop (R-115): " + message.id);
    }
  }
  world.end();
}

constexpr std::array all{
    Scenario{"chain", "clients at two and three relays in a row", chain, pairs},
    Scenario{"chain-slow", "long messages and slow readers behind relays that share a link", chain_slow, slow_readers},
    Scenario{"chain-limits", "the same at relays whose bounds are all reached", chain_limits, slow_readers},
    Scenario{"chain-errors", "receivers behind several relays that answer errors, late, or never", chain, errors},
    Scenario{"chain-deaths", "parties behind several relays go away in the middle", chain, deaths},
    Scenario{"chain-breaks", "links between relays break or stand still", chain_breaks, breaks},
    Scenario{"chain-stalls", "a deaf reader behind the last relay holds nobody else up", chain_stalls, stalls},
    Scenario{"chain-nobody", "paths to relays that are not there, or refuse", to_nobody, nobody},
};

}  // namespace

std::span<const Scenario> chain_scenarios() { return all; }

}  // namespace sim
