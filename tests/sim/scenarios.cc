#include "scenarios.h"

#include <array>

namespace sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Style any_style[] = {Style::text, Style::noise, Style::hyphens, Style::end_lines, Style::own_id, Style::line_ends, Style::accomplice};
Style style(World& world) { return any_style[world.random().below(std::size(any_style))]; }

void rough(WorldOptions& options, ring::SimRandom& random) {
  options.faults.cut = random.chance(0.5) ? 0.9 : 0.3;
  options.faults.short_send = options.faults.send_refused = 0.2;
  options.faults.no_buffers = 0.1;
  options.faults.accept_ends = options.faults.accept_fails = 0.1;
  options.faults.early_submit = 0.2;
  options.faults.early_return = 0.1;
}
void mixed(WorldOptions& options, ring::SimRandom& random) {
  if (random.chance(0.3)) options.faults = ring::Faults::none();
  if (random.chance(0.4)) rough(options, random);
  options.kamailio_rules = random.chance(0.1);
}
void small(WorldOptions& options, ring::SimRandom& random) {
  mixed(options, random);
  options.small_limits = true;
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

Client& any(World& world) { return *world.clients()[world.random().below(world.clients().size())]; }

// A few messages between any two, over some time.
void chatter(World& world, std::size_t messages, base::Duration span) {
  for (std::size_t i = 0; i < messages; ++i) {
    Client& from = any(world);
    Client* to = &any(world);
    if (to == &from || (!from.behind_relay() && !to->behind_relay())) continue;
    world.after(base::Duration(static_cast<std::int64_t>(world.random().below(static_cast<std::uint64_t>(span.count())))), [&world, &from, to] {
      if (!from.lives()) return;
      if (world.random().chance(0.15)) return from.ask(*to);
      from.send(*to, style(world));
    });
  }
}

void at_rest(World& world) {
  world.play(minutes(5));
  if (world.fault().empty()) world.ledger().check_at_rest();
  world.end();
}

void pairs(World& world) {
  with_clients(world, world.random().between(2, 4), [&world] { chatter(world, world.random().between(1, 12), milliseconds(200)); });
  at_rest(world);
}

constexpr std::array all{
    Scenario{"pairs", "clients of this relay exchange messages of all forms", mixed, pairs},
    Scenario{"limits", "the same at a relay whose bounds are all reached", small, pairs},
};

}  // namespace

std::span<const Scenario> scenarios() { return all; }

}  // namespace sim
