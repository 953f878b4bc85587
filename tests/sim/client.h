#pragma once
// The far ends: MSRP clients behind the relay, and peers without one. They speak through frame.h, which knows nothing of the relay's own
// codec, and behave as well or as badly as their Temper says.
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "frame.h"
#include "ledger.h"
#include "ring/sim_peer.h"
#include "wire.h"

namespace sim {

class World;
class Client;
class RelayProcess;

struct Temper {
  double error = 0;    // answers a SEND with an error
  double mute = 0;     // never answers it
  double late = 0;     // answers up to 40 s later
  double stall = 0;    // stops reading for a while, after a frame
  double slice = 0.5;  // writes a body in several pieces, with pauses
  double cut = 0.3;    // sends a message in several chunks
  std::size_t body_max = 40'000;
};

// How a body is made: what a framer may stumble over.
enum class Style : std::uint8_t { text, noise, hyphens, end_lines, own_id, line_ends, accomplice };

// One connection of a client's.
struct Line {
  std::unique_ptr<Wire> peer;
  FrameReader reader;
  std::set<std::string> pending;     // ids of requests that came and are not answered
  std::set<std::string> used;        // ids of requests that went
  std::vector<std::string> waiting;  // whole frames behind the chunk that is being written
  bool writing_chunk = false;
  bool dead = false;  // nothing is expected of it any more
  bool half_closed = false;
  bool own = false;  // it opened it
};

class Client {
 public:
  // `account`: its name at the relays; empty: a peer without relay. `relays`: the first is the one it connects to.
  Client(World& world, std::string name, const base::Endpoint& endpoint, std::string account, std::vector<const RelayProcess*> relays);

  Temper temper;
  const std::string& name() const { return name_; }
  const base::Endpoint& endpoint() const { return endpoint_; }
  const std::string& uri() const { return uri_; }
  void set_uri(std::string uri) { uri_ = std::move(uri); }
  // Its URI at its last relay, and those at all, as To-Path has them on the way out: the nearest first.
  std::string relay_uri() const { return use_path_.empty() ? std::string() : use_path_.back(); }
  const std::vector<std::string>& use_path() const { return use_path_; }
  void set_use_path(std::vector<std::string> path) { use_path_ = std::move(path); }
  bool behind_relay() const { return !account_.empty(); }
  const std::vector<const RelayProcess*>& relays() const { return relays_; }
  bool lives() const { return !died_; }
  // It lives, or had said all it had to say before it went.
  bool is_owed_answers() const { return !died_ || said_all_; }
  bool may_be_closed = false;  // the relay may close its links: it has deserved it

  // Connects to the relay (and authenticates, when it is behind it), then calls `ready`.
  void start(std::function<void()> ready);
  void listen();  // a peer that may be dialled
  // An AUTH to the first of its relays at which it has no URI, on the newest own line; its 200 calls `ready`. `as`: the From-Path, when it
  // is not its own.
  void authenticate(std::function<void()> ready, std::string as = {});

  // Sends `octets` octets to `to`; SIZE_MAX: as many as its temper likes.
  Message& send(Client& to, Style style, std::size_t octets = SIZE_MAX);
  // A request of an unknown method, of which the answer must come back.
  void ask(Client& to);
  // Anything, as it is, behind what is being written.
  void write_raw(std::string octets);
  void write_frame(Line& line, std::string frame);
  int asked() const { return asked_; }
  int answers() const { return answers_; }

  void stall(base::Duration how_long);
  void hold(base::Duration how_long);  // sends nothing, not even in mid-chunk
  void die(bool by_reset);
  void half_close();
  void close();
  bool can_send() { return !died_ && sending_line() != nullptr; }
  bool has_half_closed() const { return !lines_.empty() && lines_.front()->half_closed; }
  Line* line() { return lines_.empty() ? nullptr : lines_.front().get(); }
  std::vector<std::unique_ptr<Line>>& lines() { return lines_; }
  std::size_t connections() const { return connections_; }

  // The path to `to`, and the From-Path that `to` must see.
  std::string path_to(const Client& to) const;
  std::string path_seen_by(const Client& to) const;
  std::string new_tid(Line& line);
  // The id of the frame that is arriving right now, for an accomplice.
  std::string tid_in_progress() const;

  std::function<void(const Frame&)> on_unexpected;  // responses that match nothing; none: a violation
  std::function<void(const Frame&)> on_frame;       // set: gets all that comes but answers to AUTH, and nothing is checked or answered
  int auth_code = 0;                                // of the last answer to an AUTH

 private:
  struct Auth {
    std::string tid, from, authorization, to_path, uri;
    std::function<void()> ready;
  };
  struct Stream {
    Message* message;
    Style style;
    std::size_t left;  // octets of the message
    bool total_known;
    std::uint64_t total;
    bool bodiless;
  };
  struct Question {
    std::string tid, to_path;
    bool answered = false;
  };

  Line& add_line(std::unique_ptr<Wire> peer, bool own);
  void changed(Line& line);
  void take(Line& line, const Frame& frame);
  void take_response(Line& line, const Frame& frame);
  void take_send(Line& line, const Frame& frame);
  void take_question(Line& line, const Frame& frame);
  void take_auth(Line& line, const Frame& frame);
  void authenticate_everywhere();
  void send_auth(Line& line, const std::string& authorization);
  void answer(Line& line, const Frame& frame, int code, bool whole_path);
  void report_success(Line& line, const Frame& frame, const Message& message);
  void pump();
  void start_chunk(Line& line);
  void write_body(Line& line);
  void end_chunk(Line& line, bool more);
  std::string body_piece(const Chunk& chunk, const Message& message, Style style, std::size_t octets) const;
  void flush_waiting(Line& line);
  Line* sending_line();

  World& world_;
  std::string name_;
  base::Endpoint endpoint_;
  std::string uri_;
  std::string account_;
  std::vector<const RelayProcess*> relays_;
  std::vector<std::string> use_path_;
  bool died_ = false;
  bool said_all_ = false;
  bool holding_ = false;
  std::vector<std::unique_ptr<Line>> lines_;
  std::unique_ptr<ring::SimPeerListener> listener_;
  std::size_t connections_ = 0;
  std::function<void()> ready_;
  Auth auth_;
  std::vector<Stream> streams_;  // messages that wait; the first is being sent
  std::vector<Question> questions_;
  std::size_t chunk_left_ = 0;  // octets that the chunk is still to get
  bool pump_due_ = false;
  int asked_ = 0;
  int answers_ = 0;
};

}  // namespace sim
