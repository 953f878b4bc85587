#pragma once
// Addresses that have no place here for a while. Bounded; forgotten at the end of the process. Pure: time is an argument.
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "base/address.h"

namespace command {

class Bans {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t bans_max = 1024;

  // For ever without an end; again: the new end counts. False: there are bans_max.
  bool add(const base::IpAddress& address, std::optional<Time> end);
  // False: it was not banned.
  bool remove(const base::IpAddress& address) { return bans_.erase(address) != 0; }
  // Ends those whose time is over. True: there were some.
  bool expire(Time now);
  std::vector<base::IpAddress> addresses() const;  // sorted
  const std::map<base::IpAddress, std::optional<Time>>& all() const { return bans_; }

 private:
  std::map<base::IpAddress, std::optional<Time>> bans_;
};

}  // namespace command
