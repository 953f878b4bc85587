#include "rules/address_set.h"

#include <algorithm>
#include <charconv>

namespace rules {
namespace {

// The last `bits` bits of 64.
std::uint64_t low_bits(unsigned bits) { return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1; }

}  // namespace

AddressSet::Key AddressSet::key(const base::IpAddress& address) {
  const auto number = [&](std::size_t from, std::size_t octets) {
    std::uint64_t value = 0;
    for (std::size_t at = from; at < from + octets; ++at) value = (value << 8U) | address.octets()[at];
    return value;
  };
  return address.is_v4() ? Key{0, number(0, 4)} : Key{number(0, 8), number(8, 8)};
}

void AddressSet::add(const base::IpAddress& address) { of(address).push_back({key(address), key(address)}); }

bool AddressSet::add(std::string_view text) {
  if (!base::Network::parse(text)) return false;
  const std::size_t slash = text.find('/');
  const std::optional<base::IpAddress> address = base::IpAddress::parse(text.substr(0, slash));
  if (!address) return false;
  const unsigned all = address->is_v4() ? 32 : 128;
  unsigned bits = all;
  if (slash != std::string_view::npos) std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
  const unsigned open = all - bits;
  const Key first = key(*address);
  of(*address).push_back({first, {first.high | (open > 64 ? low_bits(open - 64) : 0), first.low | low_bits(open)}});
  return true;
}

void AddressSet::seal() {
  for (Ranges* ranges : {&four_, &six_}) {
    std::sort(ranges->begin(), ranges->end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    Ranges merged;
    for (const Range& range : *ranges) {
      if (!merged.empty() && range.first <= merged.back().last) {
        merged.back().last = std::max(merged.back().last, range.last);
      } else {
        merged.push_back(range);
      }
    }
    *ranges = std::move(merged);
  }
}

bool AddressSet::contains(const base::IpAddress& address) const {
  const Ranges& ranges = of(address);
  if (ranges.empty()) return false;
  const Key wanted = key(address);
  const auto behind = std::partition_point(ranges.begin(), ranges.end(), [&](const Range& range) { return range.first <= wanted; });
  return behind != ranges.begin() && wanted <= std::prev(behind)->last;
}

bool AddressSet::overlaps(const AddressSet& other) const {
  const auto overlap = [](const Ranges& mine, const Ranges& theirs) {
    return std::any_of(mine.begin(), mine.end(), [&](const Range& a) {
      return std::any_of(theirs.begin(), theirs.end(), [&](const Range& b) { return a.first <= b.last && b.first <= a.last; });
    });
  };
  return overlap(four_, other.four_) || overlap(six_, other.six_);
}

}  // namespace rules
