#pragma once
// Method: one test body, played on every Ring there is: the kernel's (with and without its quick ways) and the simulator's (kind, and rough
// with many seeds). A Stage is a ring with a listener and far ends that the test moves octet by octet.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "ring/ring.h"

namespace ring_test {

// The other side of a TCP connection. write() takes all and passes it on as there is room; read() gives what is there.
class FarEnd {
 public:
  virtual ~FarEnd() = default;
  virtual void write(std::string_view octets) = 0;
  virtual std::string read() = 0;
  virtual bool at_end() = 0;  // as far as read() has seen
  virtual bool failed() = 0;  // as far as read() has seen
  virtual void shutdown_write() = 0;
  virtual void close() = 0;
  virtual void reset() = 0;
  virtual base::Endpoint local() = 0;
};

class Stage {
 public:
  virtual ~Stage() = default;
  virtual ring::Ring& ring() = 0;
  virtual ring::Socket listener() = 0;
  virtual std::unique_ptr<FarEnd> dial() = 0;        // a far end connects to the listener
  virtual base::Endpoint far_listener() = 0;         // where a far end listens
  virtual std::unique_ptr<FarEnd> far_accept() = 0;  // nullptr: nobody has connected yet
  virtual base::Endpoint nobody() = 0;               // where nobody listens
  virtual bool is_kernel() const = 0;
  virtual bool is_kind() const { return true; }  // no faults

  // One turn of a core: submit, wait a little, reap. What was reaped is kept in `completions`.
  void turn();
  // Turns until `done`; false when that takes too long.
  bool until(const std::function<bool()>& done);
  // The next completion of that kind, taken out. Fails the test when none comes.
  ring::Completion wait_for(ring::Op op);
  std::size_t waiting(ring::Op op) const;
  std::vector<ring::Completion> completions;

  // A connection to the listener, accepted.
  struct Pair {
    ring::Socket socket;
    std::unique_ptr<FarEnd> far;
  };
  Pair connected_pair(std::uint32_t slot);
  // Receives with the multishot recv that is armed for (slot), arming again after -ENOBUFS, until `octets` came or it ended.
  // The last result that was not octets is in `end` (1 while it goes on).
  std::string receive(std::uint32_t slot, ring::Socket socket, std::size_t octets, int& end);
  // Sends all of it in pieces of at most `piece` octets, as an egress does it: poll_out after a short count. `meanwhile` runs each turn.
  void send_all(std::uint32_t slot, ring::Socket socket, std::string_view octets, std::size_t piece,
                const std::function<void()>& meanwhile);
  void close(std::uint32_t slot, ring::Socket socket);

 protected:
  virtual void wait() = 0;  // between submit_and_wait() and reap()
  virtual base::Instant soon() = 0;

 private:
  bool accepting_ = false;
};

inline ring::Token token(ring::Op op, std::uint32_t slot = 0, std::uint32_t generation = 1) { return {op, generation, slot}; }

// Octets that tell where they belong.
std::string pattern(std::size_t octets, unsigned seed = 1);

void on_every_stage(const std::function<void(Stage&)>& body);
// Stages with few small entries and buffers, or other special conditions.
std::unique_ptr<Stage> kernel_stage(unsigned submissions, unsigned completions, unsigned buffers, unsigned buffer_bytes, bool quick_ways);
std::unique_ptr<Stage> simulated_stage(std::uint64_t seed, bool rough);

}  // namespace ring_test
