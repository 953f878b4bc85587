#pragma once
// Frames that come again. A core remembers, for the heads that it has seen more than once on a link, what came of the last one: which
// sessions permitted it, what the rules said, where it went and in what form. A head that is the same but for its transaction id,
// Message-ID and Byte-Range (msrp::RepeatedHead) needs no parsing, no rules and no composing then; what may have changed since is asked
// again (known.cc). Nothing here decides: what is not found goes the long way, to the same end.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "msrp/repeated_head.h"
#include "relay/ready_send.h"
#include "relay/report.h"
#include "session/permit.h"
#include "session/token.h"

namespace relay {

// A session of ours that a request has passed, and how.
struct KnownHop {
  session::Token session;
  session::SessionTable::Found found;
  std::optional<session::Permit> permit;
  std::uint32_t rule = 0;     // that relayed it
  std::size_t size_step = 0;  // RuleSet::size_step of its size
};

// Filled by the walk of one request.
struct Trail {
  static constexpr std::size_t hops_max = 2;  // from one client of ours to another
  std::array<KnownHop, hops_max> hops;
  std::size_t count = 0;
  bool steady = true;  // the same would be said of the next one (CoreState::is_steady), and there are no more hops
};

struct KnownSend {
  bool used = false;  // since its place was last wanted for another
  base::LinkId source;
  std::uint32_t rules_version = 0;
  msrp::RepeatedHead head;
  Trail trail;
  bool next_is_relay = false;  // the path goes on behind the next hop
  bool from_relay = false;     // it came through another relay
  base::LinkId target;
  msrp::FailureReport failure_report = msrp::FailureReport::yes;
  ReportPaths* paths = nullptr;  // a share
  ReadySend ready;               // as it went on
  ReadyResponse response;        // the 200 for it
  // Views into head.
  std::string_view first_from;
  std::string_view next_uri;  // of the last hop
};

// A response to a SEND, of success.
struct KnownResponse {
  bool used = false;
  base::LinkId source;
  msrp::RepeatedHead head;
  std::uint16_t code = 0;
};

// By RepeatedHead::key_of; two places for each key. What is found often is not pushed out by what is seen twice.
template <class Known>
class KnownFrames {
 public:
  static constexpr std::size_t entries = 4096;

  Known* find(std::uint64_t key) {
    for (Way& way : set_of(key)) {
      if (way.known == nullptr || way.key != key) continue;
      way.known->used = true;
      return way.known.get();
    }
    return nullptr;
  }
  // A place for what is to be found under that key, to be filled at once; nullptr: it was not seen before, or both places are in use.
  Known* place_for(std::uint64_t key) {
    if (ways_.empty()) {
      ways_.resize(sets);
      seen_.resize(entries);
    }
    for (Way& way : set_of(key)) {
      if (way.known != nullptr && way.key == key) return way.known.get();
    }
    std::uint32_t& seen = seen_[key % entries];
    const auto tag = static_cast<std::uint32_t>(key >> 32U);
    if (seen != tag) {
      seen = tag;
      return nullptr;
    }
    for (Way& way : set_of(key)) {
      if (way.known != nullptr && std::exchange(way.known->used, false)) continue;
      if (way.known == nullptr) way.known = std::make_unique<Known>();
      way.key = key;
      return way.known.get();
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t ways_per_set = 2;
  static constexpr std::size_t sets = entries / ways_per_set;
  struct Way {
    std::uint64_t key = 0;
    std::unique_ptr<Known> known;
  };
  using Set = std::array<Way, ways_per_set>;
  std::span<Way> set_of(std::uint64_t key) {
    if (ways_.empty()) return {};
    return ways_[key / entries % sets];
  }

  std::vector<Set> ways_;
  std::vector<std::uint32_t> seen_;
};

}  // namespace relay
