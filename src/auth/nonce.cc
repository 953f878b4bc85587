#include "auth/nonce.h"

#include <algorithm>
#include <span>

#include "auth/hash.h"
#include "base/secret.h"

namespace auth {
namespace {

constexpr std::size_t time_octets = 8;
constexpr std::size_t random_octets = 8;
constexpr std::size_t seed_octets = time_octets + random_octets;
constexpr std::size_t mac_octets = 16;
using Seed = std::array<std::uint8_t, seed_octets>;
using Mac = std::array<std::uint8_t, mac_octets>;

template <class Number>
void put(std::span<std::uint8_t> out, Number number) {
  for (std::size_t i = out.size(); i > 0; --i) {
    out[i - 1] = static_cast<std::uint8_t>(number & 0xFF);
    number = static_cast<Number>(number >> 8);
  }
}

std::string_view text_of(std::span<const std::uint8_t> octets) { return {reinterpret_cast<const char*>(octets.data()), octets.size()}; }

Mac mac_of(std::span<const std::uint8_t> key, const Seed& seed, const NonceBinding& binding, std::string_view realm) {
  std::array<std::uint8_t, 10> link{};
  put(std::span(link).subspan(0, 2), binding.link.core.value());
  put(std::span(link).subspan(2, 4), binding.link.link.slot);
  put(std::span(link).subspan(6, 4), binding.link.link.generation);
  const auto whole = hmac_sha256(key, {"msrp nonce 1", text_of(seed), text_of(link), realm});
  Mac mac{};
  std::copy_n(whole.begin(), mac.size(), mac.begin());
  return mac;
}

}  // namespace

std::string make_nonce(const NonceKeys& keys, const NonceBinding& binding, std::string_view realm, base::Instant now,
                       base::Entropy& entropy) {
  Seed seed{};
  put(std::span(seed).first(time_octets), static_cast<std::uint64_t>(now.nanoseconds()));
  entropy.fill(std::span(seed).last(random_octets));
  std::string nonce;
  nonce.reserve((seed_octets + mac_octets) * 2);
  append_hex(nonce, seed);
  append_hex(nonce, mac_of(keys.keys[0], seed, binding, realm));
  return nonce;
}

NonceReading read_nonce(const NonceKeys& keys, const NonceBinding& binding, std::string_view realm, base::Instant now,
                        std::string_view nonce) {
  Seed seed{};
  NonceStamp stamp;
  if (nonce.size() != (seed_octets + mac_octets) * 2 || !read_hex(nonce.substr(0, seed_octets * 2), seed) ||
      !read_hex(nonce.substr(seed_octets * 2), stamp.mac)) {
    return {};
  }
  const bool ours = std::any_of(keys.keys.begin(), keys.keys.end(), [&](const auto& key) {
    return base::equal_in_constant_time(text_of(mac_of(key, seed, binding, realm)), text_of(stamp.mac));
  });
  if (!ours) return {};
  std::uint64_t issued = 0;
  for (std::size_t i = 0; i < time_octets; ++i) issued = issued << 8 | seed[i];
  stamp.issued = base::Instant::from_nanoseconds(static_cast<std::int64_t>(issued));
  const bool in_time = stamp.issued <= now && now <= stamp.issued + nonce_life;
  return {in_time ? NonceState::good : NonceState::expired, stamp};
}

bool NonceCounts::advance(const NonceStamp& stamp, std::uint32_t count, base::Instant now) {
  // What has expired is refused before it comes here: its count is needed no more.
  const auto live =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return now <= entry.stamp.issued + nonce_life; });
  entries_.erase(entries_.begin(), live);

  auto at = std::lower_bound(entries_.begin(), entries_.end(), stamp.issued,
                             [](const Entry& entry, base::Instant issued) { return entry.stamp.issued < issued; });
  for (; at != entries_.end() && at->stamp.issued == stamp.issued; ++at) {
    if (at->stamp.mac != stamp.mac) continue;
    if (count <= at->highest) return false;
    at->highest = count;
    return true;
  }
  if (stamp.issued <= forgotten_ || count == 0) return false;
  if (entries_.size() == nonces_max) {
    if (at == entries_.begin()) return false;  // it would be the next to be forgotten
    forgotten_ = entries_.front().stamp.issued;
    const auto index = at - entries_.begin();
    entries_.erase(entries_.begin());
    at = entries_.begin() + (index - 1);
  }
  entries_.insert(at, Entry{stamp, count});
  return true;
}

}  // namespace auth
