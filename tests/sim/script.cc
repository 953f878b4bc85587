#include "script.h"

namespace sim {
namespace {

constexpr Style any_style[] = {Style::text,   Style::noise,     Style::hyphens,   Style::end_lines,
                               Style::own_id, Style::line_ends, Style::accomplice};

void rough(WorldOptions& options, ring::SimRandom& random) {
  options.faults.cut = random.chance(0.5) ? 0.9 : 0.3;
  options.faults.short_send = options.faults.send_refused = 0.2;
  options.faults.no_buffers = 0.1;
  options.faults.accept_ends = options.faults.accept_fails = 0.1;
  options.faults.early_submit = 0.2;
  options.faults.early_return = 0.1;
}
}  // namespace

void mixed(WorldOptions& options, ring::SimRandom& random) {
  if (random.chance(0.3)) options.faults = ring::Faults::none();
  if (random.chance(0.4)) rough(options, random);
  options.kamailio_rules = random.chance(0.1);
}
// The example's rules open no link towards a peer without a relay.
void dialling(WorldOptions& options, ring::SimRandom& random) {
  mixed(options, random);
  options.kamailio_rules = false;
}

Style style(World& world) { return any_style[world.random().below(std::size(any_style))]; }

Client& any(World& world) { return *world.clients()[world.random().below(world.clients().size())]; }

// A few messages between any two, over some time.
void chatter(World& world, std::size_t messages, base::Duration span) {
  for (std::size_t i = 0; i < messages; ++i) {
    Client& from = any(world);
    Client* to = &any(world);
    if (to == &from || (!from.behind_relay() && !to->behind_relay())) continue;
    world.after(base::Duration(static_cast<std::int64_t>(world.random().below(static_cast<std::uint64_t>(span.count())))),
                [&world, &from, to] {
                  if (!from.can_send()) return;
                  if (world.random().chance(0.15)) return from.ask(*to);
                  from.send(*to, style(world));
                });
  }
}

void at_rest(World& world) {
  world.play(std::chrono::minutes(5));
  if (world.fault().empty()) world.ledger().check_at_rest();
  world.end();
}

base::Duration up_to(World& world, base::Duration most) {
  return base::Duration(static_cast<std::int64_t>(world.random().below(static_cast<std::uint64_t>(most.count()) + 1)));
}

}  // namespace sim
