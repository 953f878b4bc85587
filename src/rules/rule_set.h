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

enum class Action : std::uint8_t { relay, reply, authenticate, drop, close };
enum class LinkChoice : std::uint8_t { reuse, existing, fresh };  // link = "reuse" (default), "existing", "new"

// What was decided for one frame at one hop. Views live as long as the RuleSet, but for `reason` and `headers` when they hold templates:
// those live in the scratch that decide() was given.
struct Verdict {
  Action action = Action::drop;
  std::uint16_t code = 0;               // reply
  std::string_view reason;              // reply
  std::string_view headers;             // reply: whole lines with CRLF, checked
  LinkChoice link = LinkChoice::reuse;  // relay
  std::string_view next_hop;            // relay: a URI to send to instead of the path's; empty: the path's
  std::uint32_t rule = 0;               // index for counters; builtin rules come after the configured ones
};

// Memory for templates, one per core.
struct Scratch {
  char octets[2048];
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
  virtual Verdict decide(const Facts& facts, Scratch& scratch) const = 0;
  // A `size` condition may change its answer when the octets of a message reach this number: the smallest above `size`, UINT64_MAX when
  // there is none. Reached in mid-message, the frame is judged again, and only a reply counts then (product.md).
  virtual std::uint64_t next_size_threshold(std::uint64_t size) const = 0;
  virtual std::size_t size() const = 0;                       // configured and builtin
  virtual std::string_view name(std::size_t rule) const = 0;  // builtin ones: "builtin.responses go back" ...
  virtual std::string print() const = 0;                      // in order, as TOML, for --print-effective
};

// `tables`: the [[rule]] tables of the configuration. Faults are appended with their places; nullptr when any is not a warning.
std::shared_ptr<const RuleSet> compile(std::span<const config::Value> tables, std::string_view file, std::vector<config::Fault>& faults);

}  // namespace rules
