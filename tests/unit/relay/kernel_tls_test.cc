// Links that go over to the kernel after their handshake: at the right octet, with nothing lost, and what comes then beside data.
#include "../transport/pair.h"
#include "relay_stage.h"
#undef CHECK

#include <catch2/catch_test_macros.hpp>

using namespace relay_test;  // NOLINT
using ring::KernelTlsOutcome;
using transport::TlsEngine;

namespace {

config::Config& secured(config::Config& config) {
  config.listens[0].transport = config::Transport::tls;
  return config;
}

// A client that speaks TLS until the relay's kernel takes over at the other end; then the test speaks plaintext with it, and what the
// client had sealed and nobody had read is given as what it meant.
class Client {
 public:
  Client(Stage& stage, const transport::TlsClient& context, std::size_t cut)
      : stage_(stage),
        party_(stage.connect("msrps://alice.invalid:7654/alice;tcp")),
        cut_(cut),
        engine_(context, "relay.example.org", std::nullopt) {
    stage.ring().on_encrypt = [this](FakeRing::Connection& connection) { taken_over(connection); };
    engine_.start();
    records_.push_back({engine_.output(), ""});
  }
  ~Client() { stage_.ring().on_encrypt = nullptr; }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The handshake; `first` goes out with the client's last octets of it.
  void agree(std::string_view first) {
    while (engine_.state() == TlsEngine::State::handshake && !party_.closed()) {
      deliver();
      listen();
      if (engine_.state() == TlsEngine::State::established) {
        records_.push_back({engine_.output(), ""});
        deliver_later_ += std::exchange(engine_.output(), {});
        say(first);
      } else if (!engine_.output().empty()) {
        records_.push_back({engine_.output(), ""});
      }
    }
    deliver();
    listen();
  }
  void say(std::string_view octets) {
    if (octets.empty()) return;
    if (in_kernel()) return party_.say(octets);
    engine_.seal(octets);
    records_.push_back({engine_.output(), std::string(octets)});
    deliver_later_ += std::exchange(engine_.output(), {});
    deliver();
    listen();
  }
  void control(ring::RecordType type, std::string_view octets) {
    party_.connection().control.emplace_back(type, octets);
    stage_.settle();
  }
  bool in_kernel() const { return party_.connection().in_kernel; }
  bool closed() const { return party_.closed(); }
  std::string heard() {
    listen();
    return std::exchange(plaintext_.text, {});
  }
  const auto& heard_control() const { return party_.connection().heard_control; }

 private:
  struct Record {
    std::string sealed, meant;
  };

  void deliver() {
    std::string octets = std::exchange(engine_.output(), {});
    octets = std::exchange(deliver_later_, {}) + octets;
    for (std::size_t at = 0; at < octets.size() && !in_kernel(); at += cut_) {
      rest_ = octets.substr(std::min(octets.size(), at + cut_));
      party_.say(std::string_view(octets).substr(at, cut_));
    }
  }
  void listen() {
    const std::string octets = party_.hear();
    if (in_kernel()) {
      plaintext_.text += octets;
    } else {
      engine_.receive(octets, pool_, plaintext_);
    }
  }
  // Called when the kernel gets the keys. What is unread must begin with a record of ours.
  void taken_over(FakeRing::Connection& connection) {
    engine_.receive(std::exchange(connection.heard, {}), pool_, plaintext_);
    const std::string unread = connection.inbox + std::exchange(rest_, {});
    std::size_t left = unread.size(), first = records_.size();
    while (left > 0 && first > 0 && records_[first - 1].sealed.size() <= left) left -= records_[--first].sealed.size();
    REQUIRE(left == 0);
    connection.inbox.clear();
    for (; first < records_.size(); ++first) connection.inbox += records_[first].meant;
  }

  Stage& stage_;
  Party party_;
  std::size_t cut_;
  base::BufferPool pool_{1 << 20};
  test::Text plaintext_;
  TlsEngine engine_;
  std::vector<Record> records_;
  std::string deliver_later_, rest_;
};

struct Scene {
  explicit Scene(KernelTlsOutcome outcome, bool required = false)
      : stage(1, [&](config::Config& config) {
          secured(config).kernel_tls = required ? config::KernelTls::required : config::KernelTls::automatic;
        }) {
    transport::prepare_tls();
    ring::KernelTls all;
    for (auto& version : all.takes) version.fill(true);
    stage.allow_kernel_tls(all);
    stage.ring().kernel_tls = outcome;
    transport::TlsFiles files;
    files.listeners = {{test::pem_pair("relay")}};
    files.own = test::pem_pair("relay");
    files.trusted = test::content("ca.pem");
    transport::TlsOptions options;
    options.trusted = files.trusted;
    stage.worker().use_tls(*transport::CoreTls::make(files, options));
    context = *transport::TlsClient::make(std::nullopt, test::trusting());
  }
  Stage stage;
  std::unique_ptr<transport::TlsClient> context;
};

std::string ask(std::string_view tid) {
  return request(tid, "AUTH", "msrps://relay.example.org:2855;tcp", "msrps://alice.invalid:7654/alice;tcp", {});
}

constexpr std::string_view close_notify("\x01\x00", 2);

}  // namespace

