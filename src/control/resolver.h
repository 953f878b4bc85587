#pragma once
// Names to addresses, on the control thread. Bounded in time and in number; nobody waits inside a call.
//
// Not checked here: whether an address may be dialled. The destination guard judges on the core the address that is dialled.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "control/event_loop.h"
#include "control/question_book.h"
#include "control/resolve_error.h"
#include "control/service_records.h"

struct ares_channeldata;

namespace control {

class Resolver {
 public:
  struct Settings {
    std::vector<std::pair<std::string, base::IpAddress>> hosts{};  // [dns] hosts: looked at first, without case
    std::vector<base::Endpoint> servers{};                         // empty: the system's
    base::Duration timeout = std::chrono::seconds(5);              // of one question in all
    std::size_t names_max = 256;                                   // different names asked for at one time
    std::size_t waiting_max = 4096;                                // answers owed
    std::function<std::uint32_t(std::uint32_t)> below{};           // a random number from 0 to its argument - 1; empty: always 0
  };
  // In the order to try them, 1 to addresses_max.
  using Addresses = std::vector<base::IpAddress>;
  using Answer = QuestionBook<Addresses>::Answer;
  // Addresses with ports, in the order to try them, 1 to addresses_max.
  using Endpoints = std::vector<base::Endpoint>;
  using EndpointsAnswer = std::function<void(const base::Result<Endpoints, ResolveError>&)>;
  static constexpr std::size_t addresses_max = 8;

  Resolver(EventLoop& loop, Settings settings);
  ~Resolver();  // open questions end unanswered
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // An IP literal (IPv6 with or without brackets), a name of the hosts table, else A and AAAA of the name, as it stands: no search domains.
  // `answer` is called exactly once, possibly before this returns.
  void resolve(std::string_view host, Answer answer);
  // The SRV records of `service` at the host, in the order of RFC 2782, each target by its addresses; without such records the host's own
  // addresses and `port`. Literals and names of the hosts table have no services.
  void resolve_service(std::string_view service, std::string_view host, std::uint16_t port, EndpointsAnswer answer);
  // Names that c-ares still works on, answered by the timeout or not.
  std::size_t names_open() const { return budget_.names_open; }

 private:
  friend struct AresCalls;
  struct Gathering;
  using Services = std::vector<ServiceRecord>;
  Addresses listed(const std::string& name) const;
  void gather(Services records, EndpointsAnswer answer);
  void watch_descriptor(int descriptor, bool readable, bool writable);
  void rearm_timer();

  EventLoop& loop_;
  Settings settings_;
  ares_channeldata* channel_ = nullptr;
  QuestionBudget budget_;
  QuestionBook<Addresses> addresses_;
  QuestionBook<Services> services_;
  std::unordered_map<int, Watch> descriptors_;
  Watch timer_;
};

}  // namespace control
