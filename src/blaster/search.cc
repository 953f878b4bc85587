#include "blaster/search.h"

#include <algorithm>

namespace blaster {

void RateSearch::tell(bool held) {
  if (held)
    held_ = std::max(held_, next_);
  else
    failed_ = failed_ > 0 ? std::min(failed_, next_) : next_;
  if (held_ == 0)
    next_ = failed_ / 2;
  else
    next_ = failed_ > 0 ? (held_ + failed_) / 2 : held_ * growth;
  const bool is_near = held_ > 0 && failed_ > 0 && failed_ <= held_ * precision;
  is_over_ = is_near || next_ < least || ++tries_ == tries_max;
}

}  // namespace blaster
