#pragma once
// The rules of a relay, compiled: immutable, shared by all cores, swapped as a whole. decide() is the only question asked of it.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "rules/facts.h"

namespace rules {

enum class Action : std::uint8_t { relay, reply, authenticate, drop, close };  // a rule that continues decides nothing
enum class LinkChoice : std::uint8_t { reuse, existing, fresh };               // link = "reuse" (default), "existing", "new"

enum class Level : std::uint8_t { debug, info, warning, error };

// What few relaying rules say.
struct RelayOptions {
  std::optional<base::IpAddress> local;  // to dial from
  bool close_after_response = false;     // the link to the next hop, once that has answered
  bool without_session = false;          // no permit is asked for: closed networks
  std::string to_path;                   // replaces what goes on; empty: as received, our URI moved. Only without a session
  std::string from_path;
};

// What was decided for one frame at one hop. Views live as long as the RuleSet, but for `reason` and `headers` when they hold templates:
// those live in the state that decide() was given.
struct Verdict {
  Action action = Action::drop;
  std::uint16_t code = 0;                 // reply
  std::string_view reason;                // reply
  std::string_view headers;               // reply: whole lines with CRLF, checked
  LinkChoice link = LinkChoice::reuse;    // relay
  std::string_view next_hop;              // relay: a URI to send to instead of the path's; empty: the path's
  const RelayOptions* options = nullptr;  // relay: what else there is to say; nullptr: nothing
  std::uint32_t rule = 0;                 // index for counters; builtin rules come after the configured ones
};

class CoreState;
struct Trial;  // explain.h

// What decide() must be given of a frame beside its head.
struct Needs {
  bool body = false;    // Facts::body and continuation
  bool buffer = false;  // Facts::buffer
};

// The size at which a message that may be relayed will be refused in the middle.
struct SizeStop {
  std::uint64_t at = UINT64_MAX;  // never
  std::uint16_t code = 0;
  std::string_view reason;  // as Verdict::reason
};

class RuleSet {
 public:
  virtual ~RuleSet() = default;
  // Total: every frame has a verdict; the builtin rules, which are RFC 4976, stand behind the configured ones (product.md). Allocates
  // nothing.
  //   SIP -> close; response -> relay; AUTH with more than one To-Path URI -> relay; AUTH -> authenticate; session unknown -> reply 481; an
  //   unknown method that ends here -> 501; session none -> 481; a path that ends here -> 481; else relay (builtin.cc).
  // Whatever the rules say: a reply to a response or a REPORT becomes drop, relay of a SIP request becomes close.
  // Failure-Report is the caller's: no reply when it is "no", no 2xx when it is "partial".
  virtual Verdict decide(const Facts& facts, CoreState& state) const = 0;
  // What one core keeps for these rules; `seed`: unknown to those whose frames are judged. Compiles regular expressions: not for a core's
  // turn.
  virtual std::unique_ptr<CoreState> make_state(std::uint64_t seed) const = 0;
  // For a frame that decide() relays and whose body is not all in hand: `size` conditions are judged again where the octets carried cross
  // what they name, and only a reply counts then (product.md). Told beforehand: nothing else that rules see changes. Counts nothing.
  virtual SizeStop size_stop(const Facts& facts, CoreState& state) const = 0;
  virtual bool has_size_thresholds() const = 0;
  // Sizes of one step are the same to all conditions.
  virtual std::size_t size_step(std::uint64_t size) const = 0;
  virtual Needs needs() const = 0;
  virtual std::size_t size() const = 0;                          // configured and builtin
  virtual std::string_view name(std::size_t rule) const = 0;     // builtin ones: "builtin.responses go back" ...
  virtual std::string_view action(std::size_t rule) const = 0;   // "relay", "continue" ...
  virtual std::string_view counter(std::size_t rule) const = 0;  // the name of the counter that it counts; empty: none
  // Every rule that decide() would try, in order, and why; rates are taken as not exceeded, nothing is counted.
  virtual std::vector<Trial> explain(const Facts& facts, CoreState& state) const = 0;
  virtual std::string print() const = 0;  // in order, as TOML, for --print-effective
};

// `tables`: the [[rule]] tables of the configuration. Faults are appended with their places; nullptr when any is not a warning.
// `body_prefix`: octets of a body that Facts::body holds at most; conditions that ask for more are faults.
std::shared_ptr<const RuleSet> compile(std::span<const config::Value> tables, std::string_view file, std::vector<config::Fault>& faults,
                                       std::uint64_t body_prefix = UINT64_MAX);

}  // namespace rules
