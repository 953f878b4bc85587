#pragma once
// One thread of the load generator: a ring, some of the pairs, and the turns that drive them. Everything a pair does happens here, so
// nothing of it is locked or shared; what other threads see is in Progress and Control.
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/buffer_pool.h"
#include "base/entropy.h"
#include "base/histogram.h"
#include "base/result.h"
#include "base/time.h"
#include "blaster/checksum.h"
#include "blaster/client.h"
#include "blaster/content.h"
#include "blaster/ledger.h"
#include "blaster/receiver.h"
#include "blaster/scenario.h"
#include "blaster/sender.h"
#include "blaster/tally.h"
#include "ring/ring.h"
#include "transport/tls_engine.h"

namespace blaster {

// From the main thread to all engines.
enum class Phase : std::uint8_t {
  set_up,  // connect and AUTH
  send,
  drain,    // begin nothing new, wait for what is under way
  abandon,  // leave now
};
struct Control {
  std::atomic<Phase> phase{Phase::set_up};
};

// From one engine to the main thread, published once a turn.
struct alignas(64) Progress {
  std::atomic<std::uint32_t> pairs_ready{0};
  std::atomic<bool> finished{false};
  std::atomic<bool> failed{false};  // `failure` is written before this is set
  std::string failure;
  std::atomic<std::uint64_t> messages_done{0};
  std::atomic<std::uint64_t> frames_delivered{0};
  std::atomic<std::uint64_t> octets_delivered{0};
  std::atomic<std::uint64_t> faults{0};
  std::atomic<std::uint64_t> granted_s{0};  // the shortest time for which a relay keeps a URI; 0: not known
  // A copy of the latencies, made when asked for.
  std::atomic<bool> latency_wanted{false};
  std::mutex latency_mutex;
  base::Histogram latency{latency_max_ns};
};

class Engine : private transport::PlaintextSink {
 public:
  // Pairs `first_pair` to `first_pair + pairs - 1`. All references outlive the engine. `listener`: where receivers are dialled (direct), or
  // none.
  Engine(const Scenario& scenario, ring::Ring& ring, base::Entropy& entropy, const Control& control, Progress& progress,
         std::uint32_t first_pair, std::uint32_t pairs, ring::Socket listener);
  ~Engine() override;

  // Until everything is done or the control says so. On the ring's thread.
  void run();

  const Tally& tally() const { return tally_; }
  // From the first message begun to the last response or delivery.
  base::Instant began() const { return began_; }
  base::Instant ended() const { return ended_; }
  std::uint64_t cpu_ns() const { return cpu_ns_; }  // of this thread, between the two
  // Of the first pair, when the content is a file.
  std::string sent_sha256() { return sent_.hexadecimal(); }
  std::string received_sha256() { return received_.hexadecimal(); }

 private:
  struct LinkTls {
    LinkTls(const transport::TlsClient& client, const ServerName& server) : engine(client, server.host, server.address) {}
    transport::TlsEngine engine;
    std::string sending;
    std::size_t sent = 0;  // of it
  };
  struct Link {
    ring::Socket socket;
    std::uint32_t pair = UINT32_MAX;  // index into pairs_; UINT32_MAX: accepted, not yet known whose
    bool is_sender = false;
    bool connected = false;  // and secured
    bool sending = false;    // the kernel holds the outbox
    bool blocked = false;    // waits for poll_out
    bool lost = false;
    std::unique_ptr<LinkTls> tls;
  };
  struct Pair {
    Pair(const Scenario& scenario, std::uint32_t number, Tally& tally, base::BufferPool& pool, base::Entropy& entropy);
    Ledger ledger;
    Sender sender;
    Receiver receiver;
    Client a, b;  // sends, receives
    std::uint32_t b_link = UINT32_MAX;
    bool prepared = false;  // both know their paths
    bool dirty = false;     // in dirty_
    bool dead = false;      // a link of it was lost while sending: what still comes is not looked at
  };

  void turn();
  void reap();
  void handle(ring::Completion& completion);
  void on_accept(const ring::Completion& completion);
  void on_connect(std::uint32_t index, std::int32_t result);
  void on_open(std::uint32_t index);
  void on_recv(std::uint32_t index, ring::Completion& completion);
  bool on_octets(std::uint32_t index, base::Slice octets);
  void on_sent(std::uint32_t index, std::int32_t result);
  void adopt(std::uint32_t index, std::string_view first_octets);
  void lose(std::uint32_t index, std::int32_t negative_errno);
  void fail(std::string text);

  void dial_more();
  bool dial(std::uint32_t index);
  void client_changed(std::uint32_t pair_index, Client& client, const base::Endpoint& relay);
  void prepare(std::uint32_t pair_index);

  void mark(std::uint32_t pair_index);
  void flush(std::uint32_t pair_index);
  void flush_link(std::uint32_t index, Client& client);

  const Party& party_of(const Link& link) const;
  void begin_tls(std::uint32_t index);
  void on_ciphertext(std::uint32_t index, std::string_view octets);
  void flush_sealed(std::uint32_t index, Client& client);
  bool plaintext(base::Slice octets) override;

  void follow_phase();
  void begin_sending();
  bool is_done() const;
  void publish();

  const Scenario& scenario_;
  ring::Ring& ring_;
  base::Entropy& entropy_;
  const Control& control_;
  Progress& progress_;
  std::uint32_t first_pair_;
  ring::Socket listener_;
  std::unique_ptr<transport::TlsClient> tls_client_;  // of this thread
  std::uint32_t unwrapping_ = 0;                      // the link whose records are being opened
  base::BufferPool pool_;
  Tally tally_;
  Checksum sent_, received_;

  std::deque<Pair> pairs_;
  std::vector<Link> links_;  // two per pair: sender, receiver; behind them the accepted ones
  std::vector<std::uint32_t> dirty_, flushing_;
  std::vector<ring::Completion> completions_;
  std::size_t completed_ = 0;  // of completions_, in this turn
  std::vector<ring::Octets> pieces_;
  std::size_t sends_in_flight_ = 0;

  Phase phase_ = Phase::set_up;
  bool leave_ = false;
  bool more_to_send_ = false;     // a sender was stopped by its outbox's bound alone
  std::uint32_t dialled_ = 0;     // links
  std::uint32_t setting_up_ = 0;  // links
  std::uint32_t pairs_ready_ = 0;
  std::uint32_t pairs_dead_ = 0;
  std::uint64_t quota_ = 0;  // messages that the pairs of this thread may begin
  base::Instant last_progress_;
  std::uint64_t progress_seen_ = 0;
  base::Instant began_, ended_;
  std::uint64_t cpu_began_ns_ = 0;
  std::uint64_t cpu_ns_ = 0;
};

}  // namespace blaster
