#include "control/counters.h"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("counters are summed over the cores") {
  control::CounterBook book(2);
  relay::CountersMail first{.core = base::CoreId(0), .counters = {}, .gauges = {}};
  relay::CountersMail second{.core = base::CoreId(1), .counters = {}, .gauges = {}, .listeners = 2};
  first.counters.frames_in = 3;
  second.counters.frames_in = 4;
  second.counters.sessions = 1;
  const std::array<relay::ListenerCounters, 2> listeners{{{.links = 1}, {.links = 5, .octets_in = 7}}};
  const std::string_view octets(reinterpret_cast<const char*>(listeners.data()), sizeof listeners);
  book.take(first, {});
  book.take(second, octets);
  book.take(second, octets);
  CHECK(book.cores().at(0).listeners.empty());
  REQUIRE(book.cores().at(1).listeners.size() == 2);
  CHECK(book.cores().at(1).listeners[1].octets_in == 7);
  const std::string text = book.line().text();
  CHECK(text.starts_with("area=relay event=counters cores=2 "));
  CHECK(text.find(" frames_in=7 ") != std::string::npos);
  CHECK(text.find(" sessions=1") != std::string::npos);
}

TEST_CASE("lost log records are told once") {
  control::CounterBook book(1);
  relay::CountersMail mail{.core = base::CoreId(0), .counters = {}, .gauges = {}};
  mail.counters.log_lost = 5;
  CHECK(book.take(mail, {}) == 5);
  CHECK(book.take(mail, {}) == 0);
  mail.counters.log_lost = 6;
  CHECK(book.take(mail, {}) == 1);
}
