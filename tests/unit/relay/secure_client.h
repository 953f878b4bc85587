#pragma once
// A relay whose listener speaks TLS, and clients of it with an engine of their own.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../transport/pair.h"
#include "relay_stage.h"

namespace relay_test {

inline config::Config& secured(config::Config& config) {
  config.listens[0].transport = config::Transport::tls;
  return config;
}

// A client that speaks TLS until the relay's kernel takes over at the other end; then the test speaks plaintext with it, and what the
// client had sealed and nobody had read is given as what it meant.
class SecureClient {
 public:
  SecureClient(Stage& stage, const transport::TlsClient& context, std::size_t cut)
      : stage_(stage),
        party_(stage.connect("msrps://alice.invalid:7654/alice;tcp")),
        cut_(cut),
        engine_(context, "relay.example.org", std::nullopt) {
    stage.ring().on_encrypt = [this](FakeRing::Connection& connection) { taken_over(connection); };
    engine_.start();
    records_.push_back({engine_.output(), ""});
  }
  ~SecureClient() { stage_.ring().on_encrypt = nullptr; }
  SecureClient(const SecureClient&) = delete;
  SecureClient& operator=(const SecureClient&) = delete;

  // The handshake; `first` goes out with the client's last octets of it.
  void agree(std::string_view first) {
    while (engine_.state() == transport::TlsEngine::State::handshake && !party_.closed() && !lost()) {
      deliver();
      listen();
      if (engine_.state() == transport::TlsEngine::State::established) {
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
  // After so many octets nothing more of it arrives.
  void lose_after(std::size_t octets) { left_ = octets; }
  std::size_t may_still_send() const { return left_; }
  bool lost() const { return left_ == 0; }
  void reset() { party_.reset(); }
  void finish() { party_.finish(); }
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
  // What the kernel was given began with a record of ours.
  bool at_a_record = true;
  const auto& heard_control() const { return party_.connection().heard_control; }

 private:
  struct Record {
    std::string sealed, meant;
  };

  void deliver() {
    std::string octets = std::exchange(engine_.output(), {});
    octets = std::exchange(deliver_later_, {}) + octets;
    if (octets.size() > left_) octets.resize(left_);
    left_ -= octets.size();
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
    at_a_record = left == 0;
    connection.inbox.clear();
    for (; first < records_.size(); ++first) connection.inbox += records_[first].meant;
  }

  Stage& stage_;
  Party party_;
  std::size_t cut_;
  base::BufferPool pool_{1 << 20};
  test::Text plaintext_;
  transport::TlsEngine engine_;
  std::vector<Record> records_;
  std::string deliver_later_, rest_;
  std::size_t left_ = SIZE_MAX;
};

struct SecureScene {
  explicit SecureScene(ring::KernelTlsOutcome outcome, bool required = false)
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
    options.keep_traffic_secrets = true;
    stage.worker().use_tls(*transport::CoreTls::make(files, options));
    context = *transport::TlsClient::make(std::nullopt, test::trusting());
  }
  Stage stage;
  std::unique_ptr<transport::TlsClient> context;
};

inline std::string ask(std::string_view tid) {
  return request(tid, "AUTH", "msrps://relay.example.org:2855;tcp", "msrps://alice.invalid:7654/alice;tcp", {});
}

}  // namespace relay_test
