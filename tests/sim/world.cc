#include "world.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "auth/hash.h"
#include "base/check.h"
#include "config/load_toml.h"

namespace sim {
namespace {

constexpr std::string_view realm = "example.org";

base::Endpoint endpoint(std::string_view address, std::uint16_t port) { return {*base::IpAddress::parse(address), port}; }

std::shared_ptr<const auth::UserTable> make_users() {
  std::string text;
  for (std::size_t i = 0; i < World::accounts; ++i) {
    const std::string user = "user" + std::to_string(i);
    const std::string password = "secret-" + user;
    text += user + ":" + std::string(realm) + ":";
    text += auth::hash(auth::Algorithm::md5, {user, realm, password}).view();
    text += ":";
    text += auth::hash(auth::Algorithm::sha256, {user, realm, password}).view();
    text += "\n";
  }
  std::vector<auth::UserFault> faults;
  auto table = auth::UserTable::parse(text, faults);
  CHECK(table != nullptr);
  return table;
}

std::shared_ptr<const rules::RuleSet> make_rules(bool kamailio) {
  std::vector<config::Value> tables;
  std::string file;
  config::Loaded loaded;
  if (kamailio) {
    file = SIM_SOURCE_ROOT "/conf/kamailio-example.toml";
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    loaded = config::load(text.str(), file, {"host.example.org", 1024});
    CHECK(loaded.good());
  }
  std::vector<config::Fault> faults;
  auto rules = rules::compile(loaded.config.rules, file, faults);
  CHECK(rules != nullptr);
  return rules;
}

}  // namespace

const base::Endpoint World::listening = endpoint("192.0.2.1", 2855);

World::World(std::uint64_t seed, WorldOptions options, bool verbose)
    : verbose_(verbose),
      options_(std::move(options)),
      random_(seed ^ 0x5EED),
      network_(seed, options_.faults),
      cores_(random_.between(1, 3)),
      settings_(make_settings()),
      office_(cores_, options_.small_limits ? ring::PostOffice::Capacity{128 * 1024, 128 * 1024} : ring::PostOffice::Capacity{}),
      ledger_(*this) {
  const auto users = make_users();
  const auto rules = make_rules(options_.kamailio_rules);
  network_.on_control_wake = [this] { control_woken(); };
  workers_.resize(cores_);
  for (std::size_t i = 0; i < cores_; ++i) {
    const base::CoreId core(static_cast<std::uint16_t>(i));
    Core& place = workers_[i];
    place.ring = std::make_unique<ring::SimRing>(network_, core);
    place.entropy = std::make_unique<ring::SimRandom>(seed * 1000 + i);
    const std::vector<relay::ListeningSocket> listeners{{network_.listen(core, listening), base::ListenerId(0)}};
    place.worker = std::make_unique<relay::Worker>(settings_, core, *place.ring, office_, *place.entropy, users, rules, listeners);
    place.worker->start();
  }
  office_.prepare_to_sleep(office_.control());
}

World::~World() {
  // Parties first: what they hold names the network. Workers before their rings.
  clients_.clear();
  for (Core& core : workers_) core.worker.reset();
}

relay::Settings World::make_settings() {
  config::Config config;
  config.name = relay_name;
  config.realm = realm;
  config::Listen listen;
  listen.name = "public";
  listen.endpoint = listening;
  listen.plaintext_auth = true;
  config.listens.push_back(listen);
  config.destinations_allowed = {*base::Network::parse("198.51.100.0/24")};
  if (options_.small_limits) {
    config.limits.session_buffer = random_.spread(4 * 1024, 128 * 1024);
    config.limits.link_output = random_.spread(4 * 1024, 128 * 1024);
    config.limits.core_buffer = random_.spread(512 * 1024, 4 * 1024 * 1024);
    config.limits.transactions_per_link = random_.spread(1, 32);
  }
  auth::NonceKeys keys;
  for (auto& key : keys.keys) random_.fill(key);
  return relay::make_settings(config, {listening}, cores_, 4096, keys);
}

void World::play(base::Duration most) {
  const base::Instant limit = network_.now() + most;
  constexpr std::uint64_t turns_max = 2'000'000;
  while (fault_.empty()) {
    const auto core = network_.next(limit);
    if (!core) return;
    Core& place = workers_[core->value()];
    if (place.worker->finished()) {
      // Its thread has ended: nobody takes what still comes.
      std::array<ring::Completion, 16> rest;
      place.ring->reap(rest);
      place.ring->submit_and_wait(base::Instant::never(), true);
      continue;
    }
    place.worker->turn();
    if (++turns_ > turns_max) violation("the cores take turns without end");
  }
}

void World::after(base::Duration delay, std::function<void()> action) { network_.after(delay, std::move(action)); }

void World::end() {
  if (!fault_.empty()) return;
  for (const auto& client : clients_) client->close();
  play(std::chrono::minutes(10));
  if (!fault_.empty()) return;
  if (!stopped()) {
    expect_nothing_held();
    stop(std::chrono::seconds(5));
    play(std::chrono::minutes(1));
  }
  if (!fault_.empty()) return;
  expect_nothing_held();
  for (const Core& core : workers_) {
    if (!core.worker->finished()) violation("a core has not ended after the order to stop");
    if (core.ring->operations_under_way() > 0) violation("operations are under way after the end");
  }
  if (stopped_cores_ != cores_) violation("not every core has said that it has stopped");
}

void World::expect_nothing_held() {
  for (std::size_t i = 0; i < cores_ && fault_.empty(); ++i) {
    const Core& core = workers_[i];
    const relay::Worker::Held held = core.worker->held();
    const std::pair<const char*, std::size_t> counts[] = {{"links", held.links},
                                                          {"sessions", held.sessions},
                                                          {"blocks", held.blocks},
                                                          {"reports", held.reports},
                                                          {"waiting mail", held.mail_waiting},
                                                          {"receive buffers", core.ring->receive_buffers_out()},
                                                          {"sockets", network_.open_sockets(base::CoreId(static_cast<std::uint16_t>(i)))}};
    for (const auto& [what, count] : counts) {
      if (count != 0) violation("core " + std::to_string(i) + " still holds " + std::to_string(count) + " " + what);
    }
  }
}

void World::stop(base::Duration grace) {
  for (std::size_t i = 0; i < cores_; ++i) order(base::CoreId(static_cast<std::uint16_t>(i)), relay::StopMail{grace});
}

template <class Mail>
void World::order(base::CoreId core, const Mail& mail) {
  ring::Lane& lane = office_.lane(office_.control(), core, ring::MailLane::control);
  const std::span<char> room = lane.reserve(relay::mail_size<Mail>(0));
  CHECK(!room.empty());
  relay::write_mail(room.data(), Mail::kind, mail);
  lane.commit(relay::mail_size<Mail>(0));
  if (office_.must_wake(core)) network_.ring(core)->woken();
}

// What the real control thread does, in one step.
void World::control_woken() {
  office_.woke_up(office_.control());
  do {
    for (std::size_t i = 0; i < cores_; ++i) {
      for (const auto kind : {ring::MailLane::control, ring::MailLane::data}) {
        ring::Lane& lane = office_.lane(base::CoreId(static_cast<std::uint16_t>(i)), office_.control(), kind);
        for (std::string_view record = lane.front(); !record.empty(); record = lane.front()) {
          read_report(record);
          lane.pop();
        }
      }
    }
  } while (!office_.prepare_to_sleep(office_.control()));
}

void World::read_report(std::string_view record) {
  std::string_view rest;
  switch (relay::mail_kind(record)) {
    case relay::MailKind::log: {
      const auto mail = relay::read_mail<relay::LogMail>(record, rest);
      if (verbose_) {
        note("core " + std::to_string(mail.core.value()) + " log event " + std::to_string(static_cast<int>(mail.event)) + " " +
             mail.peer.to_string() + " " + std::to_string(mail.number) + " " + std::string(rest));
      }
      return;
    }
    case relay::MailKind::resolve: {
      const auto mail = relay::read_mail<relay::ResolveMail>(record, rest);
      return resolve(mail.link, std::string(rest));
    }
    case relay::MailKind::stopped: ++stopped_cores_; return;
    case relay::MailKind::begin:
    case relay::MailKind::part:
    case relay::MailKind::end:
    case relay::MailKind::fence:
    case relay::MailKind::octets:
    case relay::MailKind::pause:
    case relay::MailKind::resume:
    case relay::MailKind::gone:
    case relay::MailKind::stopped_message:
    case relay::MailKind::fence_back:
    case relay::MailKind::users:
    case relay::MailKind::rules:
    case relay::MailKind::stop:
    case relay::MailKind::resolved:
    case relay::MailKind::ask_counters:
    case relay::MailKind::counters: return violation("mail to the control thread that is not for it");
  }
}

void World::resolve(base::LinkName link, const std::string& host) {
  const auto found = options_.names.find(host);
  if (found == options_.names.end()) return;
  relay::ResolvedMail mail;
  mail.link = link.link;
  for (const base::IpAddress& address : found->second) mail.addresses[mail.count++] = address;
  // Sometimes after the relay's patience has ended.
  const auto delay = random_.chance(0.1) ? std::chrono::milliseconds(random_.below(60'000)) : std::chrono::milliseconds(random_.below(50));
  after(delay, [this, link, mail] { order(link.core, mail); });
}

Client& World::add_client(std::string name) {
  const std::uint16_t number = next_address_++;
  clients_.push_back(std::make_unique<Client>(*this, std::move(name),
                                              endpoint("203.0.113." + std::to_string(number), static_cast<std::uint16_t>(10'000 + number)),
                                              "user" + std::to_string(number % accounts)));
  return *clients_.back();
}

Client& World::add_peer(std::string name) {
  const std::uint16_t number = next_address_++;
  clients_.push_back(std::make_unique<Client>(*this, std::move(name),
                                              endpoint("198.51.100." + std::to_string(number), static_cast<std::uint16_t>(10'000 + number)),
                                              std::string()));
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
  for (const Core& core : workers_) sum += core.worker->counters().*counter;
  return sum;
}

}  // namespace sim
