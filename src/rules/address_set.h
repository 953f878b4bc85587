#pragma once
// A set of addresses and networks: merged ranges, searched by halves. Long lists cost what short ones do.
#include <array>
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
  using Key = std::array<std::uint8_t, 17>;  // family, then the octets in network order
  struct Range {
    Key low;
    Key high;
  };
  static Key key(const base::IpAddress& address);
  std::vector<Range> ranges_;
};

}  // namespace rules
