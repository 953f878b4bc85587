#include "command/bans.h"

namespace command {

bool Bans::add(const base::IpAddress& address, std::optional<Time> end) {
  if (bans_.size() >= bans_max && !bans_.contains(address)) return false;
  bans_[address] = end;
  return true;
}

bool Bans::expire(Time now) {
  return std::erase_if(bans_, [&](const auto& ban) { return ban.second && *ban.second <= now; }) != 0;
}

std::vector<base::IpAddress> Bans::addresses() const {
  std::vector<base::IpAddress> addresses;
  for (const auto& [address, end] : bans_) addresses.push_back(address);
  return addresses;
}

}  // namespace command
