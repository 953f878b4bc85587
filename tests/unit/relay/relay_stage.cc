#include "relay_stage.h"

#include <cstdio>
#include <cstdlib>

#include "auth/digest.h"
#include "auth/hash.h"
#include "relay/mail.h"
#include "rules/rule_set.h"

namespace relay_test {
namespace {

const std::vector<std::string> names{"alice", "bob", "carol", "dave"};
constexpr std::string_view realm = "example.org";

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "relay_stage: %s\n", what.c_str());
  std::abort();
}

base::Endpoint listening() { return {*base::IpAddress::parse("192.0.2.1"), 2855}; }

std::shared_ptr<const auth::UserTable> make_users() {
  std::string text;
  for (const std::string& name : names) {
    text += name + ":" + std::string(realm) + ":" + std::string(auth::hash(auth::Algorithm::md5, {name, realm, "secret-" + name}).view()) +
            "\n";
  }
  std::vector<auth::UserFault> faults;
  return auth::UserTable::parse(text, faults);
}

relay::Settings make_settings(std::size_t cores, const std::function<void(config::Config&)>& adjust) {
  config::Config config;
  config.name = "relay.example.org";
  config.realm = realm;
  config::Listen listen;
  listen.name = "public";
  listen.endpoint = listening();
  listen.plaintext_auth = true;
  config.listens.push_back(listen);
  config.destinations_allowed = {*base::Network::parse("192.0.2.0/24"), *base::Network::parse("198.51.100.0/24")};
  if (adjust) adjust(config);
  return relay::make_settings(config, {listening()}, cores, 4096, {});
}

std::shared_ptr<const rules::RuleSet> compile(std::string_view tables) {
  config::Loaded loaded =
      config::load("[relay]\nname = \"relay.example.org\"\n[[listen]]\nuri = \"msrp://127.0.0.1:2855\"\n[users]\nfile = \"users\"\n" +
                       std::string(tables),
                   "rules.toml", {});
  std::vector<config::Fault> faults;
  auto rules = rules::compile(loaded.config.rules, "rules.toml", faults);
  if (rules == nullptr) give_up(config::to_string(faults.front()));
  return rules;
}

}  // namespace

void Party::say(std::string_view octets) {
  connection().inbox.append(octets);
  stage_->settle();
}
void Party::finish() {
  connection().peer_finished = true;
  stage_->settle();
}
void Party::reset() {
  connection().peer_reset = true;
  stage_->settle();
}
std::string Party::hear() { return std::exchange(connection().heard, {}); }
std::vector<sim::Frame> Party::frames() {
  sim::FrameReader reader;
  reader.feed(hear());
  std::vector<sim::Frame> all;
  while (auto frame = reader.next()) all.push_back(std::move(*frame));
  if (!reader.fault().empty()) give_up(reader.fault());
  if (reader.in_frame()) give_up("a frame without end");
  return all;
}
bool Party::closed() const { return connection().closed; }
FakeRing::Connection& Party::connection() const { return stage_->ring(core_).at(descriptor_); }

void Party::authenticate(std::string_view user) {
  const std::string to = std::string(Stage::authority) + ";tcp";
  say(request("authone", "AUTH", to, uri, {}));
  const auto asked = frames();
  if (asked.size() != 1 || asked[0].code != 401) give_up("no challenge");
  const auto challenge = auth::parse_challenge(asked[0].value("WWW-Authenticate"));
  Entropy entropy(7);
  const std::string answer = auth::answer_challenge(*challenge, user, base::Secret("secret-" + std::string(user)), to, 1, entropy);
  say(request("authtwo", "AUTH", to, uri, {"Authorization: " + answer}));
  const auto granted = frames();
  if (granted.size() != 1 || granted[0].code != 200) give_up("AUTH was refused");
  relay_uri = granted[0].value("Use-Path");
}

Stage::Stage(std::size_t cores, const std::function<void(config::Config&)>& adjust, std::string_view rule_tables, const Face& face)
    : settings_(make_settings(cores, adjust)), office_(cores, {}) {
  const auto users = make_users();
  const auto rules = compile(rule_tables);
  cores_.resize(cores);
  for (std::size_t i = 0; i < cores; ++i) {
    const base::CoreId id(static_cast<std::uint16_t>(i));
    cores_[i].ring = std::make_unique<FakeRing>(id, clock_, 32);
    if (face) cores_[i].face = face(*cores_[i].ring);
    ring::Ring& ring = face ? *cores_[i].face : *cores_[i].ring;
    cores_[i].entropy = std::make_unique<Entropy>(i + 1);
    const std::vector<relay::ListeningSocket> listeners{{ring::Socket{0}, base::ListenerId(0)}};
    cores_[i].worker = std::make_unique<relay::Worker>(settings_, id, ring, office_, *cores_[i].entropy, users, rules, listeners);
    cores_[i].worker->start();
  }
}

template <class Mail>
void Stage::order(std::size_t core, const Mail& mail) {
  ring::Lane& lane = office_.lane(office_.control(), base::CoreId(static_cast<std::uint16_t>(core)), ring::MailLane::control);
  const std::size_t size = relay::mail_size<Mail>(0);
  relay::write_mail(lane.reserve(size).data(), Mail::kind, mail);
  lane.commit(size);
}

