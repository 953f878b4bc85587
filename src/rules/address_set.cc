#include "rules/address_set.h"

#include <algorithm>
#include <charconv>

namespace rules {

AddressSet::Key AddressSet::key(const base::IpAddress& address) {
  Key key{};
  key[0] = address.is_v4() ? 4 : 6;
  const std::size_t octets = address.is_v4() ? 4 : 16;
  std::copy_n(address.octets().begin(), octets, key.begin() + 1);
  return key;
}

void AddressSet::add(const base::IpAddress& address) { ranges_.push_back({key(address), key(address)}); }

bool AddressSet::add(std::string_view text) {
  if (!base::Network::parse(text)) return false;
  const std::size_t slash = text.find('/');
  const std::optional<base::IpAddress> address = base::IpAddress::parse(text.substr(0, slash));
  if (!address) return false;
  Range range{key(*address), key(*address)};
  if (slash != std::string_view::npos) {
    unsigned bits = 0;
    std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
    const unsigned all = address->is_v4() ? 32 : 128;
    for (unsigned at = bits; at < all; ++at)
      range.high[1 + at / 8] = static_cast<std::uint8_t>(range.high[1 + at / 8] | (0x80U >> (at % 8)));
  }
  ranges_.push_back(range);
  return true;
}

void AddressSet::seal() {
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.low < b.low; });
  std::vector<Range> merged;
  for (const Range& range : ranges_) {
    if (!merged.empty() && range.low <= merged.back().high) {
      merged.back().high = std::max(merged.back().high, range.high);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

bool AddressSet::contains(const base::IpAddress& address) const {
  const Key wanted = key(address);
  const auto behind = std::partition_point(ranges_.begin(), ranges_.end(), [&](const Range& range) { return range.low <= wanted; });
  return behind != ranges_.begin() && wanted <= std::prev(behind)->high;
}

bool AddressSet::overlaps(const AddressSet& other) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& mine) {
    return std::any_of(other.ranges_.begin(), other.ranges_.end(),
                       [&](const Range& theirs) { return mine.low <= theirs.high && theirs.low <= mine.high; });
  });
}

}  // namespace rules
