#pragma once
// One page of links, sessions or malformed frames: asks one core after the other, slice by slice, until the page is full or it has looked
// at enough. Who wants the rest asks again with the cursor.
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "command/handle.h"
#include "control/core_questions.h"
#include "relay/mail.h"

namespace command {

class Listing : public std::enable_shared_from_this<Listing> {
 public:
  struct Wish {
    relay::AskListMail ask;
    std::string user;  // of sessions; empty: any
    Cursor cursor;
    bool one_core = false;  // the link that is wanted is there
    std::size_t rows_max = rows_limit;
  };
  static constexpr std::size_t rows_limit = 4096;
  static constexpr std::size_t slices_max = 64;

  // Rows, and the cursor when there may be more; or why not.
  using Reply = std::function<void(base::Result<nlohmann::json, std::string>)>;

  // `listeners`: their names, the first that of links dialled.
  static void run(control::CoreQuestions& questions, std::size_t cores, std::vector<std::string> listeners, Wish wish, Reply reply);

 private:
  Listing(control::CoreQuestions& questions, std::size_t cores, std::vector<std::string> listeners, Wish wish, Reply reply);
  void ask();
  void take(std::string_view record);
  nlohmann::json row(std::string_view& octets) const;
  void finish();

  control::CoreQuestions& questions_;
  std::size_t cores_;
  std::vector<std::string> listeners_;
  Wish wish_;
  Reply reply_;
  std::size_t slices_ = 0;
  nlohmann::json rows_ = nlohmann::json::array();
};

}  // namespace command
