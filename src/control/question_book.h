#pragma once
// Questions to name servers that are under way or were answered lately: the same question is asked once, an answer is good for its time,
// and both are bounded.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "control/event_loop.h"
#include "control/resolve_error.h"

namespace control {

// Shared by all books of a resolver.
struct QuestionBudget {
  base::Duration timeout;      // of one question
  std::size_t names_max;       // different questions under way
  std::size_t waiting_max;     // answers owed
  std::size_t names_open = 0;  // c-ares works on them, answered by the timeout or not
  std::size_t waiting = 0;
  bool ending = false;  // the resolver is going: nobody is answered any more
};

template <class Value>
class QuestionBook {
 public:
  using Result = base::Result<Value, ResolveError>;
  using Answer = std::function<void(const Result&)>;
  using Clock = std::chrono::steady_clock;

  // Owned by whoever looks it up, until finish(). It may outlive its answer: a name server can come later than the timeout.
  struct Question {
    QuestionBook* book = nullptr;
    std::string name;
    bool answered = false;
    std::vector<Answer> answers;
    Watch timeout;
  };

  static constexpr std::size_t remembered_max = 1024;
  static constexpr std::chrono::seconds longest = std::chrono::hours(1);
  static constexpr std::chrono::seconds not_found_for{10};

  QuestionBook(EventLoop& loop, QuestionBudget& budget) : loop_(loop), budget_(budget) {}

  // nullptr: `answer` has been called, or will be with that of the same question. Else the name is to be looked up.
  Question* ask(const std::string& name, Answer answer) {
    if (const Result* known = remembered(name)) {
      const Result copy = *known;  // the caller may ask again
      answer(copy);
      return nullptr;
    }
    const auto open = open_.find(name);
    const bool full = budget_.waiting >= budget_.waiting_max || (open == open_.end() && budget_.names_open >= budget_.names_max);
    if (full) {
      answer(base::fail(ResolveError::too_many));
      return nullptr;
    }
    ++budget_.waiting;
    if (open != open_.end()) {
      open->second->answers.push_back(std::move(answer));
      return nullptr;
    }
    ++budget_.names_open;
    auto* question = new Question;
    question->book = this;
    question->name = name;
    question->answers.push_back(std::move(answer));
    question->timeout =
        Watch::once(loop_, budget_.timeout, [this, name]() mutable { conclude(std::string(name), base::fail(ResolveError::timed_out)); });
    open_.emplace(name, question);
    return question;
  }

  // Frees the question. `good_for` counts for values; that there is none is remembered for a fixed time, failures not at all.
  void finish(Question* question, const Result& result, std::chrono::seconds good_for) {
    const std::unique_ptr<Question> owned(question);
    --budget_.names_open;
    if (budget_.ending) return;
    if (result) {
      remember(question->name, result, std::min(good_for, longest));
    } else if (result.error() == ResolveError::not_found) {
      remember(question->name, result, not_found_for);
    }
    if (!question->answered) conclude(std::string(question->name), result);
  }

 private:
  struct Remembered {
    Result result;
    Clock::time_point until;
  };

  void conclude(const std::string& name, const Result& result) {
    const auto found = open_.find(name);
    if (found == open_.end()) return;
    Question* question = found->second;
    open_.erase(found);
    const std::vector<Answer> answers = std::move(question->answers);
    question->answered = true;
    question->timeout = Watch();
    budget_.waiting -= answers.size();
    for (const Answer& answer : answers) answer(result);
  }
  const Result* remembered(const std::string& name) {
    const auto found = known_.find(name);
    if (found == known_.end()) return nullptr;
    if (Clock::now() < found->second.until) return &found->second.result;
    known_.erase(found);
    return nullptr;
  }
  void remember(const std::string& name, const Result& result, std::chrono::seconds time) {
    if (time.count() <= 0) return;
    const auto now = Clock::now();
    if (known_.size() >= remembered_max) std::erase_if(known_, [&](const auto& entry) { return entry.second.until <= now; });
    if (known_.size() >= remembered_max) known_.clear();
    known_.insert_or_assign(name, Remembered{result, now + time});
  }

  EventLoop& loop_;
  QuestionBudget& budget_;
  std::unordered_map<std::string, Question*> open_;  // owed an answer
  std::unordered_map<std::string, Remembered> known_;
};

}  // namespace control
