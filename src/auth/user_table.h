#pragma once
// The users of a relay: an immutable table that the control thread builds from an htdigest file and mails to the cores.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/algorithm.h"
#include "base/secret.h"

namespace auth {

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
  // Longest name and realm, in octets.
  static constexpr std::size_t name_octets_max = 128;

  // "user:realm:HA1[:HA1-SHA-256]" per line, as `htdigest` writes it; '#' begins a comment line, empty lines are passed over, a line may
  // end with CRLF. HA1 may be empty where the fourth field is not. All faults are reported; nullptr when there is one.
  static std::shared_ptr<const UserTable> parse(std::string_view text, std::vector<UserFault>& faults);

  // nullptr: unknown. The pointer lives as long as the table.
  const User* find(std::string_view name, std::string_view realm) const;
  // True when the realm has users and every one of them has a SHA-256 HA1 (product: only then it is offered).
  bool all_have_sha256(std::string_view realm) const;
  std::size_t size() const { return users_.size(); }

 private:
  struct Key {
    std::string_view name, realm;  // views into the User, whose place in memory is fixed
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  // Adds the user of a line, or says why not.
  std::string add(std::string_view line);

  std::unordered_map<Key, std::unique_ptr<const User>, KeyHash> users_;
  std::unordered_map<std::string, bool, TextHash, std::equal_to<>> sha256_by_realm_;
};

}  // namespace auth
