#pragma once
// Questions to single cores, each with its number, and who waits for the answer. A core that does not answer in time is told so to whoever
// asked; what it says later is for nobody.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "control/core_mail.h"
#include "control/event_loop.h"

namespace control {

class CoreQuestions {
 public:
  // The record, good during the call; empty: no answer.
  using Answer = std::function<void(std::string_view record)>;
  static constexpr std::size_t waiting_max = 64;
  static constexpr auto answer_limit = std::chrono::seconds(2);

  CoreQuestions(EventLoop& loop, CoreMail& mail) : loop_(loop), mail_(mail) {}

  // Mail has a `question`. False: waiting_max wait already.
  template <class Mail>
  bool ask(base::CoreId core, Mail mail, Answer answer, std::string_view rest = {}) {
    if (waiting_.size() >= waiting_max) return false;
    mail.question = ++last_;
    Waiting& one = waiting_[mail.question];
    one.answer = std::move(answer);
    one.limit = Watch::once(loop_, answer_limit, [this, question = mail.question] { take(question, {}); });
    mail_.post(core, mail, rest);
    return true;
  }
  void take(std::uint32_t question, std::string_view record) {
    const auto found = waiting_.find(question);
    if (found == waiting_.end()) return;
    const Waiting one = std::move(found->second);
    waiting_.erase(found);
    one.answer(record);
  }

 private:
  struct Waiting {
    Answer answer;
    Watch limit;
  };
  EventLoop& loop_;
  CoreMail& mail_;
  std::uint32_t last_ = 0;
  std::map<std::uint32_t, Waiting> waiting_;
};

}  // namespace control
