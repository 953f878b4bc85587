#include "control/counters.h"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("counters are summed over the cores") {
  control::CounterBook book(2);
  relay::Counters first, second;
  first.frames_in = 3;
  second.frames_in = 4;
  second.sessions = 1;
  book.take(base::CoreId(0), first);
  book.take(base::CoreId(1), second);
  book.take(base::CoreId(1), second);
  const std::string text = book.line().text();
  CHECK(text.starts_with("area=relay event=counters cores=2 "));
  CHECK(text.find(" frames_in=7 ") != std::string::npos);
  CHECK(text.find(" sessions=1") != std::string::npos);
}

TEST_CASE("lost log records are told once") {
  control::CounterBook book(1);
  relay::Counters counters;
  counters.log_lost = 5;
  CHECK(book.take(base::CoreId(0), counters) == 5);
  CHECK(book.take(base::CoreId(0), counters) == 0);
  counters.log_lost = 6;
  CHECK(book.take(base::CoreId(0), counters) == 1);
}
