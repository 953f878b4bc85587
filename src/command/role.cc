#include "command/role.h"

#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace command {
namespace {

constexpr std::size_t groups_max = 65536;          // NGROUPS_MAX
constexpr std::size_t group_octets_max = 1 << 20;  // of a line of the group database

std::optional<gid_t> group_named(const std::string& name) {
  std::vector<char> room(4096);
  group entry{};
  group* found = nullptr;
  while (getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == ERANGE && room.size() < group_octets_max)
    room.resize(2 * room.size());
  return found == nullptr ? std::nullopt : std::optional(found->gr_gid);
}

}  // namespace

const char* describe(Role role) {
  switch (role) {
    case Role::none: return "none";
    case Role::observer: return "observer";
    case Role::operating: return "operator";
  }
  return "";
}

std::optional<Peer> peer_of(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  Peer peer{credentials.uid, credentials.pid, {}};
  // First how many there are: it fails with ERANGE and says it.
  socklen_t octets = 0;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, nullptr, &octets) != 0 && errno == ERANGE && octets / sizeof(gid_t) <= groups_max) {
    peer.groups.resize(octets / sizeof(gid_t));
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &octets) != 0) return std::nullopt;
    peer.groups.resize(octets / sizeof(gid_t));
  }
  peer.groups.push_back(credentials.gid);
  return peer;
}

base::Result<Policy, PolicyFault> read_policy(const config::ControlSocket& config) {
  Policy policy{geteuid(), {getegid()}, {}};
  for (const bool operating : {true, false}) {
    for (const std::string& name : operating ? config.operators : config.observers) {
      const auto group = group_named(name);
      if (!group)
        return base::fail(
            PolicyFault{operating ? "control.operators" : "control.observers", "there is no group `" + name + "` on this host"});
      (operating ? policy.operators : policy.observers).push_back(*group);
    }
  }
  return policy;
}

Role role_of(const Peer& peer, const Policy& policy) {
  const auto is_in = [&](const std::vector<gid_t>& groups) {
    return std::any_of(groups.begin(), groups.end(),
                       [&](gid_t group) { return std::find(peer.groups.begin(), peer.groups.end(), group) != peer.groups.end(); });
  };
  if (peer.user == 0 || peer.user == policy.own_user || is_in(policy.operators)) return Role::operating;
  return is_in(policy.observers) ? Role::observer : Role::none;
}

}  // namespace command
