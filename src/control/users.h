#pragma once
// Users from an htdigest file, all or nothing.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "auth/user_table.h"
#include "config/config.h"

namespace control {

// [users] file; a relative one stands beside the configuration file.
std::string users_file(const config::Config& config);

// A place and a reason, never content of the file. Line 0: the file as a whole.
struct UsersFault {
  std::size_t line = 0;
  std::string reason;
};
// "users.htdigest:12: the third field is no HA1"
std::string to_string(const std::string& file, const UsersFault& fault);

struct UsersRead {
  std::shared_ptr<const auth::UserTable> table;  // nullptr when there is any fault: the table in force stays
  std::vector<UsersFault> faults;                // the first twenty, then how many more
};

// Reads at most 256 MiB. Blocks on the disk: control thread or start-up only.
UsersRead read_users(const std::string& file);

}  // namespace control
