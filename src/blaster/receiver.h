#pragma once
// The other party's receiving side: verifies every octet of what arrives and answers it (RFC 4975 section 7.3). Pure.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "blaster/content.h"
#include "blaster/ledger.h"
#include "blaster/message_id.h"
#include "blaster/outbox.h"
#include "blaster/sender.h"
#include "msrp/framer.h"
#include "msrp/head.h"
#include "msrp/tid.h"

namespace blaster {

class Receiver {
 public:
  Receiver(std::uint32_t pair, const Content& content, Ledger& ledger) : pair_(pair), content_(content), ledger_(ledger), next_(pair) {}

  // `own_uri` is what To-Path must be, `from_path` what From-Path must be.
  void prepare(std::string_view own_uri, std::string_view from_path);
  void watch(ContentWatcher* watcher) { watcher_ = watcher; }

  // The head, the octets and the end of one SEND, in this order. end() writes the response and the success REPORT that are due.
  void head(const msrp::Head& head);
  void part(std::string_view octets);
  void end(msrp::ContinuationFlag flag, Outbox& outbox, base::Instant now);

  // The quick way for what a load test is made of: the SEND at the beginning of `octets` is like the last one but for transaction id,
  // number and body, lies there whole, and all is right with it. Takes it and returns its length. 0: the framer must look, nothing was
  // taken or counted.
  std::size_t repeat(std::string_view octets, Outbox& outbox, base::Instant now);

 private:
  void learn(const msrp::Head& head);
  void check_paths(const msrp::Head& head);
  void take_turn(std::uint64_t number);
  Message* message_of(const msrp::Head& head);
  void answer(Outbox& outbox, std::string_view tid);
  void report(Outbox& outbox, const Message& message);

  std::uint32_t pair_;
  const Content& content_;
  Ledger& ledger_;
  ContentWatcher* watcher_ = nullptr;
  std::string own_uri_, from_path_;

  MessageIdCounter next_;  // of the message that begins next

  std::string answer_to_path_;
  std::string answer_middle_;  // of a response, between its two transaction ids

  // Of the last SEND that brought a message whole in one chunk, for repeat(): what stands between transaction id and Message-ID, and
  // between that and the body. Empty: no such SEND yet.
  std::string repeat_before_id_, repeat_after_id_;

  // The SEND in hand.
  msrp::PeerTid tid_;
  bool wants_answer_ = false;
  bool wants_report_ = false;
  Message* message_ = nullptr;  // nullptr: none of ours, its octets are only counted
  std::uint64_t number_ = 0;
  bool is_spoilt_ = false;
  std::uint64_t offset_ = 0;  // where its next octet belongs in the message
};

}  // namespace blaster
