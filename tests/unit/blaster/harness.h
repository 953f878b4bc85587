#pragma once
// What the tests of the client core share: chance that repeats, slices, and a way to look at frames that does not use the msrp library.
#include <cstdint>
#include <regex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.h"
#include "base/lease.h"
#include "base/time.h"
#include "blaster/outbox.h"

namespace harness {

class Chance final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& octet : out) {
      state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
      octet = static_cast<std::uint8_t>(state_ >> 56);
    }
  }

 private:
  std::uint64_t state_ = 1;
};

inline base::Instant at_ms(std::int64_t milliseconds) {
  return base::Instant::from_nanoseconds(1'000'000'000'000 + milliseconds * 1'000'000);
}

inline base::Slice slice(std::string_view octets) { return {octets.data(), octets.size(), {}}; }

// Everything that waits, as the kernel would get it in steps of `most` octets.
inline std::string take(blaster::Outbox& outbox, std::size_t most = SIZE_MAX) {
  std::string all;
  while (!outbox.empty()) {
    std::vector<ring::Octets> pieces(8);
    const std::size_t count = outbox.pieces(pieces);
    std::string now;
    for (std::size_t i = 0; i < count; ++i) now.append(pieces[i].data, pieces[i].size);
    now.resize(std::min(now.size(), most));
    outbox.sent(now.size());
    all += now;
  }
  return all;
}

// The transaction ids of the requests in `text`, in order.
inline std::vector<std::string> transaction_ids(const std::string& text) {
  static const std::regex start("(?:^|\\n)MSRP ([A-Za-z0-9.+%=-]{4,32}) [A-Z]+\r\n");
  std::vector<std::string> ids;
  for (std::sregex_iterator found(text.begin(), text.end(), start), none; found != none; ++found) ids.push_back((*found)[1]);
  return ids;
}

// `text` with every transaction id replaced by "t1", "t2", ... in order, so that it can be compared with a vector written by hand.
inline std::string numbered(std::string text) {
  const std::vector<std::string> ids = transaction_ids(text);
  for (std::size_t i = 0; i < ids.size(); ++i)
    for (std::size_t at = 0; (at = text.find(ids[i], at)) != std::string::npos;)
      text.replace(at, ids[i].size(), "t" + std::to_string(i + 1));
  return text;
}

}  // namespace harness
