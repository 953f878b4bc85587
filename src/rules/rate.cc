#include "rules/rate.h"

#include <algorithm>
#include <array>

#include "rules/caseless.h"

namespace rules {
namespace {

constexpr std::size_t neighbours = 8;  // buckets in which a key may lie

// Keyed: an FNV whose start and end are the core's secret. What it protects is fairness among keys, no more.
class Hash {
 public:
  explicit Hash(std::uint64_t seed) : state_(seed ^ 0xCBF29CE484222325), seed_(seed) {}
  void add(std::string_view octets) {
    for (const char octet : octets) state_ = (state_ ^ static_cast<unsigned char>(octet)) * 0x100000001B3;
    state_ = (state_ ^ 0x1FF) * 0x100000001B3;  // where one part ends
  }
  void add(std::uint64_t number) {
    std::array<char, 8> octets;
    for (char& octet : octets) {
      octet = static_cast<char>(number & 0xFFU);
      number >>= 8U;
    }
    add(std::string_view(octets.data(), octets.size()));
  }
  std::uint64_t value() const {
    std::uint64_t z = state_ + seed_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
  std::uint64_t seed_;
};

void add_part(Hash& hash, const Rate::KeyPart& part, FrameView& frame) {
  switch (part.info->type) {
    case Type::enumeration: return hash.add(frame.choice(part.info->variable, part.info->part));
    case Type::number:
    case Type::size:
    case Type::duration: return hash.add(frame.number(part.info->variable, part.info->part).value_or(UINT64_MAX));
    case Type::address: {
      const base::IpAddress* address = frame.address(part.info->variable);
      std::array<char, 64> text;
      return hash.add(address == nullptr ? std::string_view() : std::string_view(text.data(), write_address(*address, text.data())));
    }
    case Type::method:
    case Type::text:
    case Type::caseless:
    case Type::host:
    case Type::uri: break;
  }
  if (part.info->variable != Variable::header)
    return hash.add(frame.text(part.info->variable, part.info->part).value_or(std::string_view()));
  if (frame.head() == nullptr) return hash.add(std::string_view());
  for (const msrp::HeaderLine& line : frame.head()->all_lines()) {
    if (equals_folded(line.name, part.header)) return hash.add(line.value);
  }
  hash.add(std::string_view());
}

}  // namespace

RateTable::RateTable(const Rate& rate) : buckets_(rate.key.empty() ? neighbours : keys_max) {}

RateTable::Bucket& RateTable::bucket_of(std::uint64_t key, base::Instant now, double full) {
  Bucket* const first = &buckets_[key % (buckets_.size() / neighbours) * neighbours];
  Bucket* oldest = first;
  for (Bucket* bucket = first; bucket != first + neighbours; ++bucket) {
    if (bucket->taken && bucket->key == key) return *bucket;
    if (!bucket->taken ? oldest->taken : oldest->taken && bucket->used < oldest->used) oldest = bucket;
  }
  if (oldest->taken) ++forgotten_;
  *oldest = {key, now, full, true};
  return *oldest;
}

bool RateTable::is_above(const Rate& rate, FrameView& frame, base::Instant now, std::uint64_t seed) {
  Hash hash(seed);
  for (const Rate::KeyPart& part : rate.key) add_part(hash, part, frame);
  const double full = std::max(1.0, rate.per_second);
  Bucket& bucket = bucket_of(hash.value(), now, full);
  const double seconds = static_cast<double>((now - bucket.used).count()) / 1e9;
  bucket.tokens = std::min(full, bucket.tokens + std::max(0.0, seconds) * rate.per_second);
  bucket.used = std::max(bucket.used, now);
  if (bucket.tokens < 1) return true;
  bucket.tokens -= 1;
  return false;
}

}  // namespace rules
