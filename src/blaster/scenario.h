#pragma once
// What a run does, names resolved and everything checked.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "blaster/auth_exchange.h"
#include "blaster/content.h"
#include "blaster/sender.h"
#include "transport/client_files.h"

namespace blaster {

// Whose certificate a server must show.
struct ServerName {
  std::string host;
  std::optional<base::IpAddress> address;  // when the host is one
};

// Where a party connects, and as whom.
struct Party {
  base::Endpoint relay;            // or the forwarder
  std::optional<ServerName> tls;   // none: plain TCP
  std::optional<Account> account;  // none: no AUTH
};

// What happens beside the messages.
struct Background {
  std::uint32_t idle_sessions = 0;  // receivers that authenticate and then stay silent
  double session_churn = 0;         // a second: a link, AUTH, the end of it
  double link_churn = 0;            // a second: a link and the end of it
  double auth_rate = 0;             // a second: AUTH again of an idle session, which renews it
};

struct Scenario {
  Party sender, receiver;
  transport::ClientTls tls;  // of the parties that use it
  // The receivers are not clients of a relay: a forwarder dials them here.
  std::optional<base::Endpoint> listen;
  std::vector<base::IpAddress> sources;  // local addresses to connect from, in turn; empty: as the system chooses
  std::uint32_t pairs = 10;
  std::uint32_t window = 16;  // messages under way per pair
  Content content = Content::text(64);
  SendSettings sending;
  base::Duration ramp{};        // closed loop: the pairs begin over so long (open loop: the schedule has it)
  double slow_readers = 0;      // share of the pairs whose receiver reads slowly
  std::uint64_t read_rate = 0;  // octets a second of each of them
  Background background;
  std::optional<base::Duration> duration;  // of sending; none: until `messages` are sent
  std::optional<std::uint64_t> messages;   // in all
  std::uint32_t cores = 1;
  base::Duration patience{};           // without any progress for so long, what is awaited is given up
  std::vector<int> watched_processes;  // whose CPU time is told, with their children

  // Slow readers are spread evenly over the pairs.
  bool is_slow_reader(std::uint32_t number) const {
    return static_cast<std::uint64_t>((number + 1) * slow_readers + 1e-9) > static_cast<std::uint64_t>(number * slow_readers + 1e-9);
  }
  // How many messages pair `number` of all sends.
  std::uint64_t messages_of(std::uint32_t number) const {
    if (!messages) return UINT64_MAX;
    return *messages / pairs + (number < *messages % pairs ? 1 : 0);
  }
};

}  // namespace blaster
