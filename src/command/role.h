#pragma once
// Who may what on the control socket: by what the kernel says of the process at the other end, so that there is no password.
#include <sys/types.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace command {

enum class Role : unsigned char {
  none,
  observer,  // asks
  operating  // asks and changes
};
const char* describe(Role role);

// The process at the other end, as it was when it connected.
struct Peer {
  uid_t user = 0;
  pid_t process = 0;
  std::vector<gid_t> groups;  // its own and the supplementary ones
};
// nullopt: the kernel does not say.
std::optional<Peer> peer_of(int descriptor);

struct Policy {
  uid_t own_user = 0;  // of the relay
  std::vector<gid_t> operators;
  std::vector<gid_t> observers;
};
struct PolicyFault {
  std::string key;  // "control.operators"
  std::string reason;
};
// Looks the groups up: at start only, it may wait.
base::Result<Policy, PolicyFault> read_policy(const config::ControlSocket& config);

Role role_of(const Peer& peer, const Policy& policy);

}  // namespace command
