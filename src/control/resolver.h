#pragma once
// Names to addresses, on the control thread. Bounded in time and in number; nobody waits inside a call.
//
// Not checked here: whether an address may be dialled. The destination guard judges on the core the address that is dialled.
#include <cstddef>
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

struct ares_channeldata;

namespace control {

enum class ResolveError : unsigned char {
  bad_name,   // no host name: nothing was asked
  not_found,  // the name has no address
  timed_out,
  failed,    // no name server answered, or none usefully
  too_many,  // `names_max` or `waiting_max` is reached
};

const char* describe(ResolveError error);

class Resolver {
 public:
  struct Settings {
    std::vector<std::pair<std::string, base::IpAddress>> hosts{};  // [dns] hosts: looked at first, without case
    std::vector<base::Endpoint> servers{};                         // empty: the system's
    base::Duration timeout = std::chrono::seconds(5);              // of one question in all
    std::size_t names_max = 256;                                   // different names asked for at one time
    std::size_t waiting_max = 4096;                                // answers owed
  };
  // In the order to try them, 1 to addresses_max.
  using Addresses = std::vector<base::IpAddress>;
  using Answer = std::function<void(const base::Result<Addresses, ResolveError>&)>;
  static constexpr std::size_t addresses_max = 8;

  Resolver(EventLoop& loop, Settings settings);
  ~Resolver();  // open questions end unanswered
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // An IP literal (IPv6 with or without brackets), a name of the hosts table, else A and AAAA of the name, as it stands: no search domains.
  // `answer` is called exactly once, possibly before this returns.
  void resolve(std::string_view host, Answer answer);
  // Names that c-ares still works on, answered by the timeout or not.
  std::size_t names_open() const { return names_open_; }

 private:
  struct Question;
  friend struct AresCalls;
  void ask(const std::string& name, Answer answer);
  void conclude(const std::string& name, const base::Result<Addresses, ResolveError>& result);
  void watch_descriptor(int descriptor, bool readable, bool writable);
  void rearm_timer();

  EventLoop& loop_;
  Settings settings_;
  ares_channeldata* channel_ = nullptr;
  std::unordered_map<std::string, Question*> questions_;  // owed an answer; c-ares owns them
  std::size_t names_open_ = 0;
  std::size_t waiting_ = 0;
  bool ending_ = false;
  std::unordered_map<int, Watch> descriptors_;
  Watch timer_;
};

}  // namespace control
