#pragma once
// Users from an htdigest file, all or nothing.
#include <memory>
#include <string>
#include <vector>

#include "auth/user_table.h"

namespace control {

struct UsersRead {
  std::shared_ptr<const auth::UserTable> table;  // nullptr when there is any fault: the table in force stays
  // "users.htdigest:12: the third field is no HA1 ...". Places and reasons, never content of the file.
  std::vector<std::string> faults;
};

// Reads at most 256 MiB. Blocks on the disk: control thread or start-up only.
UsersRead read_users(const std::string& file);

}  // namespace control
