#include "control/core_mail.h"

#include <algorithm>

namespace control {

void CoreMail::flush() {
  for (std::size_t core = 0; core < cores(); ++core) flush(base::CoreId(static_cast<std::uint16_t>(core)));
}

void CoreMail::flush(base::CoreId to) {
  std::deque<std::string>& waiting = waiting_[to.value()];
  if (waiting.empty()) return;
  ring::Lane& lane = post_.lane(post_.control(), to, ring::MailLane::control);
  while (!waiting.empty()) {
    const std::string& record = waiting.front();
    const std::span<char> room = lane.reserve(record.size());
    if (room.empty()) break;
    std::copy(record.begin(), record.end(), room.begin());
    lane.commit(record.size());
    waiting.pop_front();
  }
  if (post_.must_wake(to)) wakeups_.wake(to);
}

bool CoreMail::has_waiting() const {
  return std::any_of(waiting_.begin(), waiting_.end(), [](const auto& waiting) { return !waiting.empty(); });
}

bool CoreMail::drain(const std::function<void(base::CoreId from, std::string_view record)>& take) {
  bool more = false;
  for (std::size_t core = 0; core < cores(); ++core) {
    const base::CoreId from(static_cast<std::uint16_t>(core));
    for (const auto kind : {ring::MailLane::control, ring::MailLane::data}) {
      ring::Lane& lane = post_.lane(from, post_.control(), kind);
      std::size_t taken = 0;
      for (; taken < records_max; ++taken) {
        const std::string_view record = lane.front();
        if (record.empty()) break;
        take(from, record);
        lane.pop();
      }
      more = more || taken == records_max;
    }
  }
  return more;
}

}  // namespace control
