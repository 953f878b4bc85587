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
#include "blaster/schedule.h"
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
  std::uint64_t cpu_ns = 0;  // of the thread, since it began to send
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
  // What is to be closed once the ring is gone.
  std::vector<ring::Socket> sockets() const;
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
    std::uint32_t pair = UINT32_MAX;     // index into pairs_; UINT32_MAX: accepted, not yet known whose
    std::uint32_t visitor = UINT32_MAX;  // index into visitors_; else UINT32_MAX
    std::uint32_t generation = 0;        // of its tokens: visitors' links are used again
    bool is_sender = false;
    bool is_slow = false;    // read now and then only
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
    bool begun = false;     // may send
    bool prepared = false;  // both know their paths
    bool dirty = false;     // in dirty_
    bool dead = false;      // a link of it was lost while sending: what still comes is not looked at
  };

  // A link beside the pairs (engine_visitors.cc).
  struct Visitor {
    enum class Use : std::uint8_t { idle, session, link };
    Use use = Use::idle;
    bool is_renewing = false;
    bool is_leaving = false;  // as soon as the kernel has let go of the outbox
    bool is_free = false;
    std::uint32_t link = 0;
    base::Instant due;
    std::unique_ptr<Client> client;
  };
  // Something that is to happen so often a second.
  struct Stream {
    std::optional<Schedule> schedule;
    std::uint64_t next = 0;
  };
  struct SlowRead {
    std::uint32_t link;
    base::Instant due;
  };

  static constexpr base::Duration slow_step = std::chrono::milliseconds(100);  // between two reads of a slow reader

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

  void arm(std::uint32_t index);
  void touch(std::uint32_t index);
  Client& client_of(const Link& link);
  ring::Token token(ring::Op op, std::uint32_t index) const { return {op, links_[index].generation, index}; }
  base::Instant next_event() const;
  void begin_pairs();
  void mark_due();
  void read_slowly();

  void visit(Visitor::Use use, base::Instant due);
  void end_visit(std::uint32_t index);
  void give_up_visit(std::uint32_t index, const std::string& reason);
  void visitor_changed(std::uint32_t index);
  void churn();
  bool is_due(const Stream& stream) const;

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
  std::uint32_t idle_sessions_;  // of this thread
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

  std::deque<Visitor> visitors_;  // the idle ones first
  std::vector<std::uint32_t> free_visitors_;
  std::uint32_t idle_dialled_ = 0, idle_ready_ = 0, idle_next_ = 0, passing_ = 0;
  Stream sessions_, churned_links_, auths_;
  std::deque<SlowRead> slow_reads_;  // all wait equally long, so they are in order

  std::uint32_t begun_pairs_ = 0;
  std::uint64_t due_round_ = 0;  // open loop: of the next message that is due, how many its pair had before, and the pair
  std::uint32_t due_pair_ = 0;
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
