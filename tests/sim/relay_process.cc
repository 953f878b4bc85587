#include "relay_process.h"

#include <array>
#include <fstream>
#include <sstream>

#include "auth/hash.h"
#include "base/check.h"
#include "config/load_toml.h"
#include "secure.h"
#include "world.h"

namespace sim {
namespace {

constexpr std::string_view realm = "example.org";

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

std::shared_ptr<const rules::RuleSet> marking_rules(std::uint32_t version) {
  const std::string text =
      "[relay]\nname = \"relay.example.org\"\n[[listen]]\nuri = \"msrp://127.0.0.1:2855\"\n[users]\nfile = \"users\"\n"
      "[[rule]]\nwhen = { method = \"SEND\" }\naction = \"continue\"\nadd = { X-Rules = \"" +
      std::to_string(version) + "\" }\n";
  config::Loaded loaded = config::load(text, "rules", {});
  std::vector<config::Fault> faults;
  auto rules = rules::compile(loaded.config.rules, "rules", faults);
  CHECK(rules != nullptr);
  return rules;
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

std::string RelayProcess::name_of(std::size_t number) {
  static constexpr std::array<const char*, World::relays_max> names{"relay.example.org", "relay2.example.net", "relay3.example.com"};
  return names[number];
}

base::Endpoint RelayProcess::endpoint_of(std::size_t number) {
  return {*base::IpAddress::parse("192.0.2." + std::to_string(number + 1)), 2855};
}

RelayProcess::RelayProcess(World& world, std::size_t number, std::uint16_t first_core, std::uint64_t seed)
    : world_(world),
      name_(name_of(number)),
      endpoint_(endpoint_of(number)),
      process_{.first_core = first_core,
               .cores = static_cast<std::uint16_t>(world.random().between(1, 3)),
               .address = endpoint_.address,
               .on_control_wake = [this] { control_woken(); }},
      settings_(make_settings(seed)),
      office_(process_.cores,
              world.options().small_limits ? ring::PostOffice::Capacity{128 * 1024, 128 * 1024} : ring::PostOffice::Capacity{}) {
  const auto users = make_users();
  const auto rules = world.options().reloads ? marking_rules(rules_version_) : make_rules(world.options().kamailio_rules);
  workers_.resize(process_.cores);
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const base::CoreId core(static_cast<std::uint16_t>(i));
    const base::CoreId in_network(static_cast<std::uint16_t>(first_core + i));
    Core& place = workers_[i];
    place.ring = std::make_unique<ring::SimRing>(world.network(), in_network, ring::SimRingOptions{.process = &process_});
    place.entropy = std::make_unique<ring::SimRandom>(seed * 1000 + in_network.value());
    const std::vector<relay::ListeningSocket> listeners{{world.network().listen(in_network, endpoint_), base::ListenerId(0)}};
    place.worker = std::make_unique<relay::Worker>(settings_, core, *place.ring, office_, *place.entropy, users, rules, listeners);
    if (world.options().secure) place.worker->use_tls(core_tls());
    place.worker->start();
  }
  office_.prepare_to_sleep(office_.control());
}

RelayProcess::~RelayProcess() {
  for (Core& core : workers_) core.worker.reset();  // before their rings
}

std::string RelayProcess::authority() const { return (world_.options().secure ? "msrps://" : "msrp://") + name_ + ":2855;tcp"; }

relay::Settings RelayProcess::make_settings(std::uint64_t seed) {
  config::Config config;
  config.name = name_;
  config.realm = realm;
  config::Listen listen;
  listen.name = "public";
  listen.endpoint = endpoint_;
  listen.plaintext_auth = true;
  if (world_.options().secure) listen.transport = config::Transport::tls;
  config.listens.push_back(listen);
  config.destinations_allowed = {*base::Network::parse("198.51.100.0/24")};
  if (world_.options().relays > 1) {
    config.destinations_allowed.push_back(*base::Network::parse("192.0.2.0/24"));
    for (std::size_t i = 0; i < world_.options().relays; ++i) config.relay_addresses.push_back(endpoint_of(i).address);
  }
  limit(config.limits);
  // Every other world is accounted for, every fourth while its sessions last.
  if (seed % 2 == 0) config.accounting.folder = "accounts";
  if (seed % 4 == 0) config.accounting.interim = std::chrono::seconds(20);
  auth::NonceKeys keys;
  for (auto& key : keys.keys) world_.random().fill(key);
  return relay::make_settings(config, {endpoint_}, process_.cores, 4096, keys);
}

void RelayProcess::limit(config::Limits& limits) {
  ring::SimRandom& random = world_.random();
  if (world_.options().session_buffer > 0) limits.session_buffer = world_.options().session_buffer;
  if (!world_.options().small_limits) return;
  limits.session_buffer = random.spread(4 * 1024, 128 * 1024);
  limits.link_output = random.spread(4 * 1024, 128 * 1024);
  limits.core_buffer = random.spread(512 * 1024, 4 * 1024 * 1024);
  limits.transactions_per_link = random.spread(1, 32);
}

void RelayProcess::turn(base::CoreId in_network) {
  Core& place = workers_[in_network.value() - process_.first_core];
  if (!place.worker->finished()) return place.worker->turn();
  // Its thread has ended: nobody takes what still comes.
  std::array<ring::Completion, 16> rest;
  place.ring->reap(rest);
  place.ring->submit_and_wait(base::Instant::never(), true);
}

void RelayProcess::stop(base::Duration grace) {
  for (std::size_t i = 0; i < workers_.size(); ++i) order(base::CoreId(static_cast<std::uint16_t>(i)), relay::StopMail{grace});
}

void RelayProcess::expect_ended() {
  for (const Core& core : workers_) {
    if (!core.worker->finished()) world_.violation("a core of " + name_ + " has not ended after the order to stop");
    if (core.ring->operations_under_way() > 0) world_.violation("operations are under way after the end");
  }
  if (!stopped()) world_.violation("not every core has said that it has stopped");
  if (!settings_.accounting) return;
  relay::Counters sum;
  for (const Core& core : workers_) sum.add(core.worker->counters());
  if (const std::string fault = accounts_.fault(sum); !fault.empty()) world_.violation("accounting of " + name_ + ": " + fault);
}

void RelayProcess::expect_nothing_held() {
  for (std::size_t i = 0; i < workers_.size() && world_.fault().empty(); ++i) {
    const Core& core = workers_[i];
    const relay::Worker::Held held = core.worker->held();
    const std::pair<const char*, std::size_t> counts[] = {
        {"links", held.links},
        {"sessions", held.sessions},
        {"blocks", held.blocks},
        {"reports", held.reports},
        {"waiting mail", held.mail_waiting},
        {"receive buffers", core.ring->receive_buffers_out()},
        {"sockets", world_.network().open_sockets(base::CoreId(static_cast<std::uint16_t>(process_.first_core + i)))}};
    for (const auto& [what, count] : counts) {
      if (count != 0) world_.violation("core " + std::to_string(i) + " of " + name_ + " still holds " + std::to_string(count) + " " + what);
    }
  }
}

template <class Mail>
void RelayProcess::order(base::CoreId core, const Mail& mail) {
  ring::Lane& lane = office_.lane(office_.control(), core, ring::MailLane::control);
  const std::span<char> room = lane.reserve(relay::mail_size<Mail>(0));
  CHECK(!room.empty());
  relay::write_mail(room.data(), Mail::kind, mail);
  lane.commit(relay::mail_size<Mail>(0));
  if (office_.must_wake(core)) workers_[core.value()].ring->woken();
}

// What the real control thread does, in one step.
void RelayProcess::control_woken() {
  office_.woke_up(office_.control());
  do {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
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

void RelayProcess::read_report(std::string_view record) {
  std::string_view rest;
  switch (relay::mail_kind(record)) {
    case relay::MailKind::log: {
      const auto mail = relay::read_mail<relay::LogMail>(record, rest);
      if (world_.verbose()) {
        world_.note(name_ + " core " + std::to_string(mail.core.value()) + " log event " + std::to_string(static_cast<int>(mail.event)) +
                    " " + mail.peer.to_string() + " " + std::to_string(mail.number) + " " + std::string(rest));
      }
      return;
    }
    case relay::MailKind::resolve: {
      const auto mail = relay::read_mail<relay::ResolveMail>(record, rest);
      return resolve(mail, std::string(rest));
    }
    case relay::MailKind::stopped: ++stopped_cores_; return;
    case relay::MailKind::done:
      if (relay::read_mail<relay::DoneMail>(record, rest).order != relay::MailKind::rules || --rules_awaited_ > 0) return;
      for (std::size_t core = 0; core < workers_.size(); ++core)
        order(base::CoreId(static_cast<std::uint16_t>(core)), relay::UseRulesMail{rules_version_});
      return;
    case relay::MailKind::account: return accounts_.take(relay::read_mail<relay::AccountMail>(record, rest));
    case relay::MailKind::begin:
    case relay::MailKind::part:
    case relay::MailKind::end:
    case relay::MailKind::fence:
    case relay::MailKind::octets:
    case relay::MailKind::pause:
    case relay::MailKind::resume:
    case relay::MailKind::gone:
    case relay::MailKind::carried:
    case relay::MailKind::stopped_message:
    case relay::MailKind::fence_back:
    case relay::MailKind::failure:
    case relay::MailKind::users:
    case relay::MailKind::tls:
    case relay::MailKind::tickets:
    case relay::MailKind::rules:
    case relay::MailKind::use_rules:
    case relay::MailKind::rule_hits:
    case relay::MailKind::stop:
    case relay::MailKind::resolved:
    case relay::MailKind::ask_counters:
    case relay::MailKind::ask_list:
    case relay::MailKind::kick:
    case relay::MailKind::drain:
    case relay::MailKind::bans:
    case relay::MailKind::list:
    case relay::MailKind::kicked:
    case relay::MailKind::counters: return world_.violation("mail to the control thread that is not for it");
  }
}

void RelayProcess::resolve(const relay::ResolveMail& asked, const std::string& host) {
  const auto found = world_.lookup(host);
  if (!found) return;
  relay::ResolvedMail mail;
  mail.link = asked.link.link;
  for (const base::IpAddress& address : *found) mail.endpoints[mail.count++] = {address, asked.port};
  world_.after(world_.lookup_delay(), [this, core = asked.link.core, mail] { order(core, mail); });
}

void RelayProcess::read_rules_again() {
  if (rules_awaited_ > 0) return;
  ++rules_version_;
  const auto rules = marking_rules(rules_version_);
  rules_awaited_ = workers_.size();
  for (std::size_t core = 0; core < workers_.size(); ++core)
    order(base::CoreId(static_cast<std::uint16_t>(core)),
          relay::RulesMail{new relay::CoreRules{rules_version_, rules, rules->make_state(0)}});
}

std::uint64_t RelayProcess::count(std::uint64_t relay::Counters::* counter) const {
  std::uint64_t sum = 0;
  for (const Core& core : workers_) sum += core.worker->counters().*counter;
  return sum;
}

}  // namespace sim
