#pragma once
// The other party's receiving side: verifies every octet of what arrives and answers it (RFC 4975 section 7.3). Pure.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "blaster/content.h"
#include "blaster/ledger.h"
#include "blaster/outbox.h"
#include "blaster/sender.h"
#include "msrp/framer.h"
#include "msrp/head.h"
#include "msrp/tid.h"

namespace blaster {

class Receiver {
 public:
  Receiver(std::uint32_t pair, const Content& content, Ledger& ledger) : pair_(pair), content_(content), ledger_(ledger) {}

  // `own_uri` is what To-Path must be, `from_path` what From-Path must be.
  void prepare(std::string_view own_uri, std::string_view from_path);
  void watch(ContentWatcher* watcher) { watcher_ = watcher; }

  // The head, the octets and the end of one SEND, in this order. end() writes the response and the success REPORT that are due.
  void head(const msrp::Head& head);
  void part(std::string_view octets);
  void end(msrp::ContinuationFlag flag, Outbox& outbox, base::Instant now);

 private:
  void check_paths(const msrp::Head& head);
  Message* message_of(const msrp::Head& head);
  void answer(Outbox& outbox);
  void report(Outbox& outbox, const Message& message);

  std::uint32_t pair_;
  const Content& content_;
  Ledger& ledger_;
  ContentWatcher* watcher_ = nullptr;
  std::string own_uri_, from_path_;

  // A response is `before_` tid `between_` tid "$"; its paths are those of the frame before as long as they are the expected ones.
  std::string answer_to_path_;

  // The SEND in hand.
  msrp::PeerTid tid_;
  bool wants_answer_ = false;
  bool wants_report_ = false;
  Message* message_ = nullptr;  // nullptr: none of ours, its octets are only counted
  std::uint64_t number_ = 0;
  std::uint64_t offset_ = 0;  // where its next octet belongs in the message
};

}  // namespace blaster
