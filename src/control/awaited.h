#pragma once
// Which cores still owe their word that an order is carried out.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "relay/mail.h"

namespace control {

class Awaited {
 public:
  // All cores' word on the order of this version; what older ones still owe no longer counts.
  void expect(std::uint32_t version, std::size_t cores) {
    version_ = version;
    owes_.assign(cores, true);
    owing_ = cores;
  }
  bool any() const { return owing_ > 0; }
  // True once: for the last word that was awaited.
  bool completed_by(const relay::DoneMail& mail) {
    if (mail.version != version_ || !owes_.at(mail.core.value())) return false;
    owes_[mail.core.value()] = false;
    return --owing_ == 0;
  }

 private:
  std::uint32_t version_ = 0;
  std::vector<bool> owes_;  // [core]
  std::size_t owing_ = 0;
};

}  // namespace control
