#include "session/destination_guard.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/check.h"

namespace session {
namespace {

std::vector<base::Network> networks(std::span<const std::string_view> texts) {
  std::vector<base::Network> all;
  for (const std::string_view text : texts) {
    const auto network = base::Network::parse(text);
    CHECK(network.has_value());
    all.push_back(*network);
  }
  return all;
}

const std::vector<base::Network>& special_networks() {
  static constexpr std::array<std::string_view, 30> texts = {
      "0.0.0.0/8",      "10.0.0.0/8",   "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16", "172.16.0.0/12",
      "192.0.0.0/24",   "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",  "198.51.100.0/24",
      "203.0.113.0/24", "224.0.0.0/4",  "240.0.0.0/4",    "::/128",         "::1/128",        "::/96",
      "64:ff9b:1::/48", "100::/64",     "100:0:0:1::/64", "2001::/23",      "2001:db8::/32",  "3fff::/20",
      "5f00::/16",      "fc00::/7",     "fe80::/10",      "fec0::/10",      "ff00::/8",       "2620:4f:8000::/48"};
  static const std::vector<base::Network> all = networks(texts);
  return all;
}

base::IpAddress v4_at(const base::IpAddress& address, std::size_t offset) {
  std::array<std::uint8_t, 4> octets{};
  for (std::size_t i = 0; i < 4; ++i) octets[i] = address.octets()[offset + i];
  return base::IpAddress::from_octets4(octets);
}

// The IPv4 address that an IPv6 one really leads to, where the prefix says so. Teredo (2001::/32) is refused whole by special_networks();
// mapped addresses are IPv4 ones by then.
std::optional<base::IpAddress> v4_inside(const base::IpAddress& address) {
  static const base::Network nat64 = *base::Network::parse("64:ff9b::/96");
  static const base::Network six_to_four = *base::Network::parse("2002::/16");
  if (nat64.contains(address)) return v4_at(address, 12);
  if (six_to_four.contains(address)) return v4_at(address, 2);
  return std::nullopt;
}

}  // namespace

const char* describe(DestinationRefusal refusal) {
  switch (refusal) {
    case DestinationRefusal::special_network: return "Destination Not Allowed";
    case DestinationRefusal::own_listener: return "Destination Is This Relay";
    case DestinationRefusal::name_server: return "Destination Is A Name Server";
    case DestinationRefusal::port: return "Destination Port Not Allowed";
  }
  return "";
}

bool is_special(const base::IpAddress& address) {
  const auto& special = special_networks();
  if (std::any_of(special.begin(), special.end(), [&](const base::Network& network) { return network.contains(address); })) return true;
  const auto inside = v4_inside(address);
  return inside && is_special(*inside);
}

DestinationGuard::DestinationGuard(std::vector<base::Network> allowed, std::vector<base::Endpoint> listeners,
                                   std::vector<base::Endpoint> name_servers)
    : allowed_(std::move(allowed)), listeners_(std::move(listeners)), name_servers_(std::move(name_servers)) {}

base::Result<void, DestinationRefusal> DestinationGuard::check(const base::Endpoint& destination) const {
  if (destination.port == 0) return base::fail(DestinationRefusal::port);
  const base::Endpoint really{v4_inside(destination.address).value_or(destination.address), destination.port};
  if (std::any_of(name_servers_.begin(), name_servers_.end(), [&](const base::Endpoint& server) { return server == really; })) {
    return base::fail(DestinationRefusal::name_server);
  }
  for (const base::Endpoint& listener : listeners_) {
    if (listener.port != destination.port) continue;
    const auto& octets = listener.address.octets();
    const bool wildcard = std::all_of(octets.begin(), octets.end(), [](std::uint8_t octet) { return octet == 0; });
    if (listener.address == really.address || (wildcard && is_special(destination.address)))
      return base::fail(DestinationRefusal::own_listener);
  }
  const bool allowed =
      std::any_of(allowed_.begin(), allowed_.end(), [&](const base::Network& network) { return network.contains(destination.address); });
  if (allowed) return {};
  if (is_special(destination.address)) return base::fail(DestinationRefusal::special_network);
  if (destination.port < 1024) return base::fail(DestinationRefusal::port);
  return {};
}

}  // namespace session
