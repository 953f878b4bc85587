#pragma once
// The accounting records of one relay's cores, judged at its end: each session has one start and one stop, and the sums are the counters'.
#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "relay/counters.h"
#include "relay/mail.h"

namespace sim {

class AccountsSeen {
 public:
  void take(const relay::AccountMail& mail) {
    Seen& seen = sessions_[mail.session];
    switch (mail.event) {
      case relay::AccountEvent::start: ++seen.starts; break;
      case relay::AccountEvent::interim:
        if (seen.starts != 1 || seen.stops != 0) fault_ = "a record while a session lasts that does not last";
        break;
      case relay::AccountEvent::stop:
        if (seen.starts != 1) fault_ = "the stop of a session that has not started";
        if (mail.termination[0] == 0) fault_ = "a stop without a termination code";
        ++seen.stops;
        add(in_, mail.numbers.from_client);
        add(out_, mail.numbers.to_client);
        break;
    }
    if (mail.lost != 0) fault_ = "records were lost";
  }
  // Empty: all is well.
  std::string fault(const relay::Counters& sum) const {
    if (!fault_.empty()) return fault_;
    std::uint64_t started = 0;
    for (const auto& [session, seen] : sessions_) {
      if (seen.starts != 1 || seen.stops != 1) return "a session has not one start and one stop";
      ++started;
    }
    if (started != sum.auth_accepted) return "not every session has records";
    const auto differ = [](const relay::AccountTraffic& records, std::uint64_t messages, std::uint64_t chunks, std::uint64_t octets) {
      return records.messages != messages || records.chunks != chunks || records.octets != octets;
    };
    if (differ(in_, sum.client_messages_in, sum.client_chunks_in, sum.client_octets_in)) return "from clients records and counters differ";
    if (differ(out_, sum.client_messages_out, sum.client_chunks_out, sum.client_octets_out))
      return "to clients records and counters differ";
    return {};
  }

 private:
  struct Seen {
    std::uint32_t starts = 0;
    std::uint32_t stops = 0;
  };
  static void add(relay::AccountTraffic& to, const relay::AccountTraffic& more) {
    to.messages += more.messages;
    to.chunks += more.chunks;
    to.octets += more.octets;
  }

  std::map<std::array<char, session::Token::text_size>, Seen> sessions_;
  relay::AccountTraffic in_, out_;
  std::string fault_;
};

}  // namespace sim
