#pragma once
// The users of a relay: an immutable table that the control thread builds from an htdigest file and mails to the cores.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/secret.h"

namespace auth {

enum class Algorithm : unsigned char { md5, sha256 };

struct User {
  std::string name;
  std::string realm;
  base::Secret ha1_md5;     // 32 lower-case hexadecimal digits, or empty
  base::Secret ha1_sha256;  // 64, or empty
};

// One line of the file that could not be used; the whole file is refused then (all or nothing).
struct UserFault {
  std::size_t line = 0;
  std::string reason;  // never the line's text
};

class UserTable {
 public:
  // "user:realm:HA1[:HA1-SHA-256]" per line, as `htdigest` writes it; '#' begins a comment line.
  static std::shared_ptr<const UserTable> parse(std::string_view text, std::vector<UserFault>& faults);

  // nullptr: unknown. The pointer lives as long as the table.
  const User* find(std::string_view name, std::string_view realm) const;
  // True when every user of the realm has a SHA-256 HA1 (product: only then it is offered).
  bool all_have_sha256(std::string_view realm) const;
  std::size_t size() const;

 private:
  struct Key {
    std::string name, realm;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  std::unordered_map<Key, User, KeyHash> users_;
  std::unordered_map<std::string, bool> sha256_by_realm_;
};

}  // namespace auth