TEST_CASE("kernel TLS: the link goes over between two records, wherever TCP has cut them, and nothing is lost") {
  for (const std::size_t cut : {1U, 2U, 3U, 5U, 7U, 22U, 64U, 100'000U}) {
    INFO("cut " << cut);
    Scene scene(KernelTlsOutcome::taken);
    Client client(scene.stage, *scene.context, cut);
    client.agree(ask("auth0001") + ask("auth0002"));
    REQUIRE(client.in_kernel());
    client.say(ask("auth0003"));
    const std::string heard = client.heard();
    for (const char* answer : {"MSRP auth0001 401", "MSRP auth0002 401", "MSRP auth0003 401"})
      REQUIRE(heard.find(answer) != std::string::npos);
    REQUIRE(scene.stage.count(&relay::Counters::links_to_kernel) == 1);
    REQUIRE(scene.stage.count(&relay::Counters::links_not_to_kernel) == 0);
  }
}

TEST_CASE("kernel TLS: a kernel that refuses leaves the link in user space, or closes it where it is required") {
  Scene scene(KernelTlsOutcome::refused);
  Client client(scene.stage, *scene.context, 100'000);
  client.agree(ask("auth0001"));
  client.say(ask("auth0002"));
  REQUIRE_FALSE(client.in_kernel());
  const std::string heard = client.heard();
  REQUIRE(heard.find("MSRP auth0001 401") != std::string::npos);
  REQUIRE(heard.find("MSRP auth0002 401") != std::string::npos);
  REQUIRE(scene.stage.count(&relay::Counters::links_not_to_kernel) == 1);

  Scene strict(KernelTlsOutcome::refused, true);
  Client other(strict.stage, *strict.context, 100'000);
  other.agree(ask("auth0001"));
  REQUIRE(other.closed());

  Scene broken(KernelTlsOutcome::broken);
  Client third(broken.stage, *broken.context, 100'000);
  third.agree(ask("auth0001"));
  REQUIRE(third.closed());
}

TEST_CASE("kernel TLS: control records") {
  Scene scene(KernelTlsOutcome::taken);
  const auto begin = [&] {
    auto client = std::make_unique<Client>(scene.stage, *scene.context, 100'000);
    client->agree(ask("auth0001"));
    REQUIRE(client->in_kernel());
    REQUIRE_FALSE(client->closed());
    client->heard();
    return client;
  };
  SECTION("a close_notify ends the link in order, and is answered") {
    const auto client = begin();
    client->say(ask("auth0002"));
    client->control(ring::RecordType::alert, close_notify);
    REQUIRE(client->closed());
    REQUIRE(client->heard().find("MSRP auth0002 401") != std::string::npos);
    REQUIRE(client->heard_control().size() == 1);
    REQUIRE(client->heard_control()[0] == std::pair(ring::RecordType::alert, std::string(close_notify)));
    REQUIRE(scene.stage.count(&relay::Counters::truncated) == 0);
  }
  SECTION("session tickets are nobody's, and the link goes on") {
    const auto client = begin();
    client->control(ring::RecordType::handshake, std::string_view("\x04\x00\x00\x02xy\x04\x00\x00\x00", 10));
    client->say(ask("auth0002"));
    REQUIRE(client->heard().find("MSRP auth0002 401") != std::string::npos);
  }
  SECTION("new keys are refused, also behind a ticket") {
    const auto client = begin();
    client->control(ring::RecordType::handshake, std::string_view("\x04\x00\x00\x00\x18\x00\x00\x01\x00", 9));
    REQUIRE(client->closed());
    REQUIRE(scene.stage.count(&relay::Counters::key_updates_refused) == 1);
    REQUIRE(client->heard_control().back().second == close_notify);
  }
  SECTION("another alert, and what has no place here, close the link") {
    const auto alerted = begin();
    alerted->control(ring::RecordType::alert, std::string_view("\x02\x14", 2));
    REQUIRE(alerted->closed());
    const std::vector<std::pair<ring::RecordType, std::string>> wrong = {
        {ring::RecordType::handshake, std::string("\x01\x00\x00\x00", 4)},
        {ring::RecordType::handshake, std::string("\x04\x00\x00\x05xy", 6)},
        {ring::RecordType::handshake, "\x18"},
        {ring::RecordType::change_cipher_spec, "\x01"}};
    for (const auto& [type, octets] : wrong) {
      const auto client = begin();
      client->control(type, octets);
      REQUIRE(client->closed());
      REQUIRE(client->heard_control().front().second == "\x02\x0a");
    }
    REQUIRE(scene.stage.count(&relay::Counters::records_failed) == 1 + wrong.size());
  }
}