void Stage::give_rules(std::string_view tables) {
  const auto rules = compile(tables);
  ++rules_version_;
  for (std::size_t core = 0; core < cores_.size(); ++core)
    order(core, relay::RulesMail{new relay::CoreRules{rules_version_, rules, rules->make_state(0)}});
}

void Stage::use_rules(std::size_t core) { order(core, relay::UseRulesMail{rules_version_}); }

Stage::~Stage() {
  for (Core& core : cores_) core.worker.reset();
}

Party Stage::connect(std::string_view uri, std::size_t core, std::string_view address) {
  const int descriptor = ring(core).accept_from(0, {*base::IpAddress::parse(address), next_port_++}, listening());
  settle();
  Party party(*this, core, descriptor);
  party.uri = uri;
  return party;
}

Party Stage::client(std::string_view name, std::size_t core) {
  Party party = connect("msrp://" + std::string(name) + ".invalid:7654/" + std::string(name) + ";tcp", core);
  party.authenticate(name);
  return party;
}

Party Stage::dialled(std::size_t core) { return Party(*this, core, ring(core).last_opened()); }

void Stage::settle() {
  constexpr int turns_max = 10'000;
  int idle = 0;
  for (int turn = 0; idle < 4; ++turn) {
    if (turn == turns_max) give_up("the cores never settle");
    bool busy = false;
    for (Core& core : cores_) {
      busy = core.ring->anything_to_do() || busy;
      core.worker->turn();
      busy = core.ring->anything_to_do() || busy;
    }
    play_control();
    // Mail takes a turn each way.
    idle = busy ? 0 : idle + 1;
  }
}

void Stage::pass(base::Duration time) {
  clock_ = clock_ + time;
  settle();
}

void Stage::play_control() {
  for (std::size_t i = 0; i < cores_.size(); ++i) {
    const base::CoreId core(static_cast<std::uint16_t>(i));
    for (const ring::MailLane kind : {ring::MailLane::control, ring::MailLane::data}) {
      ring::Lane& lane = office_.lane(core, office_.control(), kind);
      while (!lane.front().empty()) {
        const std::string_view record = lane.front();
        if (relay::mail_kind(record) == relay::MailKind::log) {
          std::string_view rest;
          if (relay::read_mail<relay::LogMail>(record, rest).event == relay::LogEvent::rule_said) said.emplace_back(rest);
        }
        if (relay::mail_kind(record) == relay::MailKind::resolve) {
          std::string_view rest;
          const auto mail = relay::read_mail<relay::ResolveMail>(record, rest);
          asked_names.emplace_back(rest);
          relay::ResolvedMail answer;
          answer.link = mail.link.link;
          for (const base::IpAddress& address : resolver_answer) answer.endpoints[answer.count++] = {address, mail.port};
          ring::Lane& back = office_.lane(office_.control(), core, ring::MailLane::control);
          const std::size_t size = relay::mail_size<relay::ResolvedMail>(0);
          relay::write_mail(back.reserve(size).data(), relay::MailKind::resolved, answer);
          back.commit(size);
        }
        lane.pop();
      }
    }
  }
}

std::uint64_t Stage::count(std::uint64_t relay::Counters::* counter) const {
  std::uint64_t sum = 0;
  for (const Core& core : cores_) sum += core.worker->counters().*counter;
  return sum;
}

std::string request(std::string_view tid, std::string_view method, std::string_view to_path, std::string_view from_path,
                    const std::vector<std::string>& headers, const std::optional<std::string>& body, char flag) {
  std::string text = "MSRP " + std::string(tid) + " " + std::string(method) + "\r\nTo-Path: " + std::string(to_path) +
                     "\r\nFrom-Path: " + std::string(from_path) + "\r\n";
  for (const std::string& header : headers) text += header + "\r\n";
  if (body) text += "\r\n" + *body + "\r\n";
  return text + "-------" + std::string(tid) + flag + "\r\n";
}

std::string send(std::string_view tid, const Party& from, std::string_view to_path, std::string_view body,
                 const std::vector<std::string>& more) {
  const std::string size = std::to_string(body.size());
  std::vector<std::string> headers{"Message-ID: m-" + std::string(tid), "Byte-Range: 1-" + size + "/" + size};
  headers.insert(headers.end(), more.begin(), more.end());
  headers.emplace_back("Content-Type: text/plain");
  return request(tid, "SEND", to_path, from.uri, headers, std::string(body));
}

std::string response(const sim::Frame& frame, std::string_view code_and_reason) {
  const auto to = sim::split(frame.value("To-Path"), ' ');
  const auto from = sim::split(frame.value("From-Path"), ' ');
  return "MSRP " + frame.tid + " " + std::string(code_and_reason) + "\r\nTo-Path: " + from[0] + "\r\nFrom-Path: " + to[0] + "\r\n-------" +
         frame.tid + "$\r\n";
}

}  // namespace relay_test
