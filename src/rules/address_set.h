#pragma once
// A set of addresses and networks: merged ranges, searched by halves. Long lists cost what short ones do.
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace rules {

class AddressSet {
 public:
  void add(const base::IpAddress& address);
  // "192.0.2.0/24" or one address. False: neither, or host bits are set.
  bool add(std::string_view text);
  // After the last add(), before the first question.
  void seal();
  bool contains(const base::IpAddress& address) const;
  // Is there an address that both contain?
  bool overlaps(const AddressSet& other) const;

 private:
  // An address as a number; IPv4 in `low` alone.
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend constexpr auto operator<=>(const Key&, const Key&) = default;
  };
  struct Range {
    Key first;
    Key last;
  };
  using Ranges = std::vector<Range>;  // of one family
  static Key key(const base::IpAddress& address);
  Ranges& of(const base::IpAddress& address) { return address.is_v4() ? four_ : six_; }
  const Ranges& of(const base::IpAddress& address) const { return address.is_v4() ? four_ : six_; }
  Ranges four_;
  Ranges six_;
};

}  // namespace rules
