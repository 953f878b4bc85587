#pragma once
// A whole relay of one or more cores on fake rings: the test says every octet, and when; settle() lets all cores turn until none has
// anything to do. Time stands still unless the test moves it.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "fake_ring.h"
#include "relay/worker.h"
#include "sim/frame.h"

namespace relay_test {

class Entropy final : public base::Entropy {
 public:
  explicit Entropy(std::uint64_t seed) : state_(seed * 2 + 1) {}
  void fill(std::span<std::uint8_t> out) override {
    // Four octets a step: bench/gate counts it, and it is nothing of the relay's.
    std::uint64_t octets = 0;
    for (std::size_t i = 0; i < out.size(); ++i, octets >>= 8U) {
      if (i % 4 == 0) octets = (state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL) >> 32U;
      out[i] = static_cast<std::uint8_t>(octets);
    }
  }

 private:
  std::uint64_t state_;
};

class Stage;

// One end of a link of the relay.
class Party {
 public:
  Party(Stage& stage, std::size_t core, int descriptor) : stage_(&stage), core_(core), descriptor_(descriptor) {}

  // Octets that arrive at the relay; then everything settles.
  void say(std::string_view octets);
  void finish();  // no more octets
  void reset();   // the connection is gone
  // What the relay has said to it since it was asked last.
  std::string hear();
  // The same as frames; fails the test when they are not whole and well-formed.
  std::vector<sim::Frame> frames();
  bool closed() const;
  FakeRing::Connection& connection() const;
  std::size_t core() const { return core_; }

  std::string uri;        // its own
  std::string relay_uri;  // the Use-Path it was given, when it has a session
  // Makes a session for `user`, whose password is "secret-" and the name.
  void authenticate(std::string_view user);

 private:
  Stage* stage_;
  std::size_t core_;
  int descriptor_;
};

class Stage {
 public:
  static constexpr std::string_view authority = "msrp://relay.example.org:2855";
  // What a worker gets in the place of its ring.
  using Face = std::function<std::unique_ptr<ring::Ring>(FakeRing&)>;
  // `rules`: [[rule]] tables as TOML.
  explicit Stage(std::size_t cores = 1, const std::function<void(config::Config&)>& adjust = {}, std::string_view rules = {},
                 const Face& face = {});
  ~Stage();

  // A link that somebody opens to a core.
  Party connect(std::string_view uri, std::size_t core = 0, std::string_view address = "192.0.2.50");
  // Opened and authenticated.
  Party client(std::string_view name, std::size_t core = 0);
  // The other end of the link that a core has opened last.
  Party dialled(std::size_t core = 0);

  void settle();
  void pass(base::Duration time);  // then settle()

  void allow_short_way(bool allowed) { settings_.short_way = allowed; }
  void allow_kernel_tls(const ring::KernelTls& kernel_tls) { settings_.kernel_tls = kernel_tls; }

  relay::Worker& worker(std::size_t core = 0) { return *cores_[core].worker; }
  FakeRing& ring(std::size_t core = 0) { return *cores_[core].ring; }
  // Sum over the cores.
  std::uint64_t count(std::uint64_t relay::Counters::* counter) const;
  // New rules as the control thread gives them: to one core after the other, then all are told to use them. Nothing settles between.
  void give_rules(std::string_view rules);
  void use_rules(std::size_t core);
  // What rules have logged, oldest first: "NAME: TEXT".
  std::vector<std::string> said;
  // What the resolver answers to every name; nullopt: nothing.
  std::vector<base::IpAddress> resolver_answer;
  std::vector<std::string> asked_names;

 private:
  friend class Party;
  void play_control();
  template <class Mail>
  void order(std::size_t core, const Mail& mail);
  std::uint32_t rules_version_ = 1;
  struct Core {
    std::unique_ptr<FakeRing> ring;
    std::unique_ptr<ring::Ring> face;
    std::unique_ptr<Entropy> entropy;
    std::unique_ptr<relay::Worker> worker;
  };
  base::Instant clock_ = base::Instant::from_nanoseconds(1'000'000'000);
  relay::Settings settings_;
  ring::PostOffice office_;
  std::vector<Core> cores_;
  std::uint16_t next_port_ = 20000;
};

// A frame as text: "MSRP tid method", the header lines, an empty line and the body unless there is none, the end-line.
std::string request(std::string_view tid, std::string_view method, std::string_view to_path, std::string_view from_path,
                    const std::vector<std::string>& headers, const std::optional<std::string>& body = std::nullopt, char flag = '$');
// A SEND of a whole text message.
std::string send(std::string_view tid, const Party& from, std::string_view to_path, std::string_view body,
                 const std::vector<std::string>& more = {});
// The response that the receiver of `frame` gives its neighbour.
std::string response(const sim::Frame& frame, std::string_view code_and_reason);

}  // namespace relay_test
