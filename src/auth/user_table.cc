#include "auth/user_table.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "auth/hash.h"

namespace auth {
namespace {

// Some tools write upper-case digits; digests are computed over lower-case ones.
base::Secret lower_case(std::string_view ha1) {
  std::string digits(ha1);
  for (char& c : digits) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  base::Secret secret(digits);
  volatile char* p = digits.data();
  for (std::size_t i = 0; i < digits.size(); ++i) p[i] = 0;
  return secret;
}

bool is_ha1(const base::Secret& secret, Algorithm algorithm) {
  return secret.reveal().size() == hex_digits(algorithm) && is_lower_hex(secret.reveal());
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::size_t UserTable::KeyHash::operator()(const Key& key) const {
  const std::hash<std::string_view> hash;
  return hash(key.name) * 0x9E3779B97F4A7C15U ^ hash(key.realm);
}

std::string UserTable::add(std::string_view line) {
  std::array<std::string_view, 4> fields;
  std::size_t count = 0;
  for (std::string_view rest = line;;) {
    const std::size_t colon = rest.find(':');
    if (count == fields.size())
      return "more than four fields: user:realm:HA1 or user:realm:HA1:HA1-SHA-256 is wanted (no colon in user and realm)";
    fields[count++] = rest.substr(0, colon);
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (count < 3) return "fewer than three fields: user:realm:HA1 is wanted, as `htdigest` writes it";
  const auto [name, realm, md5, sha256] = std::tuple(fields[0], fields[1], fields[2], fields[3]);
  if (name.empty()) return "the user's name is empty";
  if (realm.empty()) return "the realm is empty";
  if (name.size() > name_octets_max || realm.size() > name_octets_max) {
    return "user or realm has more than " + std::to_string(name_octets_max) + " octets";
  }
  if (has_control(name) || has_control(realm)) return "a control character in user or realm";
  auto user = std::make_unique<User>(User{std::string(name), std::string(realm), lower_case(md5), lower_case(sha256)});
  if (md5.empty() && sha256.empty()) return "the third field, HA1, is empty";
  if (!md5.empty() && !is_ha1(user->ha1_md5, Algorithm::md5))
    return "the third field is no HA1: 32 hexadecimal digits, MD5 of user:realm:password";
  if (!sha256.empty() && !is_ha1(user->ha1_sha256, Algorithm::sha256)) {
    return "the fourth field is no HA1: 64 hexadecimal digits, SHA-256 of user:realm:password";
  }
  const auto known = sha256_by_realm_.emplace(user->realm, true).first;
  known->second = known->second && !sha256.empty();
  const Key key{user->name, user->realm};
  if (!users_.emplace(key, std::move(user)).second) return "the same user and realm as in a line before";
  return {};
}

std::shared_ptr<const UserTable> UserTable::parse(std::string_view text, std::vector<UserFault>& faults) {
  auto table = std::make_shared<UserTable>();
  bool good = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    std::string reason = table->add(line);
    if (reason.empty()) continue;
    good = false;
    faults.push_back({number, std::move(reason)});
  }
  if (!good) return nullptr;
  return table;
}

const User* UserTable::find(std::string_view name, std::string_view realm) const {
  const auto found = users_.find(Key{name, realm});
  return found == users_.end() ? nullptr : found->second.get();
}

bool UserTable::all_have_sha256(std::string_view realm) const {
  const auto found = sha256_by_realm_.find(realm);
  return found != sha256_by_realm_.end() && found->second;
}

}  // namespace auth
