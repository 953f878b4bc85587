#include "base/address.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace base {
namespace {

constexpr std::size_t groups_max = 8;

// Decimal, no sign, no leading zero, at most `largest`. nullopt otherwise.
std::optional<unsigned> decimal(std::string_view text, unsigned largest) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > largest) return std::nullopt;
  return value;
}

std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::size_t dot = i + 1 < octets.size() ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return std::nullopt;
    const auto part = decimal(text.substr(0, dot), 255);
    if (!part) return std::nullopt;
    octets[i] = static_cast<std::uint8_t>(*part);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return octets;
}

std::optional<std::uint16_t> hex_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Groups {
  std::array<std::uint16_t, groups_max> values{};
  std::size_t count = 0;
};

// Groups between single colons; the last may be a dotted IPv4 address where `dotted_end` allows it. Empty text: no groups.
std::optional<Groups> parse_groups(std::string_view text, bool dotted_end) {
  Groups groups;
  if (text.empty()) return groups;
  for (;;) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (dotted_end && colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      const auto v4 = parse_v4(group);
      if (!v4 || groups.count + 2 > groups_max) return std::nullopt;
      groups.values[groups.count++] = static_cast<std::uint16_t>((*v4)[0] << 8 | (*v4)[1]);
      groups.values[groups.count++] = static_cast<std::uint16_t>((*v4)[2] << 8 | (*v4)[3]);
      return groups;
    }
    const auto value = hex_group(group);
    if (!value || groups.count == groups_max) return std::nullopt;
    groups.values[groups.count++] = *value;
    if (colon == std::string_view::npos) return groups;
    text.remove_prefix(colon + 1);
  }
}

std::optional<std::array<std::uint8_t, 16>> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const auto head = parse_groups(text.substr(0, gap), gap == std::string_view::npos);
  if (!head) return std::nullopt;
  Groups tail;
  if (gap == std::string_view::npos) {
    if (head->count != groups_max) return std::nullopt;
  } else {
    const auto parsed = parse_groups(text.substr(gap + 2), true);
    if (!parsed || head->count + parsed->count >= groups_max) return std::nullopt;
    tail = *parsed;
  }
  std::array<std::uint8_t, 16> octets{};
  const auto put = [&octets](std::size_t group, std::uint16_t value) {
    octets[group * 2] = static_cast<std::uint8_t>(value >> 8);
    octets[group * 2 + 1] = static_cast<std::uint8_t>(value & 0xFF);
  };
  for (std::size_t i = 0; i < head->count; ++i) put(i, head->values[i]);
  for (std::size_t i = 0; i < tail.count; ++i) put(groups_max - tail.count + i, tail.values[i]);
  return octets;
}

// The longest run of at least two zero groups, the first of equals (RFC 5952 4.2): [first, first + length).
struct Gap {
  std::size_t first = groups_max;
  std::size_t length = 0;
};
Gap widest_gap(const std::array<std::uint16_t, groups_max>& groups) {
  Gap widest;
  for (std::size_t i = 0; i < groups_max; ++i) {
    std::size_t length = 0;
    while (i + length < groups_max && groups[i + length] == 0) ++length;
    if (length >= 2 && length > widest.length) widest = {i, length};
  }
  return widest;
}

std::string v6_to_string(const std::array<std::uint8_t, 16>& octets) {
  std::array<std::uint16_t, groups_max> groups{};
  for (std::size_t i = 0; i < groups_max; ++i) groups[i] = static_cast<std::uint16_t>(octets[i * 2] << 8 | octets[i * 2 + 1]);
  const Gap gap = widest_gap(groups);
  std::string text;
  for (std::size_t i = 0; i < groups_max; ++i) {
    if (i == gap.first) {
      text += "::";
      i += gap.length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    std::array<char, 4> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16);
    text.append(digits.data(), end);
  }
  return text;
}

}  // namespace

IpAddress IpAddress::from_octets4(std::array<std::uint8_t, 4> octets) {
  IpAddress address;
  std::copy(octets.begin(), octets.end(), address.octets_.begin());
  return address;
}

IpAddress IpAddress::from_octets16(std::array<std::uint8_t, 16> octets) {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::equal(mapped.begin(), mapped.end(), octets.begin())) return from_octets4({octets[12], octets[13], octets[14], octets[15]});
  IpAddress address;
  address.octets_ = octets;
  address.v4_ = false;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    const auto v4 = parse_v4(text);
    if (!v4) return std::nullopt;
    return from_octets4(*v4);
  }
  const auto v6 = parse_v6(text);
  if (!v6) return std::nullopt;
  return from_octets16(*v6);
}

std::string IpAddress::to_string() const {
  if (!v4_) return v6_to_string(octets_);
  std::string text = std::to_string(octets_[0]);
  for (std::size_t i = 1; i < 4; ++i) text.append(".").append(std::to_string(octets_[i]));
  return text;
}

std::string Endpoint::to_string() const {
  const std::string port_text = std::to_string(port);
  return address.is_v4() ? address.to_string() + ":" + port_text : "[" + address.to_string() + "]:" + port_text;
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned width = address->is_v4() ? 32 : 128;
  Network network;
  network.base_ = *address;
  network.prefix_bits_ = static_cast<std::uint8_t>(width);
  if (slash != std::string_view::npos) {
    const auto bits = decimal(text.substr(slash + 1), width);
    if (!bits) return std::nullopt;
    network.prefix_bits_ = static_cast<std::uint8_t>(*bits);
  }
  for (unsigned bit = network.prefix_bits_; bit < width; ++bit) {
    if ((address->octets()[bit / 8] & (0x80U >> (bit % 8))) != 0) return std::nullopt;
  }
  return network;
}

bool Network::contains(const IpAddress& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  const std::size_t whole = prefix_bits_ / 8;
  if (!std::equal(base_.octets().begin(), base_.octets().begin() + static_cast<std::ptrdiff_t>(whole), address.octets().begin()))
    return false;
  const unsigned rest = prefix_bits_ % 8;
  return rest == 0 || ((base_.octets()[whole] ^ address.octets()[whole]) >> (8 - rest)) == 0;
}

std::string Network::to_string() const { return base_.to_string() + "/" + std::to_string(prefix_bits_); }

}  // namespace base
