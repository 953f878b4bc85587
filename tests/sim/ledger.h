#pragma once
// What was sent, and what must therefore be true of what is received. Every message is written down octet by octet as its sender writes it;
// every frame that arrives anywhere is held against it.
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "frame.h"

namespace sim {

class Client;
class World;

enum class Report : std::uint8_t { yes, absent, partial, no };  // Failure-Report

// One SEND as its sender writes it.
struct Chunk {
  std::string tid;
  std::string to_path, from_path;
  std::vector<std::pair<std::string, std::string>> headers;  // all but paths and Byte-Range
  std::string range;                                         // empty: none
  bool has_body = true;
  std::uint64_t offset = 0;  // of its first octet in the message
  std::uint64_t octets = 0;  // written so far
  char flag = '$';
  bool complete = false;       // its end-line has been written
  bool interruptible = false;  // its range-end is *
  base::Instant begun;
  // What came back.
  int responses = 0;
  int code = 0;
  int reports = 0;
  std::set<std::string> reported;  // the relays it is from and where it begins, of each
  int report_code = 0;
  // What the receiver has seen and said.
  std::uint64_t delivered = 0;  // octets
  bool seen_to_its_end = false;
  bool cut_short = false;   // a piece ended with # before its end
  int answered = 0;         // an error that the receiver gave to a piece; 200: none
  bool unanswered = false;  // a piece got no answer, or a late one
};

struct Message {
  std::string id;
  Client* from = nullptr;
  Client* to = nullptr;
  Report failure_report = Report::absent;
  bool success_report = false;
  bool refused = false;   // the receiver answered an error: the relay may have stopped it
  bool hopeless = false;  // must not arrive: whoever gets it is not entitled to it
  std::string content;    // as far as it is written
  std::deque<Chunk> chunks;
  // At the receiver.
  std::uint64_t received = 0;
  std::vector<bool> marks;    // octets that have been received
  std::size_t receiving = 0;  // index of the chunk that the next piece belongs to
  bool end_received = false;
  bool abort_received = false;
  int success_reports = 0;
};

class Ledger {
 public:
  explicit Ledger(World& world) : world_(world) {}

  Message& open(Client& from, Client& to);
  const std::deque<Message>& messages() const { return messages_; }
  std::deque<Message>& messages() { return messages_; }

  // A SEND has arrived at `by`. Returns its message and chunk, or nullptr where something is wrong (a violation then).
  std::pair<Message*, Chunk*> received(Client& by, const Frame& frame);
  // A REPORT has arrived at `by`.
  void reported(Client& by, const Frame& frame);
  // When all has come to rest: what must have been delivered and answered.
  void check_at_rest();

 private:
  std::pair<Message*, Chunk*> late(Message& message, const Frame& frame, std::uint64_t start);
  void mark(Message& message, const Frame& frame, std::uint64_t start);
  void skip_refused(Message& message, const Frame& frame);
  void check_headers(const Message& message, const Chunk& chunk, const Frame& frame);
  void check_piece(Message& message, Chunk& chunk, const Frame& frame);
  void check_message(const Message& message);
  void check_answers(const Message& message, const Chunk& chunk);
  static Chunk* reported_chunk(Message& message, const Frame& frame);
  void check_told(const Message& message, const Chunk& chunk);
  bool may_fail(const Message& message) const;

  World& world_;
  std::deque<Message> messages_;
  std::map<std::string, Message*, std::less<>> by_id_;
};

}  // namespace sim
