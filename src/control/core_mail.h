#pragma once
// The control thread's end of the mail: what it posts to cores, and the drain of what cores post to it.
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "relay/mail.h"
#include "ring/mailbox.h"
#include "ring/wakeups.h"

namespace control {

class CoreMail {
 public:
  CoreMail(ring::PostOffice& post, ring::Wakeups& wakeups) : post_(post), wakeups_(wakeups), waiting_(post.cores()) {}

  std::size_t cores() const { return post_.cores(); }

  // Never fails and never waits: what a full lane has no room for is kept here, in order, until flush(). Bounded by what the control thread
  // owes: answers that the resolver promised, and one record per operator's request.
  template <class Mail>
  void post(base::CoreId to, const Mail& mail, std::string_view rest = {}) {
    std::string record(relay::mail_size<Mail>(rest.size()), '\0');
    rest.copy(relay::write_mail(record.data(), Mail::kind, mail), rest.size());
    waiting_[to.value()].push_back(std::move(record));
    flush(to);
  }
  template <class Mail>
  void post_all(const Mail& mail) {
    for (std::size_t core = 0; core < cores(); ++core) post(base::CoreId(static_cast<std::uint16_t>(core)), mail);
  }
  // Hands over what waited.
  void flush();
  bool has_waiting() const;

  // `record` is valid during the call. At most `records_max` per lane and call, so that a busy core leaves room for the loop's other work;
  // true when there may be more.
  bool drain(const std::function<void(base::CoreId from, std::string_view record)>& take);
  static constexpr std::size_t records_max = 1024;

 private:
  void flush(base::CoreId to);

  ring::PostOffice& post_;
  ring::Wakeups& wakeups_;
  std::vector<std::deque<std::string>> waiting_;
};

}  // namespace control
