#pragma once
// A TCP address as the pure layers see it: no sockaddr, no name.
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// An IPv4 or IPv6 address. IPv4 is held as its own family, never as a mapped IPv6 address: from_octets16() unmaps ::ffff:0:0/96,
// so that two spellings of one address are one value.
class IpAddress {
 public:
  constexpr IpAddress() = default;  // 0.0.0.0
  static IpAddress from_octets4(std::array<std::uint8_t, 4> octets);
  static IpAddress from_octets16(std::array<std::uint8_t, 16> octets);
  // "192.0.2.7" (four decimal parts, no leading zeros) or any spelling of RFC 4291 without brackets or zone. nullopt otherwise.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const { return v4_; }
  // Network order. IPv4 uses the first 4.
  const std::array<std::uint8_t, 16>& octets() const { return octets_; }
  std::string to_string() const;  // RFC 5952, no brackets
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> octets_{};
  bool v4_ = true;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  std::string to_string() const;  // "192.0.2.7:2855", "[2001:db8::1]:2855"
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// A CIDR block; host bits are zero.
class Network {
 public:
  // "192.0.2.0/24", "2001:db8::/32", a single address; host bits that are set are refused (nullopt).
  static std::optional<Network> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  std::string to_string() const;
  friend auto operator<=>(const Network&, const Network&) = default;

 private:
  IpAddress base_;
  std::uint8_t prefix_bits_ = 0;
};

}  // namespace base
