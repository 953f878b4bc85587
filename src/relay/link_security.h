#pragma once
// How a link is secured and who has been proven to be at its other end. Plain octets: it travels by mail.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "transport/tls_engine.h"
#include "transport/transport.h"

namespace relay {

struct LinkSecurity {
  static constexpr std::size_t peer_octets_max = 128;

  transport::Kind transport = transport::Kind::tcp;
  transport::TlsVersion version = transport::TlsVersion::none;
  std::uint16_t suite = 0;       // as in the registry of TLS cipher suites
  bool is_relay = false;         // by a certificate that [tls] relays names
  std::uint8_t peer_octets = 0;  // of the name that made it one
  std::array<char, peer_octets_max> peer_name{};

  std::string_view peer() const { return {peer_name.data(), peer_octets}; }
  // Longer names are none: no relay is known by them.
  bool set_peer(std::string_view name) {
    if (name.size() > peer_octets_max) return false;
    peer_octets = static_cast<std::uint8_t>(name.size());
    std::copy(name.begin(), name.end(), peer_name.begin());
    return true;
  }
};

inline constexpr LinkSecurity not_secured{};

// A link's: most links of a relay without TLS are idle, and pay nothing for it.
class SecurityOfLink {
 public:
  const LinkSecurity& operator*() const { return own_ != nullptr ? *own_ : not_secured; }
  const LinkSecurity* operator->() const { return &**this; }
  LinkSecurity& own() {
    if (own_ == nullptr) own_ = std::make_unique<LinkSecurity>();
    return *own_;
  }

 private:
  std::unique_ptr<LinkSecurity> own_;
};

}  // namespace relay
