#pragma once
// A password-equivalent. It has no formatter, no stream operator and no implicit way out, and is wiped when it ends.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view octets) : octets_(octets) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : octets_(other.octets_) { other.wipe(); }
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      octets_ = other.octets_;
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return octets_.empty(); }
  // The only way out, named so that a reviewer finds every use.
  std::string_view reveal() const { return octets_; }

 private:
  void wipe() {
    volatile char* p = octets_.data();
    for (std::size_t i = 0; i < octets_.size(); ++i) p[i] = 0;
    octets_.clear();
  }
  std::string octets_;
};

// Compares in time that depends on the lengths alone.
inline bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0U : 1U;
  const std::size_t n = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < n; ++i) difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

}  // namespace base
