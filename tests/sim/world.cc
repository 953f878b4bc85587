#include "world.h"

#include <algorithm>
#include <cstdio>

#include "base/check.h"

namespace sim {
namespace {

base::Endpoint endpoint(std::string_view address, std::uint16_t port) { return {*base::IpAddress::parse(address), port}; }

}  // namespace

World::World(std::uint64_t seed, WorldOptions options, bool verbose)
    : verbose_(verbose), options_(std::move(options)), random_(seed ^ 0x5EED), network_(seed, options_.faults), ledger_(*this) {
  CHECK(options_.relays >= 1 && options_.relays <= relays_max);
  std::size_t first_core = 0;
  for (std::size_t i = 0; i < options_.relays; ++i) {
    relays_.push_back(std::make_unique<RelayProcess>(*this, i, static_cast<std::uint16_t>(first_core), seed));
    first_core += relays_.back()->cores();
  }
}

World::~World() {
  // Parties first: what they hold names the network.
  clients_.clear();
  relays_.clear();
}

void World::play(base::Duration most) {
  const base::Instant limit = network_.now() + most;
  constexpr std::uint64_t turns_max = 2'000'000;
  while (fault_.empty()) {
    const auto core = network_.next(limit);
    if (!core) return;
    for (const auto& relay : relays_) {
      if (relay->has_core(*core)) relay->turn(*core);
    }
    if (++turns_ > turns_max) violation("the cores take turns without end");
  }
}

void World::after(base::Duration delay, std::function<void()> action) { network_.after(delay, std::move(action)); }

void World::end() {
  if (!fault_.empty()) return;
  network_.faults.early_return = 0;  // it has been tried, and much time is to pass
  if (options_.secure && !options_.lossy && relays_.front()->count(&relay::Counters::handshakes) == 0)
    return violation("nobody has spoken TLS");
  for (const auto& client : clients_) client->close();
  // Sessions that were given out through a relay end with their time, links between relays when they have been idle.
  play(relays_.size() > 1 ? base::Duration(std::chrono::hours(4)) : base::Duration(std::chrono::minutes(10)));
  if (!fault_.empty()) return;
  if (!stopped()) {
    for (const auto& relay : relays_) relay->expect_nothing_held();
    stop(std::chrono::seconds(5));
    play(std::chrono::minutes(1));
  }
  if (!fault_.empty()) return;
  for (const auto& relay : relays_) {
    relay->expect_nothing_held();
    relay->expect_ended();
  }
}

void World::stop(base::Duration grace) {
  for (const auto& relay : relays_) relay->stop(grace);
}

bool World::stopped() const {
  return std::all_of(relays_.begin(), relays_.end(), [](const auto& relay) { return relay->stopped(); });
}

std::optional<std::vector<base::IpAddress>> World::lookup(std::string_view host) const {
  if (const auto found = options_.names.find(host); found != options_.names.end()) return found->second;
  for (const auto& relay : relays_) {
    if (relay->name() == host) return std::vector{relay->address()};
  }
  return std::nullopt;
}

// Sometimes after the relay's patience has ended.
base::Duration World::lookup_delay() {
  const bool late = options_.lossy && random_.chance(0.1);
  return std::chrono::milliseconds(random_.below(late ? 60'000 : 50));
}

Client& World::add_client(std::string name, std::vector<std::size_t> through) {
  const std::uint16_t number = next_address_++;
  std::vector<const RelayProcess*> relays;
  for (const std::size_t i : through) relays.push_back(relays_.at(i).get());
  clients_.push_back(std::make_unique<Client>(*this, std::move(name),
                                              endpoint("203.0.113." + std::to_string(number), static_cast<std::uint16_t>(10'000 + number)),
                                              "user" + std::to_string(number % accounts), std::move(relays)));
  return *clients_.back();
}

Client& World::add_peer(std::string name) {
  const std::uint16_t number = next_address_++;
  clients_.push_back(std::make_unique<Client>(*this, std::move(name),
                                              endpoint("198.51.100." + std::to_string(number), static_cast<std::uint16_t>(10'000 + number)),
                                              std::string(), std::vector<const RelayProcess*>{relays_.front().get()}));
  return *clients_.back();
}

void World::violation(std::string what) {
  note("VIOLATION " + what);
  if (fault_.empty()) fault_ = std::move(what);
}

void World::note(std::string_view text) {
  if (!verbose_) return;
  std::printf("%12.6f %.*s\n", static_cast<double>(network_.now().nanoseconds() % 1'000'000'000'000) / 1e9, static_cast<int>(text.size()),
              text.data());
}

std::uint64_t World::count(std::uint64_t relay::Counters::* counter) const {
  std::uint64_t sum = 0;
  for (const auto& relay : relays_) sum += relay->count(counter);
  return sum;
}

}  // namespace sim
